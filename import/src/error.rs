//! Why an import is refused.

use model::WeightsError;

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
        "{file}: the tensors are of no known library (FuxiCTR, DeepCTR-Torch, RecBole, DeepCTR, the DIEN authors, the \
         ComiRec authors); the first is \"{first}\""
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
