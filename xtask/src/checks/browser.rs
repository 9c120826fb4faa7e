//! Tests of the page, and of every stage against burn, in a real browser.

use std::fs;
use std::path::PathBuf;
use std::thread;

use crate::checks::native;
use crate::npm;
use crate::program::{self, STAGE_CHECK, TRAINER};
use crate::python::Python;
use crate::serve::{self, Mount};
use crate::step::{self, Error};
use crate::summary::Summary;
use crate::system::{self, CHROMIUM, FIREFOX};
use crate::toolbox::Toolbox;
use crate::workspace::Workspace;

/// The native program that writes what burn computes for each stage.
const STAGE_FIXTURE: &str = "stage_fixture";
/// The native program that writes how networks train.
const TRAINING_FIXTURE: &str = "training_fixture";

/// Whether what the browser tests are written in fits together.
///
/// # Errors
/// Where it does not.
pub fn types(workspace: &Workspace) -> Result<(), Error> {
    let e2e = folder(workspace);
    npm::install_packages(workspace, &e2e)?;
    step::run(npm::npm(workspace).current_dir(e2e).args(["run", "--silent", "check"]))
}

/// Tests of what measures in the browser.
///
/// # Errors
/// Where one fails.
pub fn tests_of_benchmark(workspace: &Workspace) -> Result<(), Error> {
    step::run(npm::npm(workspace).current_dir(workspace.root.join("bench/web")).args(["test", "--silent"]))
}

/// Makes what the tests of stages and of training load: of each stage, compiled along with the page, a program for the browser, and
/// the numbers that burn computes.
///
/// # Errors
/// Where something does not compile, or fails.
pub fn prepare_stages(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    let stages = stages(workspace);
    program::finish(workspace, toolbox, &[(STAGE_CHECK, &stages)])?;
    native::run_example(workspace, STAGE_FIXTURE, &stages.join("fixture.json"))?;
    native::run_example(workspace, TRAINING_FIXTURE, &stages.join("training.json"))
}

/// How long the long tests run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Soak {
    /// As long as it takes to see that they work.
    Short,
    /// As long as it takes to see what only time shows.
    Full,
}

/// Runs the browser tests that `arguments` choose, all without any.
///
/// # Errors
/// Where something other than a test fails.
pub fn tests(workspace: &Workspace, soak: Soak, arguments: &[String]) -> Result<Summary, Error> {
    let (chromium, firefox) = (CHROMIUM.program()?, FIREFOX.program()?);
    system::chinese_font()?;
    let e2e = folder(workspace);
    npm::install_packages(workspace, &e2e)?;

    let listener = serve::bind(0)?;
    let port = listener.local_addr().map_or(0, |address| address.port());
    // A sub-path, as on GitHub Pages: the page may have relative links only.
    let page = Mount::new("interest-lens", workspace.dist());
    let stages = Mount::new("stages", stages(workspace));
    let trainer = Mount::new("trainer", workspace.target.join(TRAINER.name));
    let url = |mount: &Mount| format!("http://127.0.0.1:{port}{}", mount.prefix());
    let (page_url, stages_url, trainer_url) = (url(&page), url(&stages), url(&trainer));
    thread::spawn(move || serve::run(listener, vec![page, stages, trainer]));

    let report = workspace.target.join("e2e/report.json");
    let _ = fs::remove_file(&report);
    let mut npm = npm::npm(workspace);
    npm.current_dir(&e2e).args(["exec", "--", "playwright", "test"]).args(arguments);
    npm.env(CHROMIUM.variable, chromium).env(FIREFOX.variable, firefox).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    npm.env("PAGE_URL", page_url).env("STAGES_URL", stages_url).env("TRAINER_URL", trainer_url);
    Python::prepare(workspace)?.apply(&mut npm);
    if soak == Soak::Full {
        npm.env("SOAK", "full");
    }
    let outcome = step::run(&mut npm);
    let summary = fs::read_to_string(&report).ok().and_then(|text| Summary::of_playwright_report(&text));
    summary.unwrap_or_default().or_failed(outcome)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("e2e")
}

/// What the stage test loads.
fn stages(workspace: &Workspace) -> PathBuf {
    workspace.target.join("e2e/stages")
}
