//! Reads networks that other programs trained: DIN and DIEN from FuxiCTR, DeepCTR-Torch and RecBole (PyTorch), from DeepCTR
//! and from the DIEN authors' code (TensorFlow), in a safetensors file of their tensors under their own names; the command
//! line also takes PyTorch's own format and NumPy's archives.
//!
//! Whatever the source, the result is a [`Weights`] of our own [`Config`](model::Config), which every engine runs. On the way
//!
//! - sizes are read off the tensors; one that is missing, misshapen, left over or not finite is refused by name;
//! - gates are put into our order reset r, update u, candidate n, where u writes: PyTorch's z and TensorFlow's u keep, so
//!   their weights are negated;
//! - the rows of the head's first layer are put into the order of [`HeadConfig`](model::HeadConfig);
//! - batch normalisations are folded into the layers before them;
//! - features of the user and the context are the same for every candidate, so they are folded into the head's first bias;
//! - the rows of the embedding tables are put into the catalogue's order.
//!
//! What tensors cannot tell (softmax or not, AGRU or AUGRU, an activation without parameters, the order of the head's input)
//! comes from [`Options`], else from the file's metadata under the same names, else it is the library's default, and
//! [`Imported::notes`] says so.

mod checkpoint;
mod deepctr;
mod deepctr_torch;
mod dien_authors;
mod features;
#[cfg(feature = "files")]
mod files;
mod fuxictr;
mod options;
mod parts;
mod recbole;
mod rows;
mod tensorflow;
mod torch;

use std::collections::BTreeMap;

use safetensors::SafeTensors;

use model::{Catalogue, Weights, WeightsError};

pub use checkpoint::Checkpoint;
pub use options::{Options, Plain};
pub use parts::Source;
pub use rows::Rows;

/// What an import gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network.
    pub weights: Weights,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
}

/// Why an import was refused.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A weights file of our own was refused, or the import did not make sense as one.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A file cannot be read, or is not what its extension says.
    #[error("{file}: {problem}")]
    Read {
        /// Name of the file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The names of the tensors are those of no library that is known here.
    #[error(
        "{file}: the tensors are of no known library (FuxiCTR, DeepCTR-Torch, RecBole, DeepCTR, the DIEN authors); the first is \"{first}\""
    )]
    UnknownLibrary {
        /// Name of the file.
        file: String,
        /// The first tensor by name.
        first: String,
    },
    /// A tensor that the network needs is not there.
    #[error("{file}: tensor \"{tensor}\" is missing; expected shape {expected}")]
    Missing {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its shape, "?" for a size that is free.
        expected: String,
    },
    /// A tensor has another shape than its neighbours ask for.
    #[error("{file}: tensor \"{tensor}\" has shape {found:?}, expected {expected}")]
    Shape {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its shape, "?" for a size that is free.
        expected: String,
        /// Its shape in the file.
        found: Vec<usize>,
    },
    /// A tensor that is part of no network that is known here.
    #[error("{file}: tensor \"{tensor}\" of shape {shape:?} does not belong to {network}")]
    Extra {
        /// Name of the file.
        file: String,
        /// Name of the tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Which library and network was recognised.
        network: String,
    },
    /// The network does something that is not supported here.
    #[error("{file}: {problem}")]
    Unsupported {
        /// Name of the file.
        file: String,
        /// What, and where.
        problem: String,
    },
    /// An option or a metadata entry does not fit.
    #[error("{file}: option \"{option}\" {problem}")]
    Option {
        /// Name of the file.
        file: String,
        /// Name of the option.
        option: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// Catalogue and embedding tables do not go together.
    #[error("{file}: {problem}")]
    Catalogue {
        /// Name of the file.
        file: String,
        /// What does not fit.
        problem: String,
    },
}

/// Reads a safetensors file, our own or another library's, for the products of `catalogue`. `file` names it in errors.
///
/// # Errors
/// See [`ImportError`].
pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue, options: &Options) -> Result<Imported, ImportError> {
    let header = SafeTensors::read_metadata(bytes);
    let (_, header) = header.map_err(|error| WeightsError::format(file, &error))?;
    if header.metadata().as_ref().is_some_and(|metadata| metadata.contains_key("format")) {
        let weights = Weights::from_safetensors(file, bytes)?;
        weights.check_vocabulary(file, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
        return Ok(Imported { weights, notes: Vec::new() });
    }
    from_checkpoint(Checkpoint::from_safetensors(file, bytes)?, catalogue, options)
}

/// The same from tensors that are already read.
///
/// # Errors
/// See [`ImportError`].
pub fn from_checkpoint(
    checkpoint: Checkpoint,
    catalogue: &Catalogue,
    options: &Options,
) -> Result<Imported, ImportError> {
    let file = checkpoint.file().to_owned();
    let mut options = options.clone();
    if !checkpoint.metadata().contains_key("items") {
        options.items.get_or_insert(catalogue.items().len() + 1);
    }
    let source = Source::new(checkpoint, &options)?;
    let (rows, mut notes) = Rows::of_catalogue(&file, catalogue, &source)?;
    let (mut weights, context) = source.weights(&rows, &options.context, catalogue.vocabulary_hash())?;
    weights.set_note("source", source.network());
    notes.splice(0..0, source.notes().iter().cloned().chain(context));
    Ok(Imported { weights, notes })
}

/// Values of context features by name: a row of the feature's embedding table, or a number.
pub type Context = BTreeMap<String, f64>;
