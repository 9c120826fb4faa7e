//! Why an import is refused.

use model::WeightsError;
use model::table::TableError;

/// Why an import was refused.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A weights file of our own was refused, or the import did not make sense as one.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A table of products or answers cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
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
    /// The answers that a network should give cannot be read, or name what is not there.
    #[error("{file}: {problem}")]
    Answers {
        /// Name of the file with the answers.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// No way to read the file gives the answers that it should.
    #[error(
        "{file}: none of {tried} ways to read it gives the answers; the nearest is off by {off:.1e} at most, with {nearest}. \
         Do the answers belong to this file, to these rows and to one user? Other activations, such as GELU, and regression are \
         not read"
    )]
    NotReproduced {
        /// Name of the file.
        file: String,
        /// How many were tried.
        tried: usize,
        /// The largest difference of a probability by the nearest of them.
        off: f64,
        /// The answers to the open questions by which it came.
        nearest: String,
    },
    /// No way to read the file gives the answers that it should, and some ways are not supported.
    #[error(
        "{file}: none of {tried} ways to read it gives the answers; the nearest is off by {off:.1e} at most, with {nearest}. \
         Another way is not supported, or not said: {problem}"
    )]
    CannotBeRead {
        /// Name of the file.
        file: String,
        /// How many were tried.
        tried: usize,
        /// The largest difference of a probability by the nearest of them.
        off: f64,
        /// The answers to the open questions by which it came.
        nearest: String,
        /// What is not supported, and what to do.
        problem: String,
    },
    /// No way to read the file gives the answers that it should, and nobody said of which user they are.
    #[error(
        "{file}: none of {tried} ways to read it gives the answers; the nearest is off by {off:.1e} at most, with {nearest}. \
         Say of which user the answers are: --context NAME=VALUE for {features}"
    )]
    ContextNotNamed {
        /// Name of the file.
        file: String,
        /// How many were tried.
        tried: usize,
        /// The largest difference of a probability by the nearest of them.
        off: f64,
        /// The answers to the open questions by which it came.
        nearest: String,
        /// Features of the user that have their mean, and numbers that are 0.
        features: String,
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

impl ImportError {
    /// Whether the file may be right and the catalogue another one's.
    pub fn is_about_catalogue(&self) -> bool {
        match self {
            Self::Catalogue { .. } | Self::Weights(WeightsError::Foreign { .. }) => true,
            // How many items there are is taken from the catalogue where the file does not say.
            Self::Option { option, .. } => option == "items",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Catalogue, Vocabulary, Weights};

    use super::*;

    #[test]
    fn what_depends_on_the_catalogue_is_told_from_what_does_not() {
        let file = || "a.safetensors".to_owned();
        let option =
            |option: &str| ImportError::Option { file: file(), option: option.to_owned(), problem: String::new() };
        assert!(ImportError::Catalogue { file: file(), problem: String::new() }.is_about_catalogue());
        assert!(option("items").is_about_catalogue() && !option("evolution").is_about_catalogue());
        assert!(!ImportError::UnknownLibrary { file: file(), first: String::new() }.is_about_catalogue());

        let catalogue = Catalogue::from_csv("c.csv", b"id,title,category\n1,One,A\n").unwrap();
        let read =
            |bytes: &[u8]| crate::read("a.safetensors", bytes, &catalogue, &crate::Options::default()).unwrap_err();
        let vocabulary = Vocabulary { items: 2, categories: 1 };
        let own =
            Weights::seeded(model::NetworkKind::ALL[0].shipped(), vocabulary, 1).unwrap().to_safetensors().unwrap();
        assert!(read(&own).is_about_catalogue());
        // Damaged or wrong files.
        for bytes in [&own[..100], &own[..own.len() - 4], b"version https://git-lfs.github.com/spec/v1", b"<html>", b""]
        {
            assert!(!read(bytes).is_about_catalogue());
        }
    }
}
