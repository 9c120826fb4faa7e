//! The project's own commands. Run them as `cargo xtask <command>`.

mod alike;
mod bench;
mod checks;
mod circles;
mod files;
mod gzip;
mod index;
mod invalid;
mod languages;
mod lint;
mod names;
mod npm;
mod offline;
mod page;
mod parts;
mod program;
mod python;
mod relaxed;
mod serve;
mod site;
mod size;
mod step;
mod summary;
mod system;
mod toolbox;
mod wasm_opt;
mod wasm_target;
mod workspace;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::serve::Mount;
use crate::step::Error;
use crate::toolbox::Toolbox;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "The commands of Interest Lens", version)]
struct Cli {
    /// Build wasm with Debian's Rust packages, as is done where Rust's own download server cannot be reached
    #[arg(long, global = true)]
    debian_toolchain: bool,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Prepare what is missing, build the release page and serve it. On two cores: 6 minutes the first time, then 2 after a
    /// change and a second without one
    Serve {
        /// The port on 127.0.0.1
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// The path under which the page lies, to try a sub-path such as /interest-lens/
        #[arg(long, default_value = "/")]
        base: String,
    },
    /// Prepare what is missing and build the release page in dist/ (as long as serve)
    Build,
    /// Format, lints, documentation, types, and the native tests of what has changed (4 minutes)
    Check,
    /// Prepare what is missing and run every check and test (an hour the first time)
    Test,
    /// Run the browser tests alone; what follows goes to Playwright (25 minutes)
    E2e(Passed),
    /// Run the long browser tests in full: a thousand clicks, minutes of memory; what follows goes to Playwright (15 minutes)
    Soak(Passed),
    /// Time the engine against ONNX Runtime Web and TensorFlow.js in a browser, and write bench/web/results.md (hours, with
    /// --quick minutes)
    Bench(bench::Options),
    /// Prepare the tools and the wasm target, and stop (a minute)
    Setup,
    /// Add the page's programs to what Trunk puts together: Trunk.toml calls this
    #[command(hide = true)]
    TrunkHook,
    /// Turn raw sales or ratings into a catalogue and histories (cargo xtask prepare --help)
    #[command(disable_help_flag = true)]
    Prepare(Passed),
    /// Train a network (cargo xtask train --help)
    #[command(disable_help_flag = true)]
    Train(Passed),
    /// Search how each network is best trained (cargo xtask search --help)
    #[command(disable_help_flag = true)]
    Search(Passed),
    /// Train every network of the table of results (cargo xtask study --help)
    #[command(disable_help_flag = true)]
    Study(Passed),
    /// Write the split for other programs (cargo xtask export --help)
    #[command(disable_help_flag = true)]
    Export(Passed),
    /// Write the purchases that the page trains on (cargo xtask pack --help)
    #[command(disable_help_flag = true)]
    Pack(Passed),
    /// Measure trained networks (cargo xtask evaluate --help)
    #[command(disable_help_flag = true)]
    Evaluate(Passed),
    /// Take another library's network over into our format (cargo xtask import --help)
    #[command(disable_help_flag = true)]
    Import(Passed),
    /// Add the projection of the item embeddings to weights (cargo xtask project --help)
    #[command(disable_help_flag = true)]
    Project(Passed),
    /// Draw the page's exercises anew for its networks: after their weights have changed
    Exercises,
    /// Compare every implementation with what other libraries compute (cargo xtask verify --help)
    #[command(disable_help_flag = true)]
    Verify(Passed),
}

