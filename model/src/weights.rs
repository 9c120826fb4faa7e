//! A network's weights: named float32 tensors in a safetensors file, with the configuration, the vocabulary's hash and
//! what was measured in the file's metadata.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};

use crate::foreign::{self, Foreign};
use crate::{Config, Vocabulary};

/// A dense float32 tensor in row order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Size of each dimension.
    pub shape: Vec<usize>,
    /// The values, last dimension fastest.
    pub values: Vec<f32>,
}

/// Everything that is needed to run one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    config: Config,
    vocabulary: Vocabulary,
    vocabulary_hash: String,
    notes: BTreeMap<String, String>,
    tensors: BTreeMap<String, Tensor>,
}

/// Why weights were refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The bytes are no safetensors file.
    #[error("{file}: not a readable safetensors file: {problem}")]
    Format {
        /// Name of the file.
        file: String,
        /// What the reader said.
        problem: String,
    },
    /// The file lacks a metadata entry that says what it holds.
    #[error("{file}: metadata has no entry \"{key}\"; files written by `interest-lens train` have it")]
    NoMetadata {
        /// Name of the file.
        file: String,
        /// The missing key.
        key: &'static str,
    },
    /// A metadata entry cannot be understood.
    #[error("{file}: metadata entry \"{key}\": {problem}")]
    Metadata {
        /// Name of the file.
        file: String,
        /// The entry's key.
        key: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// A tensor that the configuration needs is not there.
    #[error("{file}: tensor \"{tensor}\" is missing; expected shape {expected:?}")]
    Missing {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its shape by the configuration.
        expected: Vec<usize>,
    },
    /// A tensor has another shape than the configuration says.
    #[error("{file}: tensor \"{tensor}\" has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its shape by the configuration.
        expected: Vec<usize>,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// A tensor that the configuration does not know.
    #[error("{file}: tensor \"{tensor}\" does not belong to this network")]
    Unknown {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
    },
    /// A tensor holds something other than float32.
    #[error("{file}: tensor \"{tensor}\" is {found}, expected F32")]
    DataType {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its type in the file.
        found: String,
    },
    /// A tensor holds NaN or an infinity.
    #[error("{file}: tensor \"{tensor}\" holds {value} at position {position}")]
    NotFinite {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Where, counted in row order.
        position: usize,
        /// The value.
        value: f32,
    },
    /// A variance is below zero.
    #[error("{file}: tensor \"{tensor}\" holds {value} at position {position}, and no variance is below zero")]
    NegativeVariance {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Where, counted in row order.
        position: usize,
        /// The value.
        value: f32,
    },
    /// The weights were trained on another catalogue.
    #[error(
        "{file}: trained on another catalogue: {what} is {weights} in the weights and {catalogue} in the catalogue"
    )]
    Foreign {
        /// Name of the file.
        file: String,
        /// What differs.
        what: &'static str,
        /// Its value in the weights file.
        weights: String,
        /// Its value in the catalogue.
        catalogue: String,
    },
    /// The weights could not be written.
    #[error("weights cannot be written as safetensors: {0}")]
    Write(String),
}

impl WeightsError {
    /// The bytes of `file` are no safetensors file: what they are, else what the reader said.
    pub fn format(file: &str, bytes: &[u8], error: &SafeTensorError) -> Self {
        let problem = match foreign::in_place_of_weights(bytes) {
            Some(Foreign { what, advice }) => format!("it is {what}; {advice}"),
            None => format!("{error}; it is cut off, damaged or another file: download or export it again"),
        };
        Self::Format { file: file.to_owned(), problem }
    }
}

/// Tensors that a file may hold beside those of [`Config::tensors`]: the projection of DIEN's evolution states to two
/// dimensions, fitted at training time; here their mean, `[hidden]`.
pub const PROJECTION_MEAN: &str = "projection.mean";
/// The two directions of the projection, `[hidden, 2]`.
pub const PROJECTION_COMPONENTS: &str = "projection.components";
/// The same of the item embeddings, item ‖ category, for every network: their mean, `[H]`.
pub const EMBEDDING_PROJECTION_MEAN: &str = "projection.embedding.mean";
/// The two directions of that projection, `[H, 2]`.
pub const EMBEDDING_PROJECTION_COMPONENTS: &str = "projection.embedding.components";

/// The float32 values of a tensor in a file: little-endian, as in memory on every machine that this is for.
pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytemuck::pod_collect_to_vec(bytes)
}

/// The first value that is NaN or infinite, and its position.
///
/// A function of its own for its long loop: see xtask/src/program.rs.
#[inline(never)]
fn not_finite(values: &[f32]) -> Option<(usize, f32)> {
    values.iter().copied().enumerate().find(|(_, value)| !value.is_finite())
}

/// Refuses a tensor of variances that holds one below zero.
///
/// # Errors
/// [`WeightsError::NegativeVariance`].
pub fn check_variance(file: &str, tensor: &str, values: &[f32]) -> Result<(), WeightsError> {
    match values.iter().position(|&value| value < 0.0) {
        Some(position) => {
            let (file, tensor, value) = (file.to_owned(), tensor.to_owned(), values[position]);
            Err(WeightsError::NegativeVariance { file, tensor, position, value })
        }
        None => Ok(()),
    }
}

