//! A program for the browser: compiled, split into what its start needs and what may come later, and made small.

use std::fs;
use std::path::Path;
use std::process::Command;

use wasm_split_cli_support::{Options, transform};

use crate::Workspace;
use crate::page::Toolbox;
use crate::relaxed;
use crate::step::{self, Error};
use crate::wasm_target::TRIPLE;

/// What wasm-opt makes small, and the features of the program that it has to know.
///
/// Functions that are called in one place stay functions unless they are small. Browsers compile a function anew once a loop in
/// it has run for a while; with all that the start calls in one function, this took 0.1 s of a core that the first ranking wants.
const WASM_OPT: [&str; 11] = [
    "-Oz",
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

/// The end of the name of the file for browsers without relaxed SIMD.
pub const PLAIN: &str = "_plain_bg.wasm";

/// A program of the workspace.
#[derive(Clone, Copy)]
pub struct Program {
    /// Its package.
    pub package: &'static str,
    /// "bin" or "example".
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// Builds `<name>.js` and `<name>_bg.wasm` in `folder`, the latter also without relaxed SIMD, and a file `split_<part>.wasm`
/// for each part that is loaded later: what only functions marked with `#[wasm_split(<part>)]` need.
pub fn build(workspace: &Workspace, toolbox: &Toolbox, program: Program, folder: &Path) -> Result<(), Error> {
    let Program { package, kind, name } = program;
    let mut cargo = workspace.cargo(&["rustc", "--profile", "web", "--target", TRIPLE, "--package", package]);
    toolbox.apply(&mut cargo);
    // What is split must still know which number is an address.
    step::run(cargo.arg(format!("--{kind}")).args([name, "--", "-Clink-arg=--emit-relocs", "-Cstrip=none"]))?;
    let compiled_in = workspace.target.join(TRIPLE).join("web").join(if kind == "example" { "examples" } else { "" });
    let compiled_path = compiled_in.join(name).with_extension("wasm");
    let compiled = fs::read(&compiled_path).map_err(Error::file(&compiled_path))?;

    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let (main, script) = (folder.join("main.wasm"), format!("./{name}.js"));
    let mut options = Options::new(&compiled);
    (options.output_dir, options.main_out_path, options.main_module) = (folder, &main, &script);
    let parts =
        transform(options).map_err(|error| Error::Split { path: compiled_path, reason: format!("{error:#}") })?;

    let mut wasm_bindgen = Command::new(toolbox.tools.program("wasm-bindgen"));
    wasm_bindgen.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--out-name", name]);
    step::run(wasm_bindgen.arg("--out-dir").args([folder, &main]))?;
    fs::remove_file(&main).map_err(Error::file(&main))?;

    let whole = folder.join(format!("{name}_bg.wasm"));
    for wasm in parts.split_modules.iter().chain([&whole]) {
        let mut wasm_opt = Command::new("wasm-opt");
        toolbox.apply(&mut wasm_opt);
        step::run(wasm_opt.args(WASM_OPT).arg(wasm).arg("--output").arg(wasm))?;
    }
    let relaxed = fs::read(&whole).map_err(Error::file(&whole))?;
    let plain = relaxed::lower(&relaxed).map_err(|source| Error::Unlowered { path: whole, source })?;
    let plain_path = folder.join(format!("{name}{PLAIN}"));
    fs::write(&plain_path, plain).map_err(Error::file(&plain_path))
}
