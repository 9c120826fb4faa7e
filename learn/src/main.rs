//! Writes the article: `learn <folder of the repository> <folder of the page>`.

use std::path::PathBuf;
use std::process::ExitCode;

use learn::error::Error;

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let written = match folders.as_slice() {
        [root, page] => learn::write::article(root, &page.join("learn")),
        _ => Err(Error::Usage),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
