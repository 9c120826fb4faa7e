//! A program for the browser: compiled, split into what its start needs and what may come later, and made small.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::iter;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

use crate::alike;
use crate::files;
use crate::names;
use crate::parts;
use crate::relaxed;
use crate::step::{self, Error};
use crate::toolbox::Toolbox;
use crate::wasm_target::TRIPLE;
use crate::workspace::Workspace;

/// A program of the workspace.
#[derive(Clone, Copy)]
pub struct Program {
    /// Its package.
    pub package: &'static str,
    /// Cargo's option for its kind: `--bin` or `--example`.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where it runs.
    pub place: Place,
    /// Cargo's profile.
    pub profile: &'static str,
}

/// Where a program runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A page, which takes the better one of two files for its browser, and parts of the program when it needs them.
    Page,
    /// A worker, which has one file for all browsers.
    Worker,
}

/// The page itself.
pub const PAGE: Program = Program { package: "app", kind: "--bin", name: "page", place: Place::Page, profile: "web" };
/// What reads other people's files for the page.
pub const READER: Program =
    Program { package: "reader", kind: "--bin", name: "reader", place: Place::Worker, profile: "web" };
/// What trains networks in the page. In the profile of the others, the networks' code for training would be compiled for them, too.
pub const TRAINER: Program =
    Program { package: "trainer", kind: "--bin", name: "trainer", place: Place::Worker, profile: "web-training" };
/// What runs each stage of the networks in a browser, for a test.
pub const STAGE_CHECK: Program =
    Program { package: "shaders", kind: "--example", name: "stage_check", place: Place::Page, profile: "web" };
/// The engine for the benchmark.
pub const ENGINE: Program =
    Program { package: "shaders", kind: "--example", name: "bench_engine", place: Place::Page, profile: "web" };

/// The end of the name of the file for browsers without relaxed SIMD.
pub const PLAIN: &str = "_plain_bg.wasm";

/// What wasm-opt makes small, and the features of the program that it has to know.
///
/// Functions that are called in one place stay functions unless they are small. Browsers compile a function anew once a loop in
/// it has run for a while; with all that the start calls in one function, this took 0.1 s of a core that the first ranking wants.
///
/// The lowest kilobyte of the memory is the end of the stack, which nothing points to: with that known, additions to addresses
/// become offsets of loads and stores. What one round leaves over, a second one finds.
const WASM_OPT: [&str; 12] = [
    "-Oz",
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=100",
    "--strip-debug",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
    "--enable-relaxed-simd",
];

/// Compiles programs, those of one profile at once: the last step of each has only one core's work.
///
/// # Errors
/// Where cargo fails.
pub fn compile(workspace: &Workspace, toolbox: &Toolbox, programs: &[Program]) -> Result<(), Error> {
    programs.chunk_by(|a, b| a.profile == b.profile).try_for_each(|programs| {
        let mut cargo = workspace.cargo(&["build", "--profile", programs[0].profile, "--target", TRIPLE]);
        toolbox.wasm.apply(&mut cargo);
        for Program { package, kind, name, .. } in programs {
            cargo.args(["--package", package, kind, name]);
        }
        step::run(&mut cargo)
    })
}

/// Makes of each compiled program `<name>.js` and `<name>_bg.wasm` in its folder, for pages the latter also without relaxed SIMD,
/// and a file `split_<part>.wasm` for each part that is loaded later: what only functions marked with `#[wasm_split(<part>)]` need.
/// A folder that was made of the same program is left as it is.
///
/// # Errors
/// Where one of the tools fails.
pub fn finish(workspace: &Workspace, toolbox: &Toolbox, programs: &[(Program, &Path)]) -> Result<(), Error> {
    side_by_side(programs, |&(program, folder)| finish_one(workspace, toolbox, program, folder))
}

/// Compiles one program and finishes it.
///
/// # Errors
/// As [`compile`] and [`finish`].
pub fn build(workspace: &Workspace, toolbox: &Toolbox, program: Program, folder: &Path) -> Result<(), Error> {
    compile(workspace, toolbox, &[program])?;
    finish(workspace, toolbox, &[(program, folder)])
}

