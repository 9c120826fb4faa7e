//! Compiling and running tests and other programs on this machine.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lint;
use crate::python::Python;
use crate::step::{self, Error};
use crate::summary::Summary;
use crate::workspace::Workspace;

/// What cargo builds for this machine, in two selections, each always with the same features, so that nothing is compiled twice:
/// all packages but this program's, and this one, whose dependencies are there since somebody called it.
pub const SELECTIONS: [&[&str]; 2] =
    [&["--workspace", "--exclude", "xtask", "--all-features"], &["--package", "xtask", "--profile", "xtask"]];

/// `cargo` for each of the selections, with Clippy and rustdoc beside the compiler.
fn cargos(workspace: &Workspace, arguments: &[&str]) -> Result<[Command; 2], Error> {
    let linted = lint::program(workspace)?;
    Ok(SELECTIONS.map(|selection| {
        let mut cargo = workspace.cargo(&[arguments, selection].concat());
        cargo.env("RUSTC_WORKSPACE_WRAPPER", &linted);
        cargo
    }))
}

/// Compiles everything, with Clippy's lints and documentation, for both of which warnings are errors.
///
/// # Errors
/// Where something does not compile, or Clippy or rustdoc finds something.
pub fn compile(workspace: &Workspace) -> Result<(), Error> {
    cargos(workspace, &["build", "--all-targets", "--quiet"])?.iter_mut().try_for_each(step::run)
}

/// All unit, integration and documentation tests. Shaders are validated by tests among them.
///
/// # Errors
/// Where something other than a test fails.
pub fn tests(workspace: &Workspace) -> Result<Summary, Error> {
    let mut all = Summary::default();
    let python = Python::prepare(workspace)?;
    for mut cargo in cargos(workspace, &["test", "--no-fail-fast"])? {
        python.apply(&mut cargo);
        all.add(counted(workspace, &mut cargo)?);
    }
    Ok(all)
}

/// The unit and integration tests of the packages in these folders.
///
/// # Errors
/// Where something does not compile, or something other than a test fails.
pub fn tests_of(workspace: &Workspace, folders: &BTreeSet<PathBuf>) -> Result<Summary, Error> {
    let mut all = Summary::default();
    let python = Python::prepare(workspace)?;
    let format = ["test", "--no-run", "--quiet", "--message-format", "json-render-diagnostics"];
    for mut cargo in cargos(workspace, &format)? {
        for program in test_programs(&step::output(cargo.stderr(Stdio::inherit()))?) {
            if folders.contains(&program.folder) {
                let mut test = Command::new(program.path);
                python.apply(&mut test);
                all.add(counted(workspace, test.current_dir(&program.folder))?);
            }
        }
    }
    Ok(all)
}

/// A compiled test.
struct TestProgram {
    /// The program.
    path: PathBuf,
    /// The folder of its package, in which cargo would run it.
    folder: PathBuf,
}

/// The tests among what cargo says that it has compiled.
fn test_programs(messages: &str) -> Vec<TestProgram> {
    let program = |line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"] == Value::Bool(true);
        let path = message["executable"].as_str().filter(|_| is_test)?.into();
        let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_path_buf();
        Some(TestProgram { path, folder })
    };
    messages.lines().filter_map(program).collect()
}

/// Runs tests and counts them as they are reported.
fn counted(workspace: &Workspace, command: &mut Command) -> Result<Summary, Error> {
    command.stdout(Stdio::piped());
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Without one, Mesa prints a line that looks like an error for each test that opens an adapter.
        command.env("XDG_RUNTIME_DIR", &workspace.target);
    }
    let mut child = command.spawn().map_err(|source| step::not_started(command, source))?;
    let mut summary = Summary::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            summary.add(Summary::of_cargo_line(&line).unwrap_or_default());
        }
    }
    let status = child.wait().map_err(|source| step::not_started(command, source))?;
    summary.or_failed(step::check(command, status))
}

/// Builds a native example of the shaders and runs it with one argument.
///
/// # Errors
/// Where it does not compile, or fails.
pub fn run_example(workspace: &Workspace, example: &str, argument: &Path) -> Result<(), Error> {
    step::run(built(workspace, ["--example", example], "debug/examples")?.arg(argument))
}

/// The program that writes the article, compiled with the tests: of what those are made of, nothing is compiled once more.
///
/// # Errors
/// Where it does not compile.
pub fn learn(workspace: &Workspace) -> Result<Command, Error> {
    built(workspace, ["--bin", "learn"], "debug")
}

/// A program of the first selection, which cargo puts into this folder of its own.
fn built(workspace: &Workspace, [kind, name]: [&str; 2], folder: &str) -> Result<Command, Error> {
    let [mut cargo, _] = cargos(workspace, &["build", "--quiet", kind, name])?;
    step::run(&mut cargo)?;
    Ok(workspace.command(&workspace.target.join(folder).join(name).to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_other_programs() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/root/model/Cargo.toml","profile":{"test":true},"executable":"/target/model-1"}
{"reason":"compiler-artifact","manifest_path":"/root/model/Cargo.toml","profile":{"test":false},"executable":"/target/interest-lens"}
{"reason":"compiler-artifact","manifest_path":"/root/app/Cargo.toml","profile":{"test":true},"executable":null}
{"reason":"build-finished","success":true}
not a message"#;
        let programs = test_programs(messages);
        assert_eq!(programs.len(), 1);
        assert_eq!(
            (&*programs[0].path, &*programs[0].folder),
            (Path::new("/target/model-1"), Path::new("/root/model"))
        );
    }
}
