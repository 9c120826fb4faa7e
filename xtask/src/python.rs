//! Python with NumPy, in which tests run the notebooks that the page writes: the one of this machine, with packages of its own or
//! with those that pip puts into target/.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::step::{self, Error, step};
use crate::system;
use crate::workspace::Workspace;

/// The names under which Python is installed.
const NAMES: [&str; 2] = ["python3", "python"];
/// What the tests import.
const PACKAGES: [&str; 2] = ["numpy", "nbformat"];
/// The same in Debian.
const DEBIAN_PACKAGES: [&str; 2] = ["python3-numpy", "python3-nbformat"];

/// Python with the packages that the tests need.
pub struct Python {
    program: &'static str,
    packages: PathBuf,
}

impl Python {
    /// Finds Python, and installs what is missing.
    ///
    /// # Errors
    /// Where there is none, or its packages cannot be installed.
    pub fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        let packages = workspace.tools().join("python");
        let complete = || {
            let program = NAMES.into_iter().find(|program| has_packages(program, &packages))?;
            Some(Self { program, packages: packages.clone() })
        };
        if let Some(python) = complete() {
            return Ok(python);
        }
        let installed = step("Install NumPy for the tests of the notebooks", || pip_install(&packages));
        if let Some(python) = complete() {
            return Ok(python);
        }
        if system::has_apt() {
            step("Install Debian's NumPy", || system::apt_install(&DEBIAN_PACKAGES))?;
        }
        let why = installed.err().map(|error| format!(" ({error})")).unwrap_or_default();
        complete().ok_or(Error::NoPython(why))
    }

    /// Tells a command of tests where Python is.
    pub fn apply(&self, command: &mut Command) {
        command.env("PYTHON", self.program).env("PYTHONPATH", &self.packages);
    }
}

/// Whether this Python has everything, with what is in the folder.
fn has_packages(program: &str, packages: &Path) -> bool {
    let mut python = Command::new(program);
    python.env("PYTHONPATH", packages).args(["-c", &format!("import {}", PACKAGES.join(", "))]);
    python.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Installs the packages into the folder.
fn pip_install(packages: &Path) -> Result<(), Error> {
    let is_there = |program: &&str| step::version(Path::new(program)).is_some();
    let program = NAMES.into_iter().find(is_there).unwrap_or(NAMES[0]);
    let mut pip = Command::new(program);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"]);
    step::run(pip.arg("--upgrade").arg("--target").arg(packages).args(PACKAGES))
}
