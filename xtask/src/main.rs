//! The project's own commands. Run them as `cargo xtask <command>`.

mod bench;
mod browser;
mod checks;
#[cfg(test)]
mod circles;
mod page;
mod program;
mod relaxed;
mod serve;
mod step;
mod summary;
mod tools;
mod wasm_target;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::serve::Mount;
use crate::step::Error;

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
    /// Prepare what is missing, build the release page and serve it
    Serve {
        /// The port on 127.0.0.1
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// The path under which the page lies, to try a sub-path such as /interest-lens/
        #[arg(long, default_value = "/")]
        base: String,
    },
    /// Prepare what is missing and build the release page in dist/
    Build,
    /// Prepare what is missing and run every check and test
    Test,
    /// Run the browser tests alone; what follows goes to Playwright
    E2e(Passed),
    /// Time the engine against ONNX Runtime Web and TensorFlow.js in a browser, and write bench/web/results.md
    Bench(bench::Options),
    /// Prepare the tools and the wasm target, and stop
    Setup,
    /// Turn raw sales or ratings into a catalogue and histories (cargo xtask prepare --help)
    #[command(disable_help_flag = true)]
    Prepare(Passed),
    /// Train a network (cargo xtask train --help)
    #[command(disable_help_flag = true)]
    Train(Passed),
    /// Train every network of the table of results (cargo xtask study --help)
    #[command(disable_help_flag = true)]
    Study(Passed),
    /// Write the split for other programs (cargo xtask export --help)
    #[command(disable_help_flag = true)]
    Export(Passed),
    /// Measure trained networks (cargo xtask evaluate --help)
    #[command(disable_help_flag = true)]
    Evaluate(Passed),
    /// Take another library's network over into our format (cargo xtask import --help)
    #[command(disable_help_flag = true)]
    Import(Passed),
    /// Add the projection of the item embeddings to weights (cargo xtask project --help)
    #[command(disable_help_flag = true)]
    Project(Passed),
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
    let Cli { debian_toolchain, task } = Cli::parse();
    let workspace = Workspace::new(debian_toolchain);
    let result = match task {
        Task::Serve { port, base } => serve(&workspace, port, base),
        Task::Build => page::build(&workspace).map(|_| ()),
        Task::Test => return checks::run_all(&workspace).finish(),
        Task::E2e(Passed { arguments }) => return checks::run_browser_tests(&workspace, &arguments).finish(),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Setup => tools::prepare(&workspace).and_then(|_| wasm_target::prepare(&workspace)).map(|_| ()),
        Task::Prepare(passed) => model_program(&workspace, "prepare", &passed),
        Task::Train(passed) => model_program(&workspace, "train", &passed),
        Task::Study(passed) => model_program(&workspace, "study", &passed),
        Task::Export(passed) => model_program(&workspace, "export", &passed),
        Task::Evaluate(passed) => model_program(&workspace, "evaluate", &passed),
        Task::Import(passed) => model_program(&workspace, "import", &passed),
        Task::Project(passed) => model_program(&workspace, "project", &passed),
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

/// Where things are, and how wasm is to be built.
struct Workspace {
    /// The repository's root.
    root: PathBuf,
    /// Cargo's target folder.
    target: PathBuf,
    /// Whether Debian's Rust builds the wasm, whatever rustup has.
    debian_toolchain: bool,
}

impl Workspace {
    fn new(debian_toolchain: bool) -> Self {
        let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest_folder.parent().unwrap_or(manifest_folder).to_path_buf();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
        Self { root, target, debian_toolchain }
    }

    /// Everything that is installed for this project alone.
    fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The release page.
    fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// A command that runs in the repository's root.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// `cargo` with these arguments.
    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
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
    let mut cargo = workspace.cargo(&["run", "--release", "--package", "model", "--features", "cli", "--", task]);
    step::run(cargo.args(&passed.arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_program_gets_its_arguments_untouched() {
        for task in ["prepare", "train", "study", "export", "evaluate", "import", "project", "verify"] {
            let cli = Cli::try_parse_from(["xtask", task, "--model", "din", "--help", "-v", "file.csv"]).unwrap();
            let (Task::Prepare(passed)
            | Task::Train(passed)
            | Task::Study(passed)
            | Task::Export(passed)
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
    fn the_page_is_served_on_port_8080_at_the_root() {
        let cli = Cli::try_parse_from(["xtask", "serve"]).unwrap();
        assert!(matches!(cli.task, Task::Serve { port: 8080, base } if base == "/"));
    }
}
