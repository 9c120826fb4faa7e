//! The release page: its programs, its index.html and its assets, in `dist/`.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use crate::files;
use crate::index;
use crate::program::{self, PAGE, Program, READER};
use crate::size;
use crate::step::{Error, step};
use crate::toolbox::Toolbox;
use crate::workspace::Workspace;

/// What stands in index.html for the folder of the page's program.
const PLACEHOLDER: &str = "PROGRAM/";

/// Prepares what is missing and builds the page.
///
/// # Errors
/// Where a step fails.
pub fn build(workspace: &Workspace) -> Result<Toolbox, Error> {
    let toolbox = Toolbox::prepare(workspace)?;
    build_with(workspace, &toolbox, &[])?;
    Ok(toolbox)
}

/// Builds the page, and compiles other programs along with its own.
///
/// # Errors
/// Where a step fails.
pub fn build_with(workspace: &Workspace, toolbox: &Toolbox, others: &[Program]) -> Result<(), Error> {
    programs(workspace, toolbox, others)?;
    step("Put the page together in dist/", || {
        let dist = workspace.dist();
        files::empty(&dist)?;
        index::write(&workspace.root, &dist)?;
        add_programs(&workspace.target, &dist)?;
        size::print(workspace)
    })
}

/// Builds the page's programs and adds them to the page that Trunk is putting together.
///
/// # Errors
/// Where a step fails, or it is not Trunk that runs this.
pub fn add_to_trunks(workspace: &Workspace) -> Result<(), Error> {
    let staging = env::var_os("TRUNK_STAGING_DIR").ok_or(Error::NotTrunk)?;
    programs(workspace, &Toolbox::prepare(workspace)?, &[])?;
    add_programs(&workspace.target, Path::new(&staging))
}

/// Builds the page's programs, each in a folder of its name under target/.
fn programs(workspace: &Workspace, toolbox: &Toolbox, others: &[Program]) -> Result<(), Error> {
    step("Compile for the browser", || program::compile(workspace, toolbox, &[&[PAGE, READER], others].concat()))?;
    step("Make the page's programs small", || {
        let [page, reader] = [PAGE, READER].map(|program| workspace.target.join(program.name));
        program::finish(workspace, toolbox, &[(PAGE, &page), (READER, &reader)])
    })
}

/// Puts the page's program into a folder that is named by its content, so that no browser takes some of its files from an older
/// visit, and that name into index.html; and what reads other people's files beside it.
fn add_programs(target: &Path, page: &Path) -> Result<(), Error> {
    for file in files::under(&target.join(READER.name))? {
        files::copy(&file, &page.join(file.file_name().unwrap_or_default()))?;
    }
    let program = files::under(&target.join(PAGE.name))?;
    let mut hasher = DefaultHasher::new();
    for file in &program {
        fs::read(file).map_err(Error::file(file))?.hash(&mut hasher);
    }
    let name = format!("page-{:016x}/", hasher.finish());
    for file in &program {
        files::copy(file, &page.join(&name).join(file.file_name().unwrap_or_default()))?;
    }
    let index = page.join("index.html");
    let html = fs::read_to_string(&index).map_err(Error::file(&index))?;
    fs::write(&index, html.replace(PLACEHOLDER, &name)).map_err(Error::file(&index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_folder_is_named_by_its_content_and_index_html_knows_it() {
        let target = files::with(&[
            ("page/page.js", b"js"),
            ("page/page_bg.wasm", b"wasm"),
            ("reader/reader.js", b"reader's js"),
        ]);
        let names = [b"one", b"two"].map(|wasm: &[u8; 3]| {
            fs::write(target.path().join("page/page_bg.wasm"), wasm).unwrap();
            let page = files::with(&[("index.html", include_bytes!("../../index.html"))]);
            add_programs(target.path(), page.path()).unwrap();
            assert!(page.path().join("reader.js").exists());
            let html = fs::read_to_string(page.path().join("index.html")).unwrap();
            let (_, rest) = html.split_once("import init from \"./").unwrap();
            let name = rest.split_once('/').unwrap().0.to_owned();
            assert!(!html.contains(PLACEHOLDER) && page.path().join(&name).join("page.js").exists(), "{name}");
            name
        });
        assert_ne!(names[0], names[1]);
    }
}
