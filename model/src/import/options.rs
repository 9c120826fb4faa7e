//! What tensors cannot tell.

use super::{Checkpoint, Context, ImportError};
use crate::{Evolution, Normalization};

/// What tensors cannot tell about a network. None leaves it to the file's metadata, and then to the library's default.
///
/// The metadata entries are `evolution` ("AUGRU"), `attention_normalization` ("softmax", "none"), `attention`, `top_mlp` and
/// `auxiliary` (of which the activation's name counts, as in "8 sigmoid -> 4 sigmoid -> 1"), `top_mlp_input`
/// ("[final state, user, query]"), `item` and `category` (the features' names), `items` (a number).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// How attention enters DIEN's second recurrent layer.
    pub evolution: Option<Evolution>,
    /// What turns attention scores into weights.
    pub normalization: Option<Normalization>,
    /// Activation of the local activation unit, where it has no tensors.
    pub attention_activation: Option<Plain>,
    /// Activation of the head, where it has no tensors.
    pub head_activation: Option<Plain>,
    /// Activation of the auxiliary classifier, where it has no tensors.
    pub auxiliary_activation: Option<Plain>,
    /// The parts of the head's input in order: "final state" or "pooled" (the interest), "query", "sum of history",
    /// "query*sum", "query*pooled", and names of features.
    pub head_input: Option<Vec<String>>,
    /// Name of the feature that is the item.
    pub item: Option<String>,
    /// Name of the feature that is the item's category.
    pub category: Option<String>,
    /// How many rows of RecBole's one table for items and categories are items, the padding row among them.
    pub items: Option<usize>,
    /// Values of the user's and the context's features: a row of the feature's embedding table, or a number. Without one it
    /// is the mean of the table's rows, or 0.
    pub context: Context,
}

/// An activation without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// max(s, 0).
    Relu,
    /// σ(s).
    Sigmoid,
    /// s.
    Linear,
}

impl Plain {
    /// The activation of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "relu" => Some(Self::Relu),
            "sigmoid" => Some(Self::Sigmoid),
            "linear" | "none" => Some(Self::Linear),
            _ => None,
        }
    }
}

/// Evolution layers by their names in papers and libraries.
pub fn evolution(name: &str) -> Option<Evolution> {
    match name.to_ascii_uppercase().as_str() {
        "GRU" => Some(Evolution::Gru),
        "AIGRU" => Some(Evolution::Aigru),
        "AGRU" => Some(Evolution::Agru),
        "AUGRU" => Some(Evolution::Augru),
        "AUGRU-AUTHORS" | "AUGRU_AUTHORS" => Some(Evolution::AugruAuthors),
        _ => None,
    }
}

/// Normalisations by name.
pub fn normalization(name: &str) -> Option<Normalization> {
    match name.to_ascii_lowercase().as_str() {
        "none" => Some(Normalization::None),
        "softmax" => Some(Normalization::Softmax),
        "scaled-softmax" | "scaled softmax" => Some(Normalization::ScaledSoftmax),
        _ => None,
    }
}

/// [`Options`] with the file's metadata, and a list of what was left to defaults.
pub(super) struct Asked<'a> {
    pub options: &'a Options,
    pub checkpoint: &'a Checkpoint,
    pub notes: Vec<String>,
}

impl Asked<'_> {
    fn from_metadata<T>(&self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ImportError> {
        let Some(value) = self.checkpoint.metadata().get(key) else { return Ok(None) };
        match parse(value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ImportError::Option {
                file: self.checkpoint.file().to_owned(),
                option: key.to_owned(),
                problem: format!("is \"{value}\", which is none of the values known here"),
            }),
        }
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
            None => self.from_metadata("evolution", evolution)?,
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
            None => self.from_metadata("attention_normalization", normalization)?,
        };
        Ok(self.or_default(found, default, "Attention's normalisation", &format!("the default of {library}")))
    }

    /// The activation of a perceptron that has no tensors, from the metadata entry `key`.
    pub fn activation(&mut self, option: Option<Plain>, key: &str, what: &str, default: (Plain, &str)) -> Plain {
        let named = || {
            // "… -> 8 sigmoid -> 4 sigmoid -> 1": the first word after a number.
            let text = self.checkpoint.metadata().get(key)?;
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).find_map(|word| match word {
                "none" => None,
                word => Plain::named(word),
            })
        };
        let found = option.or_else(named);
        self.or_default(found, default, what, "as usual")
    }

    /// How many rows of a shared table are items.
    pub fn items(&self) -> Result<Option<usize>, ImportError> {
        match self.options.items {
            Some(items) => Ok(Some(items)),
            None => self.from_metadata("items", |text| text.parse().ok()),
        }
    }

    /// The parts of the head's input.
    pub fn head_input(&self) -> Option<Vec<String>> {
        let of_metadata = || {
            let text = self.checkpoint.metadata().get("top_mlp_input")?;
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
        let wanted = option.or_else(|| self.checkpoint.metadata().get(role));
        if let Some(wanted) = wanted {
            if names.contains(wanted) {
                return Ok(Some(wanted.clone()));
            }
            return Err(ImportError::Option {
                file: self.checkpoint.file().to_owned(),
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
