//! What tensors cannot tell, as the options, the file's metadata or else the library's default answer it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::error::ImportError;
use crate::layers::Mlp;
use crate::options::{Options, Plain};
use model::{Evolution, Normalization};

/// [`Options`] with the file's metadata, and a list of what was left to defaults.
pub(super) struct Asked<'a> {
    pub options: &'a Options,
    pub file: &'a str,
    pub metadata: &'a BTreeMap<String, String>,
    pub notes: Vec<String>,
}

impl Asked<'_> {
    fn said<T: FromStr<Err: Display>>(&self, key: &str) -> Result<Option<T>, ImportError> {
        let parsed = self.metadata.get(key).map(|value| value.parse());
        parsed.transpose().map_err(|error| ImportError::Option {
            file: self.file.to_owned(),
            option: key.to_owned(),
            problem: format!("cannot be read: {error}"),
        })
    }

    fn or_default<T: Copy>(&mut self, found: Option<T>, default: (T, &str), what: &str, why: &str) -> T {
        found.unwrap_or_else(|| {
            self.notes.push(format!("{what}: {}, {why}; the file does not say.", default.1));
            default.0
        })
    }

    /// How attention enters the second recurrent layer.
    pub fn evolution(&mut self, default: (Evolution, &str), library: &str) -> Result<Evolution, ImportError> {
        let found = match self.options.evolution {
            Some(evolution) => Some(evolution),
            None => self.said("evolution")?,
        };
        Ok(self.or_default(found, default, "Evolution", &format!("the default of {library}")))
    }

    /// What turns scores into weights.
    pub fn normalization(
        &mut self,
        default: (Normalization, &str),
        library: &str,
    ) -> Result<Normalization, ImportError> {
        let found = match self.options.normalization {
            Some(normalization) => Some(normalization),
            None => self.said("attention_normalization")?,
        };
        Ok(self.or_default(found, default, "Attention's normalisation", &format!("the default of {library}")))
    }

    /// The activation of the layers of `mlp` that have no tensors for one: `option`, or what the metadata entry `key` names,
    /// or ReLU. `what` names the perceptron in a note.
    pub fn settle(&mut self, mlp: &mut Mlp, option: Option<Plain>, key: &str, what: &str) {
        // "… -> 8 sigmoid -> 4 sigmoid -> 1": the first word that names one.
        let named = |text: &String| {
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).find_map(|word| word.parse().ok())
        };
        let found = option.or_else(|| self.metadata.get(key).and_then(named));
        mlp.settle(|| self.or_default(found, (Plain::Relu, "ReLU"), &format!("Activation of {what}"), "as usual"));
    }

    /// The activation of a local activation unit, where it has no tensors.
    pub fn settle_attention(&mut self, mlp: &mut Mlp) {
        self.settle(mlp, self.options.attention_activation, "attention", "the local activation unit");
    }

    /// The activation of the head, where it has no tensors.
    pub fn settle_head(&mut self, mlp: &mut Mlp) {
        self.settle(mlp, self.options.head_activation, "top_mlp", "the head");
    }

    /// How many rows of a shared table are items.
    pub fn items(&self) -> Result<Option<usize>, ImportError> {
        match self.options.items {
            Some(items) => Ok(Some(items)),
            None => self.said("items"),
        }
    }

    /// The parts of the head's input.
    pub fn head_input(&self) -> Option<Vec<String>> {
        let of_metadata = || {
            let text = self.metadata.get("top_mlp_input")?;
            let text = text.trim().trim_start_matches('[').trim_end_matches(']');
            Some(text.split(',').map(|part| part.trim().to_owned()).collect())
        };
        self.options.head_input.clone().or_else(of_metadata)
    }

    /// Name of the feature for a role, "item" or "category", among `names`.
    pub fn feature(
        &self,
        role: &str,
        option: Option<&String>,
        names: &[String],
        known: &[&str],
        stem: &str,
    ) -> Result<Option<String>, ImportError> {
        let wanted = option.or_else(|| self.metadata.get(role));
        if let Some(wanted) = wanted {
            if names.contains(wanted) {
                return Ok(Some(wanted.clone()));
            }
            return Err(ImportError::Option {
                file: self.file.to_owned(),
                option: role.to_owned(),
                problem: format!("is \"{wanted}\", but the features are {}", names.join(", ")),
            });
        }
        if let Some(name) = known.iter().find_map(|known| names.iter().find(|name| name == known)) {
            return Ok(Some(name.clone()));
        }
        let of_history = |name: &str| ["hist", "seq", "neg", "click"].iter().any(|part| name.contains(part));
        Ok(names.iter().find(|name| name.contains(stem) && !of_history(name)).cloned())
    }
}