fn finish_one(workspace: &Workspace, toolbox: &Toolbox, program: Program, folder: &Path) -> Result<(), Error> {
    let compiled_path = compiled_path(workspace, program);
    let compiled = fs::read(&compiled_path).map_err(Error::file(&compiled_path))?;
    let (stamp_path, stamp) = (folder.with_extension("stamp"), stamp(&compiled));
    if fs::read_to_string(&stamp_path).is_ok_and(|made| made == stamp) {
        return Ok(());
    }
    if stamp_path.exists() {
        fs::remove_file(&stamp_path).map_err(Error::file(&stamp_path))?;
    }
    files::empty(folder)?;

    let name = program.name;
    let (main, script) = (folder.join("main.wasm"), format!("./{name}.js"));
    let mut options = Options::new(&compiled);
    (options.output_dir, options.main_out_path, options.main_module) = (folder, &main, &script);
    let unsplit = |reason: String| Error::Split { path: compiled_path.clone(), reason };
    let parts = transform(options).map_err(|error| unsplit(format!("{error:#}")))?.split_modules;
    bindgen(program, &main, folder)?;
    fs::remove_file(&main).map_err(Error::file(&main))?;
    let loader = folder.join("__wasm_split.js");
    match program.place {
        Place::Page => {
            let written = fs::read_to_string(&loader).map_err(Error::file(&loader))?;
            fs::write(&loader, parts::loader(&written).map_err(unsplit)?).map_err(Error::file(&loader))?;
            shorten(name, folder)?;
        }
        // It has no parts.
        Place::Worker => fs::remove_file(&loader).map_err(Error::file(&loader))?,
    }

    let whole = folder.join(format!("{name}_bg.wasm"));
    // The one that takes longest first.
    side_by_side(&[vec![whole.clone()], parts].concat(), |wasm| {
        step::run(Command::new(&toolbox.wasm_opt).args(WASM_OPT).arg(wasm).arg("--output").arg(wasm))?;
        let small = fs::read(wasm).map_err(Error::file(wasm))?;
        let arranged = alike::arranged(&small).map_err(|source| Error::Unarranged { path: wasm.clone(), source })?;
        fs::write(wasm, arranged).map_err(Error::file(wasm))
    })?;
    let relaxed = fs::read(&whole).map_err(Error::file(&whole))?;
    let plain = relaxed::lower(&relaxed).map_err(|source| Error::Unlowered { path: whole.clone(), source })?;
    let plain_path = match program.place {
        Place::Page => folder.join(format!("{name}{PLAIN}")),
        Place::Worker => whole,
    };
    fs::write(&plain_path, plain).map_err(Error::file(&plain_path))?;
    fs::write(&stamp_path, stamp).map_err(Error::file(&stamp_path))
}

/// Where cargo puts a program.
fn compiled_path(workspace: &Workspace, program: Program) -> PathBuf {
    let folder = workspace.target.join(TRIPLE).join(program.profile);
    let folder = if program.kind == "--example" { folder.join("examples") } else { folder };
    folder.join(program.name).with_extension("wasm")
}

/// A hash of all that a finished program is made of.
fn stamp(compiled: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    compiled.hash(&mut hasher);
    // What is done with it. The program itself says which wasm-bindgen it is for.
    let made_by = [
        include_str!("program.rs"),
        include_str!("alike.rs"),
        include_str!("names.rs"),
        include_str!("parts.rs"),
        parts::FUNCTIONS,
        include_str!("relaxed.rs"),
        include_str!("wasm_opt.rs"),
    ];
    made_by.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Makes `<name>.js` and `<name>_bg.wasm` of a wasm file.
fn bindgen(program: Program, wasm: &Path, folder: &Path) -> Result<(), Error> {
    let is_page = program.place == Place::Page;
    Bindgen::new()
        // The parts that come later import what the linker exports.
        .keep_lld_exports(is_page)
        // What loads the other programs does not say where their wasm is: beside them.
        .omit_default_module_path(false)
        .input_path(wasm)
        .out_name(program.name)
        .web(is_page)
        .and_then(|bindgen| bindgen.no_modules(!is_page))
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| Error::Bindgen { path: wasm.to_path_buf(), reason: format!("{error:#}") })
}

/// Gives what a program imports of its script shorter names.
fn shorten(name: &str, folder: &Path) -> Result<(), Error> {
    let [wasm_path, script_path] = [format!("{name}_bg.wasm"), format!("{name}.js")].map(|file| folder.join(file));
    let wasm = fs::read(&wasm_path).map_err(Error::file(&wasm_path))?;
    let script = fs::read_to_string(&script_path).map_err(Error::file(&script_path))?;
    let shortened = names::shorten(&wasm, &script);
    let (wasm, script) = shortened.map_err(|source| Error::Unnamed { path: wasm_path.clone(), source })?;
    fs::write(&wasm_path, wasm).map_err(Error::file(&wasm_path))?;
    fs::write(&script_path, script).map_err(Error::file(&script_path))
}

/// Does the same with several things, in their order, as many at once as there are cores.
fn side_by_side<T: Sync>(things: &[T], work: impl Fn(&T) -> Result<(), Error> + Sync) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let taken = || things.get(next.fetch_add(1, Ordering::Relaxed));
    let in_turn = || iter::from_fn(taken).try_for_each(&work);
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..cores).map(|_| scope.spawn(in_turn)).collect();
        running.into_iter().try_for_each(|run| run.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_is_called_as_a_profile_is() {
        // Both have a folder of their name under target/, and a program's is emptied.
        let cargo = include_str!("../../Cargo.toml");
        for program in [PAGE, READER, TRAINER] {
            assert!(cargo.contains(&format!("[profile.{}]", program.profile)));
            assert!(!cargo.contains(&format!("[profile.{}]", program.name)), "{}", program.name);
        }
    }
}