/// Arguments for another program.
#[derive(Args)]
struct Passed {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    if let Some(call) = lint::called_for() {
        return lint::run(&call);
    }
    let Cli { debian_toolchain, task } = Cli::parse();
    let workspace = Workspace::new(debian_toolchain);
    let result = match task {
        Task::Serve { port, base } => serve(&workspace, port, base),
        Task::Build => page::build(&workspace).map(|_| ()),
        Task::Check => return checks::check(&workspace).finish(),
        Task::Test => return checks::test(&workspace).finish(),
        Task::E2e(Passed { arguments }) => return checks::browser_tests(&workspace, &arguments).finish(),
        Task::Soak(Passed { arguments }) => return checks::soak(&workspace, &arguments).finish(),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Setup => Toolbox::prepare(&workspace).map(|_| ()),
        Task::TrunkHook => page::add_to_trunks(&workspace),
        Task::Prepare(passed) => model_program(&workspace, "prepare", &passed),
        Task::Train(passed) => model_program(&workspace, "train", &passed),
        Task::Search(passed) => model_program(&workspace, "search", &passed),
        Task::Study(passed) => model_program(&workspace, "study", &passed),
        Task::Export(passed) => model_program(&workspace, "export", &passed),
        Task::Pack(passed) => model_program(&workspace, "pack", &passed),
        Task::Evaluate(passed) => model_program(&workspace, "evaluate", &passed),
        Task::Import(passed) => model_program(&workspace, "import", &passed),
        Task::Project(passed) => model_program(&workspace, "project", &passed),
        Task::Exercises => exercises(&workspace),
        Task::Verify(Passed { arguments }) => {
            step::run(workspace.cargo(&["run", "--release", "--package", "verify", "--"]).args(arguments))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(workspace: &Workspace, port: u16, base: String) -> Result<(), Error> {
    // A busy port is known before the build, not after it.
    let listener = serve::bind(port)?;
    page::build(workspace)?;
    let mount = Mount::new(&base, workspace.dist());
    println!("Interest Lens is at http://127.0.0.1:{port}{} (Ctrl-C stops it)", mount.prefix());
    serve::run(listener, vec![mount])
}

fn model_program(workspace: &Workspace, task: &str, passed: &Passed) -> Result<(), Error> {
    let mut cargo = workspace.cargo(&["run", "--release", "--package", "training", "--", task]);
    step::run(cargo.args(&passed.arguments))
}

/// Draws the exercises and writes them, with what the network says to them, by the test that looks after them.
fn exercises(workspace: &Workspace) -> Result<(), Error> {
    const TEST: &str = "exercises::tests::the_answers_are_beyond_doubt_and_as_they_were";
    let mut cargo = workspace.cargo(&["test", "--package", "app", "--lib", "--", "--exact", TEST, "--nocapture"]);
    step::run(cargo.env("EXERCISES", "write"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_program_gets_its_arguments_untouched() {
        for task in ["prepare", "train", "search", "study", "export", "pack", "evaluate", "import", "project", "verify"]
        {
            let cli = Cli::try_parse_from(["xtask", task, "--model", "din", "--help", "-v", "file.csv"]).unwrap();
            let (Task::Prepare(passed)
            | Task::Train(passed)
            | Task::Search(passed)
            | Task::Study(passed)
            | Task::Export(passed)
            | Task::Pack(passed)
            | Task::Evaluate(passed)
            | Task::Import(passed)
            | Task::Project(passed)
            | Task::Verify(passed)) = cli.task
            else {
                panic!("{task} is another task");
            };
            assert_eq!(passed.arguments, ["--model", "din", "--help", "-v", "file.csv"]);
        }
    }

    #[test]
    fn trunks_hook_is_a_command() {
        let trunk = include_str!("../../Trunk.toml");
        let (_, arguments) = trunk.split_once("command_arguments = ").unwrap();
        let arguments: Vec<String> = serde_json::from_str(arguments.lines().next().unwrap()).unwrap();
        assert_eq!(arguments[0], "xtask");
        assert!(matches!(Cli::try_parse_from(arguments).unwrap().task, Task::TrunkHook));
    }

    #[test]
    fn continuous_integration_names_the_rust_version_of_the_workspace() {
        let version = env!("CARGO_PKG_RUST_VERSION");
        assert!(include_str!("../../.github/workflows/ci.yml").contains(&format!("RUST: \"{version}\"")), "{version}");
    }

    #[test]
    fn the_page_is_served_on_port_8080_at_the_root() {
        let cli = Cli::try_parse_from(["xtask", "serve"]).unwrap();
        assert!(matches!(cli.task, Task::Serve { port: 8080, base } if base == "/"));
    }
}
