//! The release page: Trunk builds it into `dist/`, unless what it is built from is unchanged.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Workspace;
use crate::program::{self, PLAIN, Program};
use crate::step::{self, Error, step};
use crate::tools::{self, Tools};
use crate::wasm_target::{self, WasmToolchain};

/// What the page is made of, relative to the root.
const SOURCES: [&str; 12] = [
    "app",
    "assets",
    "model",
    "reader",
    "shaders",
    "index.html",
    "Trunk.toml",
    "xtask/src/program.rs",
    "xtask/src/relaxed.rs",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
];

/// The page's program.
const PAGE: Program = Program { package: "app", kind: "bin", name: "page" };

/// What stands in index.html for the folder of the program's files.
const PLACEHOLDER: &str = "PROGRAM/";

/// The page's first download must stay small: the limit of its gzipped wasm in kB (1 kB = 1000 bytes). Most of it is Leptos with
/// the page's views, the rest the CPU engine.
pub const WASM_LIMIT_KB: u32 = 300;

/// The limit of everything, gzipped, that the page loads before its first ranking, in kB. A browser test sees to it that it
/// loads nothing else.
pub const START_LIMIT_KB: u32 = 1200;

/// What builds the page, for those who build more with it.
pub struct Toolbox {
    /// wasm-bindgen, Trunk and wasm-opt.
    pub tools: Tools,
    /// The compiler for wasm.
    pub wasm: WasmToolchain,
}

impl Toolbox {
    /// Prepares whatever is missing.
    pub fn prepare(workspace: &Workspace) -> Result<Self, Error> {
        Ok(Self { wasm: wasm_target::prepare(workspace)?, tools: tools::prepare(workspace)? })
    }

    /// Gives a command the tools and the compiler for wasm.
    pub fn apply(&self, command: &mut std::process::Command) {
        command.env("PATH", self.tools.path(&self.wasm.path));
        self.wasm.apply(command);
    }
}

/// Prepares what is missing and builds the page.
pub fn build(workspace: &Workspace) -> Result<Toolbox, Error> {
    let toolbox = Toolbox::prepare(workspace)?;
    build_with(workspace, &toolbox)?;
    Ok(toolbox)
}

/// Builds the page, if anything it is made of has changed since it was built.
pub fn build_with(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    let stamp_path = workspace.target.join("page.stamp");
    let stamp = fingerprint(workspace, toolbox)?;
    let dist = workspace.dist();
    if dist.join("index.html").exists() && fs::read_to_string(&stamp_path).is_ok_and(|built| built == stamp) {
        println!("✓ The page in dist/ is up to date");
    } else {
        let files = workspace.target.join("page");
        step("Build the page's program", || program::build(workspace, toolbox, PAGE, &files))?;
        step("Build the page in dist/", || {
            let mut trunk = workspace.command(&toolbox.tools.program("trunk").to_string_lossy());
            trunk.args(["build", "--release", "--dist"]).arg(&dist);
            // Trunk reads NO_COLOR as a switch of its own and refuses the value that the convention allows.
            trunk.env_remove("NO_COLOR");
            toolbox.apply(&mut trunk);
            step::run(&mut trunk)?;
            add_program(&files, &dist)
        })?;
        fs::write(&stamp_path, stamp).map_err(Error::file(&stamp_path))?;
    }
    let (bytes, gzipped) = wasm_size(&dist)?;
    println!("  its wasm: {:.1} kB, {:.1} kB gzipped", bytes as f64 / 1000.0, gzipped as f64 / 1000.0);
    Ok(())
}

/// Puts the program's files into a folder of `dist` that is named by their content, so that no browser takes some of them from
/// an older visit, and its name into index.html.
fn add_program(files: &Path, dist: &Path) -> Result<(), Error> {
    let files = files_under(files)?;
    let mut hasher = DefaultHasher::new();
    for file in &files {
        fs::read(file).map_err(Error::file(file))?.hash(&mut hasher);
    }
    let name = format!("page-{:016x}/", hasher.finish());
    let folder = dist.join(&name);
    fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for file in &files {
        fs::copy(file, folder.join(file.file_name().unwrap_or_default())).map_err(Error::file(file))?;
    }
    let index = dist.join("index.html");
    let html = fs::read_to_string(&index).map_err(Error::file(&index))?;
    fs::write(&index, html.replace(PLACEHOLDER, &name)).map_err(Error::file(&index))
}

/// Fails where the page's wasm, or all that its first ranking needs, is over the limit.
pub fn check_size(workspace: &Workspace) -> Result<(), Error> {
    let dist = workspace.dist();
    let (_, wasm) = wasm_size(&dist)?;
    let start = first_ranking(&dist)?.iter().map(|file| Ok(size(file)?.1)).sum::<Result<usize, Error>>()?;
    for (what, actual, limit_kb) in
        [("the page's wasm", wasm, WASM_LIMIT_KB), ("what the first ranking needs", start, START_LIMIT_KB)]
    {
        let actual_kb = actual as f64 / 1000.0;
        println!("  {what}: {actual_kb:.1} kB gzipped, of {limit_kb} kB");
        if actual_kb > f64::from(limit_kb) {
            return Err(Error::TooLarge { what, actual_kb, limit_kb });
        }
    }
    Ok(())
}

