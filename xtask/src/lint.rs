//! Clippy and rustdoc beside the compiler.
//!
//! `cargo clippy` and `cargo doc` have their own way to compile dependencies, which takes as long as a quarter of all tests. So cargo
//! is told to call this program in the compiler's place for the packages of the workspace: it runs Clippy and rustdoc with what
//! the compiler would get, warnings being errors, and then the compiler. What has not changed since is not linted again, nor when
//! only clippy.toml has. For the browser, Clippy alone runs: rustdoc may be another toolchain's.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use crate::step::{self, Error};
use crate::workspace::Workspace;

/// Says, where it is set, that there is no rustdoc for what is compiled.
pub const UNDOCUMENTED: &str = "INTEREST_LENS_UNDOCUMENTED";

/// A copy of this program for cargo to call, as cargo may compile the program itself meanwhile.
///
/// # Errors
/// Where the copy cannot be written.
pub fn program(workspace: &Workspace) -> Result<PathBuf, Error> {
    // Once: when cargo has compiled this program anew, the file that runs is no longer there to be copied.
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    if let Some(copy) = COPY.get() {
        return Ok(copy.clone());
    }
    let folder = folder(&workspace.target);
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    let (this, copy) = (env::current_exe().map_err(Error::file(&folder))?, folder.join("lint"));
    let copy = copy.with_extension(env::consts::EXE_EXTENSION);
    let is_same = fs::read(&copy).is_ok_and(|there| fs::read(&this).is_ok_and(|this| this == there));
    if !is_same {
        fs::copy(&this, &copy).map_err(Error::file(&copy))?;
    }
    Ok(COPY.get_or_init(|| copy).clone())
}

/// What the linters write.
fn folder(target: &Path) -> PathBuf {
    target.join("lint")
}

/// The compiler's arguments, where cargo calls this program in its place.
pub fn called_for() -> Option<Vec<String>> {
    let mut arguments = env::args_os().skip(1);
    let compiler = arguments.next().filter(|first| Path::new(first).file_stem().is_some_and(|stem| stem == "rustc"))?;
    [compiler].into_iter().chain(arguments).map(|argument| OsString::into_string(argument).ok()).collect()
}

