//! Why dictionaries cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use crate::po::PoError;

/// Why dictionaries cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", file.display())]
    File {
        /// The file or folder.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is not of its format.
    #[error("{}, {source}", file.display())]
    Po {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: PoError,
    },
    /// There is no language.
    #[error("{}: there is no language in here", .0.display())]
    Empty(PathBuf),
}

impl WordsError {
    /// For what reading `file` says.
    pub(crate) fn file(file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { file: file.to_path_buf(), source }
    }
}
