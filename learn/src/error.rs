//! What can be wrong with the article's sources, or with what they are computed from.

use std::io;
use std::path::{Path, PathBuf};

use model::{CatalogueError, WeightsError};
use shaders::EngineError;
use thiserror::Error;

/// Why the article could not be written.
#[derive(Debug, Error)]
pub enum Error {
    /// The program was called otherwise.
    #[error("usage: learn <folder of the repository> <folder of the page>")]
    Usage,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A JSON file is none, or has other fields.
    #[error("{file}: {source}")]
    Json {
        /// The file.
        file: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Weights cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The engine refuses.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A placeholder asks for what there is not.
    #[error("{{{{{placeholder}}}}}: {problem}")]
    Placeholder {
        /// What stands between the braces.
        placeholder: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A word is missing in a language.
    #[error("words.{language}.json has no \"{key}\"")]
    Word {
        /// The language.
        language: String,
        /// The word's name.
        key: String,
    },
    /// Digits are typed where a number should be computed.
    #[error("{file}: these lines have typed numbers: {}", lines.join("; "))]
    Typed {
        /// The source.
        file: String,
        /// The lines.
        lines: Vec<String>,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }

    /// A placeholder that asks for what there is not.
    pub fn placeholder(placeholder: &str, problem: impl Into<String>) -> Self {
        Self::Placeholder { placeholder: placeholder.to_owned(), problem: problem.into() }
    }
}
