//! The tools that build the page: wasm-bindgen, Trunk, wasm-opt. They are installed under `target/tools`, nowhere else.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Workspace;
use crate::step::{self, Error, step};

/// The newest Trunk that the workspace's minimum Rust version compiles.
const TRUNK: &str = "0.22.0-beta.1";
/// The release of npm's `binaryen`, which brings wasm-opt.
const BINARYEN: &str = "132";

/// Installed tools, to be found on a command's PATH.
pub struct Tools {
    folders: [PathBuf; 2],
    /// What the tools are, for anything that must be made again when they change.
    pub versions: String,
}

impl Tools {
    /// This process's PATH with the tools, and `first` before them, in front.
    pub fn path(&self, first: &[PathBuf]) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders = first.iter().chain(&self.folders).cloned().chain(env::split_paths(&inherited));
        env::join_paths(folders).unwrap_or(inherited)
    }

    /// The program `name` among the tools that cargo installed.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folders[0].join(name)
    }
}

/// Installs what is missing or has the wrong version.
pub fn prepare(workspace: &Workspace) -> Result<Tools, Error> {
    let folder = workspace.tools();
    let lock_path = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&lock_path).map_err(Error::file(&lock_path))?;
    let wasm_bindgen = locked_version(&lock, "wasm-bindgen").ok_or(Error::NotLocked("wasm-bindgen"))?;

    // wasm-bindgen-cli's own lock file does not build with a current compiler, Trunk's dependencies only with its lock file.
    cargo_install(workspace, "wasm-bindgen-cli", "wasm-bindgen", wasm_bindgen, &[])?;
    cargo_install(workspace, "trunk", "trunk", TRUNK, &["--locked", "--no-default-features"])?;
    install_binaryen(workspace, &folder.join("binaryen"))?;

    Ok(Tools {
        folders: [folder.join("bin"), folder.join("binaryen/node_modules/.bin")],
        versions: format!("wasm-bindgen {wasm_bindgen}, trunk {TRUNK}, binaryen {BINARYEN}"),
    })
}

fn cargo_install(
    workspace: &Workspace,
    package: &str,
    program: &str,
    version: &str,
    options: &[&str],
) -> Result<(), Error> {
    let folder = workspace.tools();
    if installed_version(&folder.join("bin").join(program)).as_deref() == Some(version) {
        return Ok(());
    }
    step(&format!("Install {package} {version} under target/tools"), || {
        let mut cargo = workspace.cargo(&["install", package, "--version", version, "--force"]);
        cargo.args(options).arg("--root").arg(&folder).arg("--target-dir").arg(folder.join("build"));
        // These programs run for seconds; to optimise them would take minutes.
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        step::run(&mut cargo)
    })
}

fn install_binaryen(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    let manifest = fs::read_to_string(folder.join("node_modules/binaryen/package.json")).unwrap_or_default();
    let installed: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    let version = installed["version"].as_str().unwrap_or_default();
    if version.split('.').next() == Some(BINARYEN) {
        return Ok(());
    }
    step(&format!("Install binaryen {BINARYEN} (wasm-opt) under target/tools"), || {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let mut npm = npm(workspace);
        npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(folder);
        step::run(npm.arg(format!("binaryen@{BINARYEN}")))
    })
}

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

/// The version that `program --version` tells, if it is there: the second word of `trunk 0.22.0`.
fn installed_version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1).map(str::to_owned)
}

/// The version of `package` in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let quoted = |line: &'a str, key: &str| line.strip_prefix(key)?.trim().strip_prefix('"')?.strip_suffix('"');
    let mut lines = lock.lines();
    lines.find(|line| quoted(line, "name =") == Some(package))?;
    lines.next().and_then(|line| quoted(line, "version ="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_with_exactly_this_name() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn the_workspace_locks_wasm_bindgen() {
        let lock = include_str!("../../Cargo.lock");
        assert!(locked_version(lock, "wasm-bindgen").is_some_and(|version| version.starts_with("0.2.")));
    }

    #[test]
    fn a_program_that_is_not_there_has_no_version() {
        assert_eq!(installed_version(Path::new("/no/such/program")), None);
    }
}
