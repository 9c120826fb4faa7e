//! Every check and test, in the order in which they fail fastest.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::Workspace;
use crate::bench;
use crate::browser;
use crate::page::{self, Toolbox};
use crate::program::{self, Program};
use crate::serve::{self, Mount};
use crate::step::{self, Error, step};
use crate::summary::Summary;
use crate::tools;
use crate::wasm_target::TRIPLE;

/// The features of every native build: one set, so that nothing is compiled twice.
const ALL: [&str; 2] = ["--workspace", "--all-features"];

/// Runs every check and test, going on after a failure as far as that makes sense.
pub fn run_all(workspace: &Workspace) -> Summary {
    let mut all = Checks::default();
    let toolbox = all.check("Prepare the tools", || Toolbox::prepare(workspace));
    let vulkan = all.check("Find a Vulkan driver", browser::vulkan);

    all.check("Formatting", || step::run(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    all.check("Clippy", || clippy(workspace.cargo(&["clippy", "--all-targets"]), &ALL));
    if let Some(toolbox) = &toolbox {
        all.check("Clippy for the browser", || {
            let mut cargo = workspace.cargo(&["clippy", "--target", TRIPLE]);
            toolbox.apply(&mut cargo);
            clippy(
                cargo,
                &[
                    "--package",
                    "app",
                    "--package",
                    "reader",
                    "--package",
                    "shaders",
                    "--lib",
                    "--bins",
                    "--example",
                    STAGE_CHECK.name,
                    "--example",
                    bench::ENGINE.name,
                ],
            )
        });
    }
    all.check("Tests of the benchmark", || {
        step::run(tools::npm(workspace).current_dir(workspace.root.join("bench/web")).args(["test", "--silent"]))
    });
    if vulkan.is_some() {
        all.count("Native tests", || native_tests(workspace));
    }
    if let Some(toolbox) = &toolbox {
        let page = all.check("Release page", || page::build_with(workspace, toolbox));
        if page.is_some() {
            all.check("Size of the page", || page::check_size(workspace));
            all.count("Browser tests", || browser_tests(workspace, toolbox, &[]));
        }
    }
    all.summary
}

/// Runs the browser tests alone.
pub fn run_browser_tests(workspace: &Workspace, arguments: &[String]) -> Summary {
    let mut all = Checks::default();
    if let Some(toolbox) = all.check("Release page", || page::build(workspace)) {
        all.count("Browser tests", || browser_tests(workspace, &toolbox, arguments));
    }
    all.summary
}

/// The checks so far.
#[derive(Default)]
struct Checks {
    summary: Summary,
}

impl Checks {
    /// A check that passes or fails as a whole.
    fn check<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T, Error>) -> Option<T> {
        step(name, work).map_err(|error| self.fail(&error)).ok()
    }

    /// A check that counts its tests.
    fn count(&mut self, name: &str, work: impl FnOnce() -> Result<Summary, Error>) {
        if let Some(summary) = self.check(name, work) {
            self.summary.add(summary);
        }
    }

    fn fail(&mut self, error: &Error) {
        eprintln!("error: {error}");
        self.summary.failed += 1;
    }
}

fn clippy(mut cargo: Command, selection: &[&str]) -> Result<(), Error> {
    step::run(cargo.args(selection).args(["--", "--deny", "warnings"]))
}

/// All unit, integration and documentation tests. Shaders are validated by tests among them.
fn native_tests(workspace: &Workspace) -> Result<Summary, Error> {
    let mut cargo = workspace.cargo(&["test", "--no-fail-fast"]);
    cargo.args(ALL).stdout(Stdio::piped());
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Without one, Mesa prints a line that looks like an error for each test that opens an adapter.
        cargo.env("XDG_RUNTIME_DIR", &workspace.target);
    }
    let mut child = cargo.spawn().map_err(|source| step::not_started(&cargo, source))?;
    let mut summary = Summary::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            summary.add(Summary::of_cargo_line(&line).unwrap_or_default());
        }
    }
    let status = child.wait().map_err(|source| step::not_started(&cargo, source))?;
    or_failed(summary, step::check(&cargo, status))
}

/// The counted tests, unless the program failed without a failing test.
fn or_failed(summary: Summary, outcome: Result<(), Error>) -> Result<Summary, Error> {
    match outcome {
        Err(error) if summary.failed == 0 => Err(error),
        _ => Ok(summary),
    }
}

/// The page that runs each stage in a browser, and the native program that writes what burn computes for it.
const STAGE_CHECK: Program = Program { package: "shaders", kind: "example", name: "stage_check" };
const STAGE_FIXTURE: &str = "stage_fixture";

/// Tests of the page, and of every stage against burn, in a real browser.
fn browser_tests(workspace: &Workspace, toolbox: &Toolbox, arguments: &[String]) -> Result<Summary, Error> {
    let chromium = browser::chromium()?;
    let e2e = workspace.root.join("e2e");
    let stages = workspace.target.join("e2e/stages");
    step("Build the stage check", || build_stage_check(workspace, toolbox, &stages))?;
    tools::install_packages(workspace, &e2e)?;
    step("Types of the browser tests", || {
        step::run(tools::npm(workspace).current_dir(&e2e).args(["run", "--silent", "check"]))
    })?;

    let listener = serve::bind(0)?;
    let port = listener.local_addr().map_or(0, |address| address.port());
    // A sub-path, as on GitHub Pages: the page may have relative links only.
    let page = Mount::new("interest-lens", workspace.dist());
    let stages = Mount::new("stages", stages);
    let url = |mount: &Mount| format!("http://127.0.0.1:{port}{}", mount.prefix());
    let (page_url, stages_url) = (url(&page), url(&stages));
    thread::spawn(move || serve::run(listener, vec![page, stages]));

    let report = workspace.target.join("e2e/report.json");
    let _ = fs::remove_file(&report);
    let mut npm = tools::npm(workspace);
    npm.current_dir(&e2e).args(["exec", "--", "playwright", "test"]).args(arguments);
    npm.env("CHROMIUM", chromium).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    npm.env("PAGE_URL", page_url).env("STAGES_URL", stages_url);
    let outcome = step::run(&mut npm);
    let summary = fs::read_to_string(&report).ok().and_then(|text| Summary::of_playwright_report(&text));
    or_failed(summary.unwrap_or_default(), outcome)
}

/// Builds what the stage test loads: each stage compiled for the browser, and the numbers that burn computes.
fn build_stage_check(workspace: &Workspace, toolbox: &Toolbox, stages: &Path) -> Result<(), Error> {
    program::build(workspace, toolbox, STAGE_CHECK, stages)?;
    run_example(workspace, STAGE_FIXTURE, &stages.join("fixture.json"))
}

/// Builds a native example of the shaders and runs it with one argument.
pub fn run_example(workspace: &Workspace, example: &str, argument: &Path) -> Result<(), Error> {
    step::run(workspace.cargo(&["build", "--example", example]).args(ALL))?;
    let program = workspace.target.join("debug/examples").join(example);
    step::run(Command::new(program).arg(argument))
}
