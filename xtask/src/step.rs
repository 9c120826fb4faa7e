//! Running other programs, timing the steps, and the errors of all of it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Instant;

use thiserror::Error;

/// What can go wrong, each with what to do about it.
#[derive(Debug, Error)]
pub enum Error {
    /// A program is not installed.
    #[error("`{program}` was not found: {advice}")]
    NotFound { program: String, advice: &'static str },
    /// A program could not be started for another reason.
    #[error("`{command}` could not be started: {source}")]
    NotStarted { command: String, source: io::Error },
    /// A program ran and failed.
    #[error("`{command}` failed ({status}); its own message is above")]
    Failed { command: String, status: ExitStatus },
    /// A program printed something unexpected.
    #[error("`{command}` printed something else than expected: {reason}")]
    Unreadable { command: String, reason: String },
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// Files import each other.
    #[error("these files import each other, by way of others or not:\n{}", .0.join("\n"))]
    Circles(Vec<String>),
    /// A download is not what was published.
    #[error("{url} is not the file that it was: its SHA-256 checksum is {found}, expected {expected}")]
    Checksum { url: String, expected: String, found: String },
    /// There is no wasm-opt of the right release.
    #[error("{} is not wasm-opt {release}: delete xtask/binaryen/node_modules and run this again", program.display())]
    NoWasmOpt { program: PathBuf, release: &'static str },
    /// There is no way to compile for the browser.
    #[error(
        "no standard library for wasm32-unknown-unknown: run `rustup target add wasm32-unknown-unknown`, or, on Debian, \
         `apt-get install {packages}` ({reason})"
    )]
    NoWasmTarget { packages: String, reason: String },
    /// There is no browser to test in.
    #[error("no {name} was found: install it, or set {variable} to the path of its program{reason}")]
    NoBrowser { name: &'static str, variable: &'static str, reason: String },
    /// There are no Chinese letters to test with.
    #[error("no {0} was found: install WenQuanYi Micro Hei there (Debian's fonts-wqy-microhei){1}")]
    NoFont(&'static str, String),
    /// There is no Vulkan driver to run shaders on.
    #[error("no Vulkan driver was found: install your GPU's, or Mesa's software driver (mesa-vulkan-drivers){0}")]
    NoVulkan(String),
    /// There is no Python to run notebooks in.
    #[error("no Python with NumPy and nbformat was found: install Python 3.10 or newer with pip{0}")]
    NoPython(String),
    /// The port is taken.
    #[error(
        "port {0} on 127.0.0.1 is in use: stop the program that listens there, or choose another with `--port {next}`",
        next = .0.saturating_add(1)
    )]
    PortBusy(u16),
    /// The server's socket failed.
    #[error("cannot serve on 127.0.0.1:{port}: {reason}")]
    Server { port: u16, reason: String },
    /// The page grew too large.
    #[error("{what} is {actual_kb:.1} kB gzipped, over the limit of {limit_kb} kB in xtask/src/size.rs")]
    TooLarge { what: &'static str, actual_kb: f64, limit_kb: u32 },
    /// The program could not be split.
    #[error("{} could not be split into what the start needs and what comes later: {reason}", path.display())]
    Split { path: PathBuf, reason: String },
    /// The program's JavaScript could not be made.
    #[error("wasm-bindgen cannot make JavaScript for {}: {reason}", path.display())]
    Bindgen { path: PathBuf, reason: String },
    /// The program's functions could not be put in another order.
    #[error("{}: {source}", path.display())]
    Unarranged { path: PathBuf, source: crate::invalid::Invalid },
    /// A program's imports could not be renamed.
    #[error("{} cannot be given shorter names: {source}", path.display())]
    Unnamed { path: PathBuf, source: crate::names::Unnamed },
    /// The program cannot do without relaxed SIMD.
    #[error("{} cannot be written without relaxed SIMD: {source}", path.display())]
    Unlowered { path: PathBuf, source: crate::relaxed::Unlowered },
    /// What only Trunk may run was run otherwise.
    #[error("TRUNK_STAGING_DIR is not set: Trunk runs this command by itself; build the page with `cargo xtask build`")]
    NotTrunk,
    /// index.html asks for something that only Trunk knows.
    #[error("index.html: nothing here does what `{0}` asks for: see xtask/src/index.rs for what it may ask")]
    Link(String),
    /// The page's texts in other languages cannot be read.
    #[error(transparent)]
    Words(#[from] words::WordsError),
    /// The build left no wasm file.
    #[error("{} holds no .wasm file after the build: delete the folder and build again", .0.display())]
    NoWasm(PathBuf),
}

impl Error {
    /// For `map_err` on file operations.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}

/// Runs one step, printing its name before and its time after.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    println!("▶ {name}");
    let start = Instant::now();
    let result = work();
    let mark = if result.is_ok() { '✓' } else { '✗' };
    println!("{mark} {name}: {:.1} s", start.elapsed().as_secs_f64());
    result
}

/// Runs a command with this terminal's output, and fails where it fails.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let status = command.status().map_err(|source| not_started(command, source))?;
    check(command, status)
}

/// Runs a command and returns what it printed.
pub fn output(command: &mut Command) -> Result<String, Error> {
    let output = command.output().map_err(|source| not_started(command, source))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    check(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What `program --version` prints, if it is there.
pub fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command that has ended did its work.
pub fn check(command: &Command, status: ExitStatus) -> Result<(), Error> {
    if status.success() { Ok(()) } else { Err(Error::Failed { command: shown(command), status }) }
}

/// The error of a command that could not be started.
pub fn not_started(command: &Command, source: io::Error) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    if source.kind() != io::ErrorKind::NotFound {
        return Error::NotStarted { command: shown(command), source };
    }
    let advice = match program.as_str() {
        "cargo" | "rustc" | "rustup" => "install Rust from https://rustup.rs",
        "node" | "npm" | "npx" => "install Node.js 20 or newer from https://nodejs.org",
        _ => "install it and run this again",
    };
    Error::NotFound { program, advice }
}

/// The error of a command that printed something unexpected.
pub fn unreadable(command: &Command, reason: impl ToString) -> Error {
    Error::Unreadable { command: shown(command), reason: reason.to_string() }
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let _ = write!(text, " {}", argument.to_string_lossy());
    }
    text
}
