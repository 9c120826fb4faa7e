//! Reads networks that other programs trained: DIN and DIEN from FuxiCTR, DeepCTR-Torch and RecBole (PyTorch), from DeepCTR
//! and from the DIEN authors' code (TensorFlow), and ComiRec-SA from the ComiRec authors' code (TensorFlow), in a safetensors
//! file of their tensors under their own names; the command line also takes PyTorch's own format and NumPy's archives.
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

mod asked;
mod body;
mod checkpoint;
mod comirec_authors;
mod deepctr;
mod deepctr_torch;
mod dien_authors;
mod error;
mod features;
#[cfg(feature = "files")]
mod files;
mod fuxictr;
mod layers;
mod libraries;
mod options;
mod recbole;
mod rows;
mod source;
mod tensorflow;
mod torch;

use safetensors::SafeTensors;

use model::{Catalogue, Weights, WeightsError};

pub use checkpoint::Checkpoint;
pub use error::ImportError;
pub use options::{Context, Options, Plain};
pub use rows::Rows;
pub use source::Source;

/// What an import gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network.
    pub weights: Weights,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
}

/// Reads a safetensors file, our own or another library's, for the products of `catalogue`. `file` names it in errors.
///
/// # Errors
/// See [`ImportError`].
pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue, options: &Options) -> Result<Imported, ImportError> {
    let header = SafeTensors::read_metadata(bytes);
    let (_, header) = header.map_err(|error| WeightsError::format(file, bytes, &error))?;
    if header.metadata().as_ref().is_some_and(|metadata| metadata.contains_key("format")) {
        let weights = Weights::from_safetensors(file, bytes)?;
        weights.check_vocabulary(file, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
        return Ok(Imported { weights, notes: Vec::new() });
    }
    from_checkpoint(Checkpoint::from_safetensors(file, bytes)?, catalogue, options)
}

/// Takes the tensors of another library's file, already read, for the products of `catalogue`.
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
    let (rows, mut notes) = Rows::of_catalogue(&file, catalogue, source.table_rows())?;
    let (mut weights, context) = source.weights(&rows, &options.context, catalogue.vocabulary_hash())?;
    weights.set_note("source", source.network());
    notes.splice(0..0, source.notes().iter().cloned().chain(context));
    Ok(Imported { weights, notes })
}