/// Lints what the compiler would compile, and compiles it if there is nothing to say.
pub fn run(call: &[String]) -> ExitCode {
    let [compiler, arguments @ ..] = call else { return ExitCode::FAILURE };
    let run = |program: &str, arguments: &[String]| step::run(Command::new(program).args(arguments));
    // Without this variable, cargo only asks the compiler what it is.
    let lint = || match env::var_os("CARGO_CRATE_NAME") {
        Some(_) => lint(compiler, arguments),
        None => Ok(()),
    };
    match lint().and_then(|()| run(compiler, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        // It has said why.
        Err(Error::Failed { .. }) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn lint(compiler: &str, arguments: &[String]) -> Result<(), Error> {
    let this = env::current_exe().map_err(Error::file(Path::new(compiler)))?;
    let written = this.parent().unwrap_or(&this);
    step::run(Command::new("clippy-driver").arg(compiler).args(for_clippy(arguments, written)))?;
    if env::var_os(UNDOCUMENTED).is_none() && is_documented(arguments) {
        step::run(Command::new("rustdoc").args(for_rustdoc(arguments)).arg("--out-dir").arg(written.join("doc")))?;
    }
    Ok(())
}

/// The compiler's arguments with which Clippy only looks, and writes what it must write under `written`.
fn for_clippy(arguments: &[String], written: &Path) -> Vec<String> {
    let mut before = "";
    let mut changed = Vec::new();
    for argument in arguments {
        changed.push(match (before, argument.split_once('=')) {
            ("--out-dir", _) => written.join("clippy").to_string_lossy().into_owned(),
            ("-C", Some(("incremental", _))) => format!("incremental={}", written.join("incremental").display()),
            (_, Some(("--emit", _))) => "--emit=metadata".to_owned(),
            _ => without_artifacts(argument),
        });
        before = argument;
    }
    changed.extend(["--deny", "warnings"].map(str::to_owned));
    changed
}

/// The compiler's arguments that are rustdoc's, too.
fn for_rustdoc(arguments: &[String]) -> Vec<String> {
    const WITH_VALUE: [&str; 6] = ["--cfg", "--check-cfg", "--crate-name", "--crate-type", "--extern", "-L"];
    const ALONE: [&str; 4] = ["--diagnostic-width=", "--edition=", "--error-format=", "--json="];
    let mut before = "";
    let mut kept = Vec::new();
    for argument in arguments {
        if WITH_VALUE.contains(&before) {
            kept.extend([before.to_owned(), argument.clone()]);
        } else if argument.ends_with(".rs") || ALONE.iter().any(|option| argument.starts_with(option)) {
            kept.push(without_artifacts(argument));
        }
        before = argument;
    }
    if kept.iter().any(|argument| argument == "bin") {
        kept.push("--document-private-items".to_owned());
    }
    kept.extend(["--deny", "warnings"].map(str::to_owned));
    kept
}

/// What cargo reads to learn that the compiler has written a file: of others it must not learn that.
fn without_artifacts(argument: &str) -> String {
    argument.replace(",artifacts", "").replace("=artifacts,", "=")
}

/// Whether this is a library or a program, not a test, an example or a build script.
fn is_documented(arguments: &[String]) -> bool {
    let is_test = arguments.iter().any(|argument| argument == "--test");
    let is_source = |path: &Path| path.components().any(|folder| folder.as_os_str() == "src");
    !is_test
        && arguments
            .iter()
            .map(Path::new)
            .any(|path| path.extension().is_some_and(|end| end == "rs") && is_source(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    const CALL: &str = "--crate-name model --edition=2024 model/src/lib.rs --error-format=json \
                        --json=diagnostic-rendered-ansi,artifacts,future-incompat --crate-type lib \
                        --emit=dep-info,metadata,link -C opt-level=1 --cfg feature=\"burn\" -C incremental=/target/incremental \
                        --out-dir /target/deps --extern serde=/target/deps/libserde.rmeta -L dependency=/target/deps";

    #[test]
    fn clippy_only_looks_and_writes_elsewhere() {
        let expected = "--crate-name model --edition=2024 model/src/lib.rs --error-format=json \
                        --json=diagnostic-rendered-ansi,future-incompat --crate-type lib --emit=metadata -C opt-level=1 \
                        --cfg feature=\"burn\" -C incremental=/lint/incremental --out-dir /lint/clippy \
                        --extern serde=/target/deps/libserde.rmeta -L dependency=/target/deps --deny warnings";
        assert_eq!(for_clippy(&words(CALL), Path::new("/lint")), words(expected));
    }

    #[test]
    fn rustdoc_gets_what_it_knows() {
        let expected = "--crate-name model --edition=2024 model/src/lib.rs --error-format=json \
                        --json=diagnostic-rendered-ansi,future-incompat --crate-type lib --cfg feature=\"burn\" \
                        --extern serde=/target/deps/libserde.rmeta -L dependency=/target/deps --deny warnings";
        assert_eq!(for_rustdoc(&words(CALL)), words(expected));
        assert!(for_rustdoc(&words("--crate-type bin a/src/main.rs")).contains(&"--document-private-items".to_owned()));
    }

    #[test]
    fn libraries_and_programs_are_documented_and_nothing_else() {
        assert!(is_documented(&words(CALL)) && is_documented(&words("model/src/main.rs")));
        for other in ["--test model/src/lib.rs", "model/tests/cli.rs", "shaders/examples/rank.rs", "-vV"] {
            assert!(!is_documented(&words(other)), "{other}");
        }
    }

    #[test]
    fn this_test_is_not_called_in_the_compilers_place() {
        assert_eq!(called_for(), None);
    }
}
