//! Every check and test, in the order in which they fail fastest.

mod browser;
mod changed;
pub mod native;

use std::panic::resume_unwind;
use std::thread;
use std::time::Instant;

use crate::checks::browser::Soak;
use crate::circles;
use crate::page;
use crate::program::{ENGINE, STAGE_CHECK};
use crate::size;
use crate::step::{self, Error, step};
use crate::summary::Summary;
use crate::system::{self, CHROMIUM, FIREFOX};
use crate::toolbox::Toolbox;
use crate::wasm_target::{self, TRIPLE};
use crate::workspace::Workspace;

/// Runs every check and test, going on after a failure as far as that makes sense.
pub fn test(workspace: &Workspace) -> Summary {
    let mut all = Checks::default();
    let toolbox = all.check("Prepare the tools", || {
        let Toolbox { wasm, wasm_opt } = Toolbox::prepare(workspace)?;
        Ok(Toolbox { wasm: wasm.linting(workspace)?, wasm_opt })
    });
    // Downloads and small programs have their time while compilers have the processor's; and of those for this machine and for the
    // browser each has a core too many at times: with its last packages, and where a program is put together.
    let page = thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut beside = Checks::default();
            let vulkan = beside.check("Find a Vulkan driver", system::vulkan).is_some();
            beside.check("Find Chromium", || CHROMIUM.program().map(|_| ()));
            beside.check("Find Firefox", || FIREFOX.program().map(|_| ()));
            beside.check("Find Chinese letters", system::chinese_font);
            scripts(&mut beside, workspace);
            (beside, vulkan)
        });
        let toolbox = toolbox.as_ref();
        let page = scope.spawn(move || {
            let mut beside = Checks::default();
            let page = toolbox.and_then(|toolbox| {
                beside.check("Release page, with Clippy", || {
                    page::build_with(workspace, toolbox, &[STAGE_CHECK, ENGINE], native::learn)
                })
            });
            if page.is_some() {
                beside.check("Size of the page", || size::check(workspace));
            }
            (beside, page.and(toolbox))
        });
        lints(&mut all, workspace);
        let (beside, vulkan) = beside.join().unwrap_or_else(|panic| resume_unwind(panic));
        all.add(beside);
        if vulkan {
            all.count("Native tests", || native::tests(workspace));
        }
        let (beside, page) = page.join().unwrap_or_else(|panic| resume_unwind(panic));
        all.add(beside);
        page
    });
    if let Some(toolbox) = page {
        all.check("Stage check", || browser::prepare_stages(workspace, toolbox));
        all.count("Browser tests", || browser::tests(workspace, Soak::Short, &[]));
    }
    all.finish()
}

/// Runs what answers within minutes: lints, documentation, types, and the native tests of the packages that a change concerns.
pub fn check(workspace: &Workspace) -> Summary {
    let mut all = Checks::default();
    let wasm = all.check("Prepare the compiler", || wasm_target::prepare(workspace));
    lints(&mut all, workspace);
    if let Some(wasm) = wasm {
        all.check("Clippy for the browser", || {
            let mut cargo = workspace.cargo(&["clippy", "--target", TRIPLE, "--lib", "--bins"]);
            wasm.apply(&mut cargo);
            cargo.args(["--package", "app", "--package", "reader", "--package", "shaders", "--package", "trainer"]);
            cargo.args([ENGINE, STAGE_CHECK].iter().flat_map(|program| [program.kind, program.name]));
            step::run(cargo.args(["--", "--deny", "warnings"]))
        });
    }
    scripts(&mut all, workspace);
    if all.check("Find a Vulkan driver", system::vulkan).is_some() {
        all.count("Native tests of what has changed", || native::tests_of(workspace, &changed::packages(workspace)?));
    }
    all.finish()
}

/// Runs the browser tests alone.
pub fn browser_tests(workspace: &Workspace, arguments: &[String]) -> Summary {
    in_browser(workspace, Soak::Short, arguments)
}

/// The browser tests of which `soak` runs more.
const SOAKED: [&str; 3] = ["soak.spec", "fresh.spec", "faults.spec"];

/// Runs the long browser tests in full.
pub fn soak(workspace: &Workspace, arguments: &[String]) -> Summary {
    in_browser(workspace, Soak::Full, &[&SOAKED.map(str::to_owned), arguments].concat())
}

fn in_browser(workspace: &Workspace, soak: Soak, arguments: &[String]) -> Summary {
    let mut all = Checks::default();
    let built = all.check("Release page", || {
        let toolbox = Toolbox::prepare(workspace)?;
        page::build_with(workspace, &toolbox, &[STAGE_CHECK], native::learn)?;
        browser::types(workspace)?;
        browser::prepare_stages(workspace, &toolbox)
    });
    if built.is_some() {
        all.count("Browser tests", || browser::tests(workspace, soak, arguments));
    }
    all.finish()
}

/// What is told of sources without running them.
fn lints(all: &mut Checks, workspace: &Workspace) {
    all.check("Formatting", || step::run(&mut workspace.cargo(&["fmt", "--all", "--check"])));
    all.check("Circles of imports", || {
        let circles = circles::all(&workspace.root).map_err(Error::file(&workspace.root))?;
        if circles.is_empty() { Ok(()) } else { Err(Error::Circles(circles)) }
    });
    all.check("Compile, with Clippy and documentation", || native::compile(workspace));
}

/// What is told of the scripts, and the tests of those that need no browser.
fn scripts(all: &mut Checks, workspace: &Workspace) {
    all.check("Types of the browser tests", || browser::types(workspace));
    all.check("Tests of the benchmark", || browser::tests_of_benchmark(workspace));
}

/// The checks so far.
#[derive(Default)]
struct Checks {
    summary: Summary,
    /// What each check is called, and how many seconds it took.
    times: Vec<(String, f64)>,
}

impl Checks {
    /// A check that passes or fails as a whole.
    fn check<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T, Error>) -> Option<T> {
        let start = Instant::now();
        let result = step(name, work);
        self.times.push((name.to_owned(), start.elapsed().as_secs_f64()));
        result.map_err(|error| self.fail(&error)).ok()
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

    /// Checks that ran side by side with these.
    fn add(&mut self, beside: Self) {
        self.summary.add(beside.summary);
        self.times.extend(beside.times.into_iter().map(|(name, seconds)| (format!("{name}, beside others"), seconds)));
    }

    /// Prints where the time went.
    fn finish(self) -> Summary {
        println!("\nSeconds");
        for (name, seconds) in &self.times {
            println!("{seconds:7.1}  {name}");
        }
        self.summary
    }
}
