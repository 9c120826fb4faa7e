//! Folders of files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::step::Error;

/// All files under a folder, sorted.
///
/// # Errors
/// Where the folder, or one in it, cannot be read.
pub fn under(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// Makes a folder, or empties the one that is there.
///
/// # Errors
/// Where the file system refuses.
pub fn empty(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::create_dir_all(folder).map_err(Error::file(folder))
}

/// Copies a file, and makes the folder in which the copy lies.
///
/// # Errors
/// Where the file cannot be read or its copy not be written.
pub fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::copy(from, to).map(|_| ()).map_err(Error::file(from))
}

/// A folder with these files, for tests.
#[cfg(test)]
pub fn with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}
