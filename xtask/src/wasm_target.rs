//! The compiler for the browser: rustup's wasm32 target, or Debian's Rust with a standard library built here.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::lint;
use crate::step::{self, Error, step};
use crate::system;
use crate::workspace::Workspace;

/// The target triple of the page.
pub const TRIPLE: &str = "wasm32-unknown-unknown";

/// Debian's Rust for web browsers: compiler, cargo, clippy, the standard library's source, and a linker for wasm.
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-clippy", "rust-web-src", "lld-22"];
/// The programs of these packages that the build calls by name.
const DEBIAN_PROGRAMS: [&str; 4] = ["cargo", "rustc", "cargo-clippy", "clippy-driver"];
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-22";

/// How a command that compiles for wasm has to be run.
#[derive(Default)]
pub struct WasmToolchain {
    /// A folder to put in front of PATH.
    programs: Option<PathBuf>,
    environment: Vec<(&'static str, OsString)>,
}

impl WasmToolchain {
    /// Makes a command build with this toolchain.
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(programs) = &self.programs {
            command.env("PATH", with_first(programs));
        }
    }

    /// The same with Clippy beside the compiler.
    ///
    /// # Errors
    /// Those of [`lint::program`].
    pub fn linting(mut self, workspace: &Workspace) -> Result<Self, Error> {
        self.environment.push(("RUSTC_WORKSPACE_WRAPPER", lint::program(workspace)?.into()));
        self.environment.push((lint::UNDOCUMENTED, "1".into()));
        Ok(self)
    }
}

/// Finds or prepares a compiler for wasm.
///
/// # Errors
/// [`Error::NoWasmTarget`] where neither rustup nor Debian can give one.
pub fn prepare(workspace: &Workspace) -> Result<WasmToolchain, Error> {
    let sysroot = step::output(workspace.command("rustc").args(["--print", "sysroot"]))?;
    let rustup = WasmToolchain::default();

    let debian = Debian { folder: workspace.tools().join("debian-rust") };
    if workspace.debian_toolchain {
        return debian.prepare();
    }
    if has_standard_library(Path::new(sysroot.trim())) {
        return Ok(rustup);
    }
    if debian.is_built() {
        return Ok(debian.toolchain());
    }
    let add = || step::run(workspace.command("rustup").args(["target", "add", TRIPLE]));
    match step(&format!("Add {TRIPLE} to rustup's toolchain"), add) {
        Ok(()) => Ok(rustup),
        Err(_) if Path::new("/usr/bin/apt-get").exists() => {
            println!("rustup cannot add it; Debian's Rust is tried instead");
            debian.prepare()
        }
        Err(error) => Err(no_wasm_target(&error)),
    }
}

/// Whether the compiler with this sysroot has a standard library for wasm.
fn has_standard_library(sysroot: &Path) -> bool {
    let folder = sysroot.join("lib/rustlib").join(TRIPLE).join("lib");
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
    })
}

fn no_wasm_target(reason: &Error) -> Error {
    Error::NoWasmTarget { packages: DEBIAN_PACKAGES.join(" "), reason: reason.to_string() }
}

/// Debian's Rust, which has no standard library for wasm but brings its source.
struct Debian {
    /// Everything that is made for it: links to its programs, and a sysroot with the wasm library.
    folder: PathBuf,
}

impl Debian {
    fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    fn sysroot(&self) -> PathBuf {
        self.folder.join("sysroot")
    }

    fn is_built(&self) -> bool {
        has_standard_library(&self.sysroot()) && Path::new(DEBIAN_LINKER).exists()
    }

    fn toolchain(&self) -> WasmToolchain {
        let mut sysroot = OsString::from("--sysroot=");
        sysroot.push(self.sysroot());
        WasmToolchain {
            programs: Some(self.programs()),
            environment: vec![
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER.into()),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", sysroot),
            ],
        }
    }

    fn prepare(&self) -> Result<WasmToolchain, Error> {
        if !self.is_built() {
            if !DEBIAN_PROGRAMS.iter().all(|program| Path::new("/usr/bin").join(program).exists())
                || !Path::new(DEBIAN_LINKER).exists()
            {
                step("Install Debian's Rust", || system::apt_install(&DEBIAN_PACKAGES))
                    .map_err(|error| no_wasm_target(&error))?;
            }
            step("Build the standard library for wasm with Debian's Rust", || self.build())
                .map_err(|error| no_wasm_target(&error))?;
        }
        Ok(self.toolchain())
    }

    /// Builds the standard library and lays a sysroot around it: Debian's own, with one more target.
    fn build(&self) -> Result<(), Error> {
        let programs = self.programs();
        create_folder(&programs)?;
        for program in DEBIAN_PROGRAMS {
            link(&Path::new("/usr/bin").join(program), &programs.join(program))?;
        }

        // An empty library: cargo compiles the standard library as its dependency. Bitcode, for link-time optimisation.
        let package = self.folder.join("standard-library");
        create_folder(&package.join("src"))?;
        write(&package.join("src/lib.rs"), "#![no_std]\n")?;
        write(
            &package.join("Cargo.toml"),
            "[package]\nname = \"standard-library\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
        )?;
        let target = package.join("target");
        let mut cargo = Command::new(programs.join("cargo"));
        cargo.current_dir(&package).env("PATH", with_first(&programs)).env("CARGO_TARGET_DIR", &target);
        cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes");
        step::run(cargo.args(["build", "--release", "--target", TRIPLE, "-Zbuild-std=std,panic_abort,proc_macro"]))?;

        let debian_sysroot = step::output(Command::new("/usr/bin/rustc").args(["--print", "sysroot"]))?;
        let debian_targets = Path::new(debian_sysroot.trim()).join("lib/rustlib");
        let targets = self.sysroot().join("lib/rustlib");
        create_folder(&targets)?;
        for entry in fs::read_dir(&debian_targets).map_err(Error::file(&debian_targets))?.flatten() {
            if entry.file_name() != TRIPLE {
                link(&entry.path(), &targets.join(entry.file_name()))?;
            }
        }
        let libraries = targets.join(TRIPLE).join("lib");
        create_folder(&libraries)?;
        let built = target.join(TRIPLE).join("release/deps");
        for entry in fs::read_dir(&built).map_err(Error::file(&built))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rlib") && !name.starts_with("libstandard_library") {
                fs::copy(entry.path(), libraries.join(&name)).map_err(Error::file(&libraries.join(&name)))?;
            }
        }
        Ok(())
    }
}

/// This process's PATH with one folder in front.
fn with_first(folder: &Path) -> OsString {
    let mut path = folder.as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    path
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::file(folder))
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    fs::write(file, text).map_err(Error::file(file))
}

fn link(original: &Path, link: &Path) -> Result<(), Error> {
    step::run(Command::new("ln").arg("-sfn").args([original, link]))
}
