//! What the page needs without a network: its service worker, with the list of the page's files, which is written when all of
//! them are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::files;
use crate::step::Error;

/// The service worker without its list.
const WORKER: &str = include_str!("offline.js");
/// Its name beside index.html.
pub const NAME: &str = "sw.js";
/// The ends of the names of files that lie beside the page for people and for whoever tests it, and that no visitor's page asks for.
const NOT_ASKED_FOR: [&str; 4] = [".md", "screenshot.png", "search.json", "x-long.txt"];
/// The ends of the names of files that only those ask for who train a network: they are kept for these, and not for everybody.
const ASKED_FOR_LATER: [&str; 5] =
    ["purchases-training.bin", "purchases-validation.bin", "trainer.js", "trainer_bg.wasm", "trainer_worker.js"];

/// Writes the service worker of the page in `dist`.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn write(dist: &Path) -> Result<(), Error> {
    let (mut list, mut later) = (String::new(), BTreeMap::new());
    for file in files::under(dist)? {
        let path = file.strip_prefix(dist).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        if path != NAME && !NOT_ASKED_FOR.iter().any(|end| path.ends_with(end)) {
            let hash = sha256(&fs::read(&file).map_err(Error::file(&file))?);
            if ASKED_FOR_LATER.iter().any(|end| path.ends_with(end)) {
                later.insert(path, hash);
            } else {
                list += &format!("  {}: \"{hash}\",\n", serde_json::Value::from(path));
            }
        }
    }
    let lists = format!("const FILES = {{\n{list}}};\nconst LATER = {};\n", serde_json::json!(later));
    let version = &sha256([WORKER, &lists].concat().as_bytes())[..16];
    let worker = format!("{WORKER}\nconst VERSION = \"{version}\";\n{lists}");
    let path = dist.join(NAME);
    fs::write(&path, worker).map_err(Error::file(&path))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_lists_what_the_page_asks_for_and_each_change_is_a_version() {
        let dist = files::with(&[
            ("index.html", b"page"),
            ("assets/a.json", b"{}"),
            ("assets/a.md", b"for people"),
            ("page-1/x-long.txt", b"for tests"),
            ("page-1/trainer.js", b"{}"),
        ]);
        let written = || {
            write(dist.path()).unwrap();
            let worker = fs::read_to_string(dist.path().join(NAME)).unwrap();
            let (_, list) = worker.split_once("\nconst VERSION = \"").unwrap();
            let (version, list) = list.split_once("\";\nconst FILES = ").unwrap();
            (version.to_owned(), list.to_owned())
        };
        let (version, list) = written();
        // SHA-256 of `{}` and of `page`.
        let [json, page] = ["44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", &sha256(b"page")];
        let at_once = format!("{{\n  \"assets/a.json\": \"{json}\",\n  \"index.html\": \"{page}\",\n}};\n");
        assert_eq!(list, format!("{at_once}const LATER = {{\"page-1/trainer.js\":\"{json}\"}};\n"));
        assert_eq!(written().0, version);
        fs::write(dist.path().join("assets/a.json"), "[]").unwrap();
        assert_ne!(written().0, version);
    }
}
