//! The release page: Trunk builds it into `dist/`, unless what it is built from is unchanged.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Workspace;
use crate::step::{self, Error, step};
use crate::tools::{self, Tools};
use crate::wasm_target::{self, TRIPLE, WasmToolchain};

/// What the page is made of, relative to the root.
const SOURCES: [&str; 10] = [
    "app",
    "assets",
    "model",
    "reader",
    "shaders",
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
];

/// The page's first download must stay small: the limit of its gzipped wasm in kB (1 kB = 1000 bytes). Three fifths of it are
/// Leptos with the page's views, the rest wgpu and both engines.
pub const WASM_LIMIT_KB: u32 = 355;

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
        step("Build the page in dist/", || {
            let mut trunk = workspace.command(&toolbox.tools.program("trunk").to_string_lossy());
            trunk.args(["build", "--release", "--dist"]).arg(&dist);
            // Trunk reads NO_COLOR as a switch of its own and refuses the value that the convention allows.
            trunk.env_remove("NO_COLOR");
            toolbox.apply(&mut trunk);
            step::run(&mut trunk)
        })?;
        fs::write(&stamp_path, stamp).map_err(Error::file(&stamp_path))?;
    }
    let (bytes, gzipped) = wasm_size(&dist)?;
    println!("  its wasm: {:.1} kB, {:.1} kB gzipped", bytes as f64 / 1000.0, gzipped as f64 / 1000.0);
    Ok(())
}

/// Builds an example of the shaders for the browser, into a folder of its own.
pub fn build_example(workspace: &Workspace, toolbox: &Toolbox, example: &str, folder: &Path) -> Result<(), Error> {
    // With the page's package and profile, so that its dependencies are compiled once for both.
    let mut cargo = workspace.cargo(&["build", "--profile", "web", "--target", TRIPLE]);
    toolbox.apply(&mut cargo);
    step::run(cargo.args(["--package", "app", "--package", "shaders", "--example", example]))?;
    let wasm = workspace.target.join(TRIPLE).join("web/examples").join(example).with_extension("wasm");
    let mut wasm_bindgen = std::process::Command::new(toolbox.tools.program("wasm-bindgen"));
    step::run(wasm_bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).args([folder, &wasm]))
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

/// The files that the page loads before its first ranking: all at the top but the reader's, and what index.html preloads of
/// the assets.
fn first_ranking(dist: &Path) -> Result<Vec<PathBuf>, Error> {
    let index_path = dist.join("index.html");
    let index = fs::read_to_string(&index_path).unwrap_or_default();
    let mut files = files_under(dist)?;
    files.retain(|path| {
        let name = path.strip_prefix(dist).unwrap_or(path).to_string_lossy();
        if name.contains('/') { index.contains(&*name) } else { !name.starts_with("reader") }
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

    #[test]
    fn the_size_is_that_of_the_wasm_file() {
        let dist = tempfile::tempdir().unwrap();
        assert!(matches!(wasm_size(dist.path()), Err(Error::NoWasm(_))));
        fs::write(dist.path().join("reader_bg.wasm"), "of other files").unwrap();
        fs::write(dist.path().join("page_bg.wasm"), vec![7; 100_000]).unwrap();
        fs::write(dist.path().join("page.js"), "js").unwrap();
        let (bytes, gzipped) = wasm_size(dist.path()).unwrap();
        assert_eq!(bytes, 100_000);
        assert!(gzipped < 1000, "100,000 equal bytes gzip to {gzipped}");
    }

    #[test]
    fn the_first_ranking_needs_the_page_and_the_assets_that_it_preloads() {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir(dist.path().join("assets")).unwrap();
        let index = r#"<link rel="preload" href="assets/catalogue.csv">"#;
        for name in
            ["assets/catalogue.csv", "assets/guide.html", "page.js", "page_bg.wasm", "reader.js", "reader_bg.wasm"]
        {
            fs::write(dist.path().join(name), "").unwrap();
        }
        fs::write(dist.path().join("index.html"), index).unwrap();
        let names = ["assets/catalogue.csv", "index.html", "page.js", "page_bg.wasm"];
        assert_eq!(first_ranking(dist.path()).unwrap(), names.map(|name| dist.path().join(name)));
    }

    #[test]
    fn files_are_found_in_folders_and_sorted() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        for name in ["c", "b/d", "a"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        let names: Vec<_> = ["a", "b/d", "c"].iter().map(|name| root.path().join(name)).collect();
        assert_eq!(files_under(root.path()).unwrap(), names);
    }
}
