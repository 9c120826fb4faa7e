//! What the tests need of the system: a browser, and a Vulkan driver for the native shader tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Error, step};

/// The names under which Chromium and Chrome are installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Where they are on systems that put no programs on PATH.
const PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/// The path of Chromium or Chrome, installed where apt can.
pub fn chromium() -> Result<PathBuf, Error> {
    if let Some(path) = find_browser() {
        return Ok(path);
    }
    if !has_apt() {
        return Err(Error::NoBrowser(String::new()));
    }
    step("Install Chromium", || apt_install(&["chromium"])).map_err(|error| Error::NoBrowser(format!(" ({error})")))?;
    find_browser().ok_or_else(|| Error::NoBrowser(String::new()))
}

/// Makes sure that there is a Vulkan driver, where Vulkan is what shaders run on.
pub fn vulkan() -> Result<(), Error> {
    // Windows has Direct3D and macOS has Metal.
    if !cfg!(target_os = "linux") || has_vulkan_driver() {
        return Ok(());
    }
    if !has_apt() {
        return Err(Error::NoVulkan(String::new()));
    }
    step("Install Mesa's Vulkan drivers", || apt_install(&["mesa-vulkan-drivers"]))
        .map_err(|error| Error::NoVulkan(format!(" ({error})")))
}

fn find_browser() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    on_path.chain(PLACES.map(PathBuf::from)).find(|program| program.is_file())
}

fn has_vulkan_driver() -> bool {
    env::var_os("VK_DRIVER_FILES").is_some()
        || env::var_os("VK_ICD_FILENAMES").is_some()
        || ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
            .iter()
            .any(|folder| fs::read_dir(folder).is_ok_and(|mut drivers| drivers.next().is_some()))
}

/// Whether Debian packages can be installed.
pub fn has_apt() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// Installs Debian packages, and removes none for them.
pub fn apt_install(packages: &[&str]) -> Result<(), Error> {
    let apt_get = |arguments: &[&str]| {
        let mut command = if is_root() { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root() {
            command.arg("apt-get");
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        step::run(&mut command)
    };
    apt_get(&["update", "--quiet=2"])?;
    let options = ["install", "--yes", "--quiet=2", "--no-remove", "--no-install-recommends"];
    apt_get(&[&options, packages].concat())
}

fn is_root() -> bool {
    step::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
