//! What builds programs for the browser.

use std::path::PathBuf;

use crate::step::Error;
use crate::wasm_opt;
use crate::wasm_target::{self, WasmToolchain};
use crate::workspace::Workspace;

/// The compiler for wasm, and what makes its programs small. wasm-bindgen is a library of this program.
pub struct Toolbox {
    /// The compiler for wasm.
    pub wasm: WasmToolchain,
    /// The path of wasm-opt.
    pub wasm_opt: PathBuf,
}

impl Toolbox {
    /// Prepares whatever is missing.
    ///
    /// # Errors
    /// Where something is missing and cannot be installed.
    pub fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        Ok(Self { wasm: wasm_target::prepare(workspace)?, wasm_opt: wasm_opt::prepare(workspace)? })
    }
}
