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
//! - features of the products beyond item and category, and tables that clicks alone have, make one vector of each item.
//!
//! What tensors cannot tell (softmax or not, AGRU or AUGRU, an activation without parameters, the order of the features) comes
//! from [`Options`], else from the file's metadata. Where neither says it, [`Imported::questions`] has it with the answers that
//! fit, and the first of them, the library's default, was taken.

mod answers;
mod asked;
mod body;
mod check;
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
mod orders;
#[cfg(feature = "files")]
mod pickle;
mod question;
mod recbole;
#[cfg(feature = "files")]
mod recbole_trainer;
mod roles;
mod rows;
mod source;
mod tensorflow;
mod torch;
#[cfg(feature = "files")]
mod torch_file;

use safetensors::SafeTensors;

use model::{Catalogue, Weights};

pub use answers::Answer;
pub use check::{Checked, Engine, TOLERANCE, check};
pub use checkpoint::Checkpoint;
pub use error::ImportError;
pub use options::{Context, FeatureRows, Options, Plain};
pub use question::{Choice, Question};
pub use rows::{Rows, feature_rows};
pub use source::Source;

use asked::Asked;

/// What an import gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The network.
    pub weights: Weights,
    /// What was assumed, in sentences; the open questions are among them.
    pub notes: Vec<String>,
    /// What the file leaves open and nobody said, answered by the first choice of each.
    pub questions: Vec<Question>,
}

/// Reads a file, our own or another library's, for the products of `catalogue`. `file` names it in errors. It is safetensors, or
/// with the feature `files` any that [`Checkpoint::from_bytes`] reads.
///
/// # Errors
/// See [`ImportError`].
pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue, options: &Options) -> Result<Imported, ImportError> {
    let format =
        SafeTensors::read_metadata(bytes).ok().and_then(|(_, header)| header.metadata().clone()?.remove("format"));
    // Others write "pt" there, for PyTorch.
    if format.is_some_and(|format| format.starts_with(OWN)) {
        let weights = Weights::from_safetensors(file, bytes)?;
        weights.check_vocabulary(file, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
        return Ok(Imported { weights, notes: Vec::new(), questions: Vec::new() });
    }
    #[cfg(feature = "files")]
    let checkpoint = Checkpoint::from_bytes(file, bytes)?;
    #[cfg(not(feature = "files"))]
    let checkpoint = Checkpoint::from_safetensors(file, bytes)?;
    from_checkpoint(checkpoint, catalogue, options)
}

/// What the format in our own files' metadata begins with.
const OWN: &str = "interest-lens";

/// Takes the tensors of another library's file, already read, for the products of `catalogue`.
///
/// # Errors
/// See [`ImportError`].
pub fn from_checkpoint(
    checkpoint: Checkpoint,
    catalogue: &Catalogue,
    options: &Options,
) -> Result<Imported, ImportError> {
    let (source, rows, notes) = for_catalogue(checkpoint, catalogue, options)?;
    let (mut weights, context) = source.weights(&rows, &options.context, catalogue.vocabulary_hash())?;
    weights.set_note("source", source.network());
    let answers: Vec<String> = options.answers.iter().map(|(option, answer)| format!("{option}: {answer}")).collect();
    if !answers.is_empty() {
        weights.set_note("answers", answers.join("; "));
    }
    let notes = source.notes().chain(context).chain(notes).collect();
    Ok(Imported { weights, notes, questions: source.questions })
}

/// The network of a checkpoint with the rows of a catalogue, and a sentence for each guess about these.
fn for_catalogue(
    checkpoint: Checkpoint,
    catalogue: &Catalogue,
    options: &Options,
) -> Result<(Source, Rows, Vec<String>), ImportError> {
    let mut asked = Asked::new(options, Some(catalogue), checkpoint.file());
    let mut source = Source::read(checkpoint, &mut asked)?;
    let is_plain = !source.plain.is_empty();
    let (zero, peer) = (source.zero, source.peer);
    let (rows, notes) = Rows::of_catalogue(&mut asked, catalogue, source.table_rows(), zero, is_plain, peer)?;
    asked.finish(&source.network())?;
    (source.questions, source.notes) = (asked.questions, asked.notes);
    Ok((source, rows, notes))
}
