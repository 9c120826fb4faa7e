//! npm and the packages that a folder of the repository asks for.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Error, step};
use crate::workspace::Workspace;

/// `npm`, to which more arguments may be given.
pub fn npm(workspace: &Workspace) -> Command {
    workspace.command(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Installs what the folder's lock file says, unless it is there.
pub fn install_packages(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    let modified = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified()).ok();
    // npm writes this file at the end of an installation.
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    let name = folder.strip_prefix(&workspace.root).unwrap_or(folder);
    step(&format!("Install the packages of {}", name.display()), || {
        step::run(npm(workspace).current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
    })
}
