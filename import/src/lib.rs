//! Reads networks that other programs trained: DIN and DIEN from FuxiCTR, DeepCTR-Torch and RecBole (PyTorch), from DeepCTR
//! and from the DIEN authors' code (TensorFlow), and ComiRec-SA from the ComiRec authors' code (TensorFlow), in safetensors,
//! PyTorch's own format, NumPy's archives or Keras's HDF5.
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
mod files;
mod fuxictr;
mod keras;
mod layers;
mod libraries;
mod names;
mod options;
mod orders;
mod owners;
mod pickle;
mod pooling;
mod question;
mod recbole;
mod recbole_trainer;
mod roles;
mod rows;
mod source;
mod tensorflow;
mod torch;
mod torch_file;

use safetensors::SafeTensors;

use model::{Catalogue, Weights};

pub use answers::Answer;
pub use check::{Checked, Engine, TOLERANCE, check};
pub use checkpoint::Checkpoint;
pub use error::ImportError;
pub use names::is_history_of;
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
    /// Features of the user and the context, by name, each with how many rows its table has; a number has none.
    pub context: Vec<(String, Option<usize>)>,
}

impl Imported {
    /// A network from a file of our own, which leaves nothing open.
    fn own(weights: Weights) -> Self {
        Self { weights, notes: Vec::new(), questions: Vec::new(), context: Vec::new() }
    }

    /// Keeps in the metadata that the network gives so many answers, `off` from the library's at most.
    fn prove(&mut self, answers: usize, off: f64) {
        let predictions = if answers == 1 { "prediction" } else { "predictions" };
        self.weights.set_note("proof", format!("{answers} {predictions} of the library, off by {off:.1e} at most"));
    }
}

/// Reads a file, our own or another library's, for the products of `catalogue`. `file` names it in errors: any that
/// [`Checkpoint::from_bytes`] reads.
///
/// # Errors
/// See [`ImportError`].
pub fn read(file: &str, bytes: &[u8], catalogue: &Catalogue, options: &Options) -> Result<Imported, ImportError> {
    match own(file, bytes, catalogue)? {
        Some(weights) => Ok(Imported::own(weights)),
        None => from_checkpoint(Checkpoint::from_bytes(file, bytes)?, catalogue, options),
    }
}

/// Reads a file as [`read`] does, in the way that gives `answers`, predictions from `answers_file`: see [`check`]. A file of our
/// own can be read in one way only.
///
/// # Errors
/// Those of [`read`] and of [`check`].
pub fn read_proved(
    file: &str,
    bytes: &[u8],
    catalogue: &Catalogue,
    options: &Options,
    (answers_file, answers): (&str, &[Answer]),
    answer: &mut Engine,
) -> Result<Checked, ImportError> {
    match own(file, bytes, catalogue)? {
        Some(weights) => check::own(file, weights, catalogue, (answers_file, answers), answer),
        None => check(&Checkpoint::from_bytes(file, bytes)?, catalogue, options, answers_file, answers, answer),
    }
}

/// The network in a file of our own; none in another library's.
fn own(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Option<Weights>, ImportError> {
    let format =
        SafeTensors::read_metadata(bytes).ok().and_then(|(_, header)| header.metadata().clone()?.remove("format"));
    // Others write "pt" there, for PyTorch.
    if !format.is_some_and(|format| format.starts_with(OWN)) {
        return Ok(None);
    }
    let weights = Weights::from_safetensors(file, bytes)?;
    weights.check_vocabulary(file, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
    Ok(Some(weights))
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
    let context = source.context_rows().map(|(name, rows)| (name.to_owned(), rows)).collect();
    Ok(Imported { weights, notes, questions: source.questions, context })
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
    (source.questions, source.rare, source.notes) = (asked.questions, asked.rare, asked.notes);
    Ok((source, rows, notes))
}
