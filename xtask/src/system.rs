//! What the tests need of the system: two browsers, Chinese letters for them, and a Vulkan driver for the native shader tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Error, step};

/// A browser that tests drive.
pub struct Browser {
    /// What people call it.
    name: &'static str,
    /// The environment variable that may name its program, for the tests, too.
    pub variable: &'static str,
    /// The names under which it is installed.
    programs: &'static [&'static str],
    /// Where it is on systems that put no programs on PATH.
    places: &'static [&'static str],
    /// Its Debian package.
    package: &'static str,
}

/// Chromium or Chrome, in which every test runs.
pub const CHROMIUM: Browser = Browser {
    name: "Chromium or Chrome",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    places: &[
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    ],
    package: "chromium",
};

/// Firefox, in which `firefox.spec.ts` walks through the page.
pub const FIREFOX: Browser = Browser {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox", "firefox-esr"],
    places: &["/Applications/Firefox.app/Contents/MacOS/firefox", "C:\\Program Files\\Mozilla Firefox\\firefox.exe"],
    package: "firefox-esr",
};

impl Browser {
    /// The path of its program, installed where apt can.
    ///
    /// # Errors
    /// Where there is none, with what to do about it.
    pub fn program(&self) -> Result<PathBuf, Error> {
        let missing = |reason: String| Error::NoBrowser { name: self.name, variable: self.variable, reason };
        if let Some(program) = self.find() {
            return Ok(program);
        }
        if !has_apt() {
            return Err(missing(String::new()));
        }
        step(&format!("Install {}", self.name), || apt_install(&[self.package]))
            .map_err(|error| missing(format!(" ({error})")))?;
        self.find().ok_or_else(|| missing(String::new()))
    }

    fn find(&self) -> Option<PathBuf> {
        if let Some(program) = env::var_os(self.variable) {
            return Some(program.into());
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let on_path =
            env::split_paths(&path).flat_map(|folder| self.programs.iter().map(move |name| folder.join(name)));
        on_path.chain(self.places.iter().map(PathBuf::from)).find(|program| program.is_file())
    }
}

/// The font whose Chinese letters e2e/fonts.conf gives the browsers, where Debian's package puts it.
const CHINESE_FONT: &str = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";

/// Makes sure that the tests' browsers have Chinese letters. Elsewhere than on Linux they have the system's.
pub fn chinese_font() -> Result<(), Error> {
    if !cfg!(target_os = "linux") || Path::new(CHINESE_FONT).exists() {
        return Ok(());
    }
    if !has_apt() {
        return Err(Error::NoFont(CHINESE_FONT, String::new()));
    }
    step("Install a Chinese font", || apt_install(&["fonts-wqy-microhei"]))
        .map_err(|error| Error::NoFont(CHINESE_FONT, format!(" ({error})")))
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
