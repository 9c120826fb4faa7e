//! The benchmark: our engine and its peers in one browser.

use std::thread;

use clap::Args;

use crate::checks::native;
use crate::npm;
use crate::page;
use crate::program::{self, ENGINE, TRAINER};
use crate::serve::{self, Mount};
use crate::step::{self, Error, step};
use crate::system::CHROMIUM;
use crate::toolbox::Toolbox;
use crate::workspace::Workspace;

/// What is measured, and on what.
#[derive(Args)]
pub struct Options {
    /// Measure a few sizes only, and leave the results under target/bench
    #[arg(long)]
    quick: bool,
    /// Use this machine's own GPU, in a window, in place of the software adapter
    #[arg(long)]
    gpu: bool,
    /// Flags for Chromium, after `--`
    #[arg(last = true)]
    flags: Vec<String>,
}

/// The native program that writes the networks.
const FIXTURE: &str = "bench_fixture";

/// The native program that trains, to be compared with the one in the browser.
const NATIVE_TRAINER: &str = "step_time";

/// Builds everything, measures, and writes the results.
pub fn run(workspace: &Workspace, options: &Options) -> Result<(), Error> {
    let toolbox = Toolbox::prepare(workspace)?;
    let chromium = CHROMIUM.program()?;
    let bench = workspace.target.join("bench");
    let [engine, models, pages] = ["engine", "models", "pages"].map(|folder| bench.join(folder));
    let web = workspace.root.join("bench/web");
    page::build_with(workspace, &toolbox, &[ENGINE], page::learn)?;
    step("Build the engine", || program::build(workspace, &toolbox, ENGINE, &engine))?;
    step("Write the networks", || native::run_example(workspace, FIXTURE, &models))?;
    let native = ["build", "--release", "--package", "training", "--example", NATIVE_TRAINER];
    step("Build the native trainer", || step::run(&mut workspace.cargo(&native)))?;
    let native = [workspace.target.join("release/examples").join(NATIVE_TRAINER), pages.join("training")];
    npm::install_packages(workspace, &web)?;
    let node = || {
        let mut node = workspace.command("node");
        node.current_dir(&web);
        node
    };
    step("Build the pages", || step::run(node().arg("build.js").args([&engine, &models, &pages])))?;

    let listener = serve::bind(0)?;
    let port = listener.local_addr().map_or(0, |address| address.port());
    let mounts = vec![
        Mount::new("interest-lens", workspace.dist()),
        Mount::new("trainer", workspace.target.join(TRAINER.name)),
        Mount::new("/", pages),
    ];
    thread::spawn(move || serve::run(listener, mounts));
    let mut run = node();
    run.env("NATIVE_TRAINING", serde_json::json!(native).to_string()).env("RAYON_NUM_THREADS", "1");
    run.env(CHROMIUM.variable, chromium).arg("run.js").arg(format!("http://127.0.0.1:{port}"));
    run.args([&bench, if options.quick { &bench } else { &web }]);
    run.args(options.quick.then_some("--quick")).args(options.gpu.then_some("--gpu")).args(&options.flags);
    step("Measure", || step::run(&mut run))
}