/// The size of the page's wasm in bytes, and gzipped.
fn wasm_size(dist: &Path) -> Result<(usize, usize), Error> {
    let wasm = first_ranking(dist)?.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "wasm"));
    size(&wasm.ok_or_else(|| Error::NoWasm(dist.to_path_buf()))?)
}

/// The files that the page loads before its first ranking: of those at the top all but the reader's, of the program all but its
/// later parts, and what index.html asks for of the assets. Of the program's two wasm files it is the larger one, which has no
/// relaxed SIMD.
fn first_ranking(dist: &Path) -> Result<Vec<PathBuf>, Error> {
    let index_path = dist.join("index.html");
    let index = fs::read_to_string(&index_path).unwrap_or_default();
    let mut files = files_under(dist)?;
    files.retain(|path| {
        let file = path.strip_prefix(dist).unwrap_or(path).to_string_lossy();
        match file.split_once('/') {
            None => !file.starts_with("reader"),
            Some(("assets", _)) => index.contains(&*file),
            Some((_, name)) => name.ends_with(PLAIN) || name.ends_with(".js"),
        }
    });
    Ok(files)
}

/// The size of a file in bytes, and gzipped.
fn size(file: &Path) -> Result<(usize, usize), Error> {
    let bytes = fs::read(file).map_err(Error::file(file))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).map_err(Error::file(file))?;
    let gzipped = encoder.finish().map_err(Error::file(file))?;
    Ok((bytes.len(), gzipped.len()))
}

/// A hash of everything the page is made of.
fn fingerprint(workspace: &Workspace, toolbox: &Toolbox) -> Result<String, Error> {
    let mut hasher = DefaultHasher::new();
    toolbox.tools.versions.hash(&mut hasher);
    toolbox.wasm.version.hash(&mut hasher);
    for source in SOURCES {
        let path = workspace.root.join(source);
        for file in if path.is_dir() { files_under(&path)? } else { vec![path] } {
            file.strip_prefix(&workspace.root).unwrap_or(&file).hash(&mut hasher);
            fs::read(&file).map_err(Error::file(&file))?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// All files under a folder, sorted.
fn files_under(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dist(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = dist.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        dist
    }

    #[test]
    fn the_size_is_that_of_the_programs_wasm_for_every_browser() {
        let empty = dist(&[("reader_bg.wasm", b"of other files")]);
        assert!(matches!(wasm_size(empty.path()), Err(Error::NoWasm(_))));
        let dist = dist(&[
            ("page-0/page_bg.wasm", b"with relaxed SIMD"),
            ("page-0/page_plain_bg.wasm", &[7; 100_000]),
            ("page-0/split_gpu.wasm", b"for later"),
        ]);
        let (bytes, gzipped) = wasm_size(dist.path()).unwrap();
        assert_eq!(bytes, 100_000);
        assert!(gzipped < 1000, "100,000 equal bytes gzip to {gzipped}");
    }

    #[test]
    fn the_first_ranking_needs_the_page_its_program_and_the_assets_that_it_asks_for() {
        let dist = dist(&[
            ("assets/catalogue.csv", b""),
            ("assets/guide.html", b""),
            ("index.html", br#"<script>fetch("assets/catalogue.csv")</script>"#),
            ("page-0/page.js", b""),
            ("page-0/page_bg.wasm", b""),
            ("page-0/page_plain_bg.wasm", b""),
            ("page-0/split_gpu.wasm", b""),
            ("reader.js", b""),
            ("reader_bg.wasm", b""),
        ]);
        let files = first_ranking(dist.path()).unwrap();
        let names: Vec<_> =
            files.iter().map(|path| path.strip_prefix(dist.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["assets/catalogue.csv", "index.html", "page-0/page.js", "page-0/page_plain_bg.wasm"]);
    }

    #[test]
    fn the_programs_folder_is_named_by_its_content_and_index_html_knows_it() {
        let files = dist(&[("page.js", b"js"), ("page_bg.wasm", b"wasm")]);
        let names = [b"one", b"two"].map(|wasm: &[u8; 3]| {
            fs::write(files.path().join("page_bg.wasm"), wasm).unwrap();
            let dist = dist(&[("index.html", include_bytes!("../../index.html"))]);
            add_program(files.path(), dist.path()).unwrap();
            let html = fs::read_to_string(dist.path().join("index.html")).unwrap();
            let (_, rest) = html.split_once("import init from \"./").unwrap();
            let folder = rest.split_once('/').unwrap().0.to_owned();
            assert!(!html.contains(PLACEHOLDER) && dist.path().join(&folder).join("page.js").exists(), "{folder}");
            folder
        });
        assert_ne!(names[0], names[1]);
    }
}