const FORMAT: &str = "interest-lens/1";
const OWN_KEYS: [&str; 5] = ["format", "config", "items", "categories", "vocabulary"];

impl Weights {
    /// Checks `tensors` against `config` and takes them.
    ///
    /// # Errors
    /// The first tensor that is missing, misshapen, unknown or not finite. `file` names the source in errors.
    pub fn new(
        file: &str,
        config: Config,
        vocabulary: Vocabulary,
        vocabulary_hash: String,
        tensors: BTreeMap<String, Tensor>,
    ) -> Result<Self, WeightsError> {
        if let Some(problem) = config.problem() {
            return Err(WeightsError::Metadata { file: file.to_owned(), key: "config", problem });
        }
        let mut expected = config.tensors(vocabulary);
        for (name, shape) in [
            (PROJECTION_MEAN, vec![config.interest_width()]),
            (PROJECTION_COMPONENTS, vec![config.interest_width(), 2]),
            (EMBEDDING_PROJECTION_MEAN, vec![config.width()]),
            (EMBEDDING_PROJECTION_COMPONENTS, vec![config.width(), 2]),
        ] {
            if tensors.contains_key(name) {
                expected.push((name.to_owned(), shape));
            }
        }
        for (name, shape) in &expected {
            let Some(tensor) = tensors.get(name) else {
                return Err(WeightsError::Missing {
                    file: file.to_owned(),
                    tensor: name.clone(),
                    expected: shape.clone(),
                });
            };
            if &tensor.shape != shape || tensor.values.len() != shape.iter().product::<usize>() {
                return Err(WeightsError::Shape {
                    file: file.to_owned(),
                    tensor: name.clone(),
                    expected: shape.clone(),
                    found: tensor.shape.clone(),
                });
            }
        }
        for (name, tensor) in &tensors {
            if !expected.iter().any(|(known, _)| known == name) {
                return Err(WeightsError::Unknown { file: file.to_owned(), tensor: name.clone() });
            }
            if let Some((position, value)) = not_finite(&tensor.values) {
                return Err(WeightsError::NotFinite { file: file.to_owned(), tensor: name.clone(), position, value });
            }
            if name.ends_with(".variance") {
                check_variance(file, name, &tensor.values)?;
            }
        }
        Ok(Self { config, vocabulary, vocabulary_hash, notes: BTreeMap::new(), tensors })
    }

