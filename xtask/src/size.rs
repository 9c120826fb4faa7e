//! The limits of what the page loads, and whether it keeps them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::gzip::gzipped;
use crate::offline;
use crate::program::PLAIN;
use crate::step::Error;
use crate::workspace::Workspace;

/// The page's first download must stay small: the limit of its gzipped wasm in kB (1 kB = 1000 bytes). Most of it is Leptos with
/// the page's views, the rest the CPU engine.
const WASM_LIMIT_KB: u32 = 281;

/// The limit of everything, gzipped, that the page loads before its first ranking, in kB. A browser test sees to it that it
/// loads nothing else.
const START_LIMIT_KB: u32 = 1200;

/// The limit of the gzipped wasm of what trains networks, in kB. Most of it is burn, with arithmetic for types that no network uses.
const TRAINER_LIMIT_KB: u32 = 600;

/// The limit of the purchases that it trains on, gzipped, in kB.
const PURCHASES_LIMIT_KB: u32 = 500;

/// What the names of the files begin with of which workers are made.
const WORKERS: [&str; 2] = ["reader", "trainer"];

/// Prints the size of the page's wasm.
///
/// # Errors
/// [`Error::NoWasm`] where there is none.
pub fn print(workspace: &Workspace) -> Result<(), Error> {
    let (bytes, gzipped) = wasm_size(&workspace.dist())?;
    println!("  its wasm: {:.1} kB, {:.1} kB gzipped", bytes as f64 / 1000.0, gzipped as f64 / 1000.0);
    Ok(())
}

/// Fails where the page's wasm, all that its first ranking needs, or what training in it needs is over the limit.
pub fn check(workspace: &Workspace) -> Result<(), Error> {
    let dist = workspace.dist();
    let (_, wasm) = wasm_size(&dist)?;
    let gzipped = |files: Vec<PathBuf>| files.iter().map(|file| Ok(size(file)?.1)).sum::<Result<usize, Error>>();
    let named = |matches: fn(&str) -> bool| {
        let mut files = files::under(&dist)?;
        files.retain(|path| path.file_name().is_some_and(|name| matches(&name.to_string_lossy())));
        gzipped(files)
    };
    for (what, actual, limit_kb) in [
        ("the page's wasm", wasm, WASM_LIMIT_KB),
        ("what the first ranking needs", gzipped(first_ranking(&dist)?)?, START_LIMIT_KB),
        ("the trainer's wasm", named(|name| name == "trainer_bg.wasm")?, TRAINER_LIMIT_KB),
        ("the purchases to train on", named(|name| name.starts_with("purchases-"))?, PURCHASES_LIMIT_KB),
    ] {
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

/// The files that the page loads before its first ranking: those at the top, of the programs all but the workers' and the later
/// parts, what index.html asks for of the assets, but for what it says to others about itself, and nothing of the article. The
/// service worker comes later. Of the program's two wasm files it is the larger one, which has no relaxed
/// SIMD.
fn first_ranking(dist: &Path) -> Result<Vec<PathBuf>, Error> {
    let index_path = dist.join("index.html");
    let index = fs::read_to_string(&index_path).unwrap_or_default();
    let index: String = index.lines().filter(|line| !line.contains("<meta ")).collect();
    let mut files = files::under(dist)?;
    files.retain(|path| {
        let file = path.strip_prefix(dist).unwrap_or(path).to_string_lossy();
        match file.split_once('/') {
            None => file != offline::NAME,
            Some(("assets", _)) => index.contains(&*file),
            Some(("learn", _)) => false,
            Some((_, name)) => {
                name.ends_with(PLAIN) || name.ends_with(".js") && !WORKERS.iter().any(|worker| name.starts_with(worker))
            }
        }
    });
    Ok(files)
}

/// The size of a file in bytes, and gzipped.
fn size(file: &Path) -> Result<(usize, usize), Error> {
    let bytes = fs::read(file).map_err(Error::file(file))?;
    Ok((bytes.len(), gzipped(&bytes).map_err(Error::file(file))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_programs_wasm_for_every_browser() {
        let empty = files::with(&[("page-0/reader_bg.wasm", b"of other files")]);
        assert!(matches!(wasm_size(empty.path()), Err(Error::NoWasm(_))));
        let dist = files::with(&[
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
        let dist = files::with(&[
            ("assets/catalogue.csv", b""),
            ("assets/guide.en.html", b""),
            ("assets/card.jpg", b""),
            ("index.html", b"<meta content=\"assets/card.jpg\" />\n<script>fetch(\"assets/catalogue.csv\")</script>"),
            ("learn/article.js", b""),
            ("page-0/page.js", b""),
            ("page-0/page_bg.wasm", b""),
            ("page-0/page_plain_bg.wasm", b""),
            ("page-0/split_gpu.wasm", b""),
            ("page-0/reader.js", b""),
            ("page-0/reader_bg.wasm", b""),
            ("page-0/trainer.js", b""),
            ("page-0/trainer_worker.js", b""),
            ("sw.js", b""),
        ]);
        let files = first_ranking(dist.path()).unwrap();
        let names: Vec<_> =
            files.iter().map(|path| path.strip_prefix(dist.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["assets/catalogue.csv", "index.html", "page-0/page.js", "page-0/page_plain_bg.wasm"]);
    }
}