    /// Small random weights from a seed, for tests and benchmarks: normalised so that signals keep their size from layer
    /// to layer, with variances positive.
    ///
    /// # Errors
    /// As [`Weights::new`], for a configuration that makes no sense.
    pub fn seeded(config: Config, vocabulary: Vocabulary, seed: u64) -> Result<Self, WeightsError> {
        // SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine and in every version.
        let mut state = seed;
        let mut uniform = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
        };
        let tensors = config
            .tensors(vocabulary)
            .into_iter()
            .map(|(name, shape)| {
                let size = shape.iter().product();
                let values = if name.ends_with(".variance") {
                    (0..size).map(|_| 0.5 + uniform()).collect()
                } else {
                    // Rows of an embedding table do not add up, so its fan-in is 1.
                    let fan_in = if shape.len() == 2 && !name.starts_with("embedding.") { shape[0] } else { 1 };
                    let scale = (3.0 / fan_in as f32).sqrt();
                    (0..size)
                        .map(|_| scale * (2.0 * uniform() - 1.0) * if shape.len() == 1 { 0.2 } else { 1.0 })
                        .collect()
                };
                (name, Tensor { shape, values })
            })
            .collect();
        Self::new("seeded weights", config, vocabulary, format!("seed {seed}"), tensors)
    }

    /// Reads a safetensors file. `file` names it in errors.
    ///
    /// # Errors
    /// See [`WeightsError`]; nothing is read by halves.
    pub fn from_safetensors(file: &str, bytes: &[u8]) -> Result<Self, WeightsError> {
        let format = |error| WeightsError::format(file, bytes, &error);
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(format)?.iter() {
            if view.dtype() != Dtype::F32 {
                let found = format!("{:?}", view.dtype());
                return Err(WeightsError::DataType { file: file.to_owned(), tensor: name.to_owned(), found });
            }
            tensors.insert(name.to_owned(), Tensor { shape: view.shape().to_vec(), values: floats(view.data()) });
        }
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        Self::from_entries(file, metadata, tensors, &|text| {
            serde_json::from_str(text).map_err(|error| error.to_string())
        })
    }

    /// Takes what a safetensors file holds, its metadata and its tensors; `config` reads the JSON of the configuration.
    ///
    /// # Errors
    /// As [`Weights::from_safetensors`].
    pub fn from_entries(
        file: &str,
        mut metadata: BTreeMap<String, String>,
        tensors: BTreeMap<String, Tensor>,
        config: &dyn Fn(&str) -> Result<Config, String>,
    ) -> Result<Self, WeightsError> {
        let entry = |key| metadata.get(key).ok_or(WeightsError::NoMetadata { file: file.to_owned(), key });
        let problem = |key, problem: String| WeightsError::Metadata { file: file.to_owned(), key, problem };
        let found = entry("format")?;
        if found != FORMAT {
            return Err(problem("format", format!("found \"{found}\", this version reads \"{FORMAT}\"")));
        }
        let count = |key| entry(key)?.parse::<usize>().map_err(|error| problem(key, error.to_string()));
        let vocabulary = Vocabulary { items: count("items")?, categories: count("categories")? };
        let config = config(entry("config")?).map_err(|error| problem("config", error))?;
        let vocabulary_hash = entry("vocabulary")?.clone();
        let mut weights = Self::new(file, config, vocabulary, vocabulary_hash, tensors)?;
        metadata.retain(|key, _| !OWN_KEYS.contains(&key.as_str()));
        weights.notes = metadata;
        Ok(weights)
    }

    /// The file that [`Weights::from_safetensors`] reads.
    ///
    /// # Errors
    /// What the writer said.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, WeightsError> {
        let mut metadata: HashMap<String, String> = self.notes.clone().into_iter().collect();
        metadata.insert("format".to_owned(), FORMAT.to_owned());
        metadata.insert("items".to_owned(), self.vocabulary.items.to_string());
        metadata.insert("categories".to_owned(), self.vocabulary.categories.to_string());
        metadata.insert("vocabulary".to_owned(), self.vocabulary_hash.clone());
        let config = serde_json::to_string(&self.config).map_err(|error| WeightsError::Metadata {
            file: String::new(),
            key: "config",
            problem: error.to_string(),
        })?;
        metadata.insert("config".to_owned(), config);
        let bytes: Vec<(&String, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, tensor)| (name, tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()))
            .collect();
        let views = bytes
            .iter()
            .map(|(name, bytes)| Ok((*name, TensorView::new(Dtype::F32, self.tensors[*name].shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error: SafeTensorError| WeightsError::Write(error.to_string()))?;
        safetensors::serialize(views, Some(metadata)).map_err(|error| WeightsError::Write(error.to_string()))
    }

    /// Refuses weights that were trained on another vocabulary than `vocabulary` with the hash `hash` (see
    /// [`crate::Catalogue::vocabulary_hash`]).
    ///
    /// # Errors
    /// [`WeightsError::Foreign`], naming what differs.
    pub fn check_vocabulary(&self, file: &str, vocabulary: Vocabulary, hash: &str) -> Result<(), WeightsError> {
        let foreign = |what, weights: String, catalogue: String| {
            Err(WeightsError::Foreign { file: file.to_owned(), what, weights, catalogue })
        };
        if self.vocabulary.items != vocabulary.items {
            return foreign("the number of items", self.vocabulary.items.to_string(), vocabulary.items.to_string());
        }
        if self.vocabulary.categories != vocabulary.categories {
            let (weights, catalogue) = (self.vocabulary.categories, vocabulary.categories);
            return foreign("the number of categories", weights.to_string(), catalogue.to_string());
        }
        if self.vocabulary_hash != hash {
            return foreign("the vocabulary's hash", self.vocabulary_hash.clone(), hash.to_owned());
        }
        Ok(())
    }

    /// Sizes and options.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Rows of the embedding tables.
    pub fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// Hash of the item ids and categories that the rows stand for.
    pub fn vocabulary_hash(&self) -> &str {
        &self.vocabulary_hash
    }

    /// A free metadata entry, such as "seed" or "metrics".
    pub fn note(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    /// Adds a free metadata entry.
    pub fn set_note(&mut self, key: &str, value: impl Into<String>) {
        debug_assert!(!OWN_KEYS.contains(&key), "{key} is the file's own");
        self.notes.insert(key.to_owned(), value.into());
    }

    /// The same weights and metadata with `more` tensors.
    ///
    /// # Errors
    /// As [`Weights::new`].
    pub fn with(&self, more: impl IntoIterator<Item = (String, Tensor)>) -> Result<Self, WeightsError> {
        let mut tensors = self.tensors.clone();
        tensors.extend(more);
        let hash = self.vocabulary_hash.clone();
        let weights = Self::new("weights", self.config.clone(), self.vocabulary, hash, tensors)?;
        Ok(Self { notes: self.notes.clone(), ..weights })
    }

    /// The same tensors under other options: a network that nobody trained.
    ///
    /// # Errors
    /// As [`Weights::new`], where the options need other tensors.
    pub fn under(&self, config: Config) -> Result<Self, WeightsError> {
        Self::new("weights", config, self.vocabulary, self.vocabulary_hash.clone(), self.tensors.clone())
    }

    /// The values of a tensor that [`Config::tensors`] names, in row order; empty for any other name.
    pub fn values(&self, name: &str) -> &[f32] {
        self.tensors.get(name).map_or(&[], |tensor| &tensor.values)
    }

    /// All tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }
}
