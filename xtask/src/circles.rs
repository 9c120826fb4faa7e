//! Files that import each other in a circle. Within a crate the compiler allows them; here there are none, so that each file can
//! be read after those that it imports.
//!
//! A file imports what its `use` lines and its other paths from `crate`, `super` and `self` name, comments and tests aside.
//! Whoever names a folder's module rather than a file in it imports the folder's `mod.rs`. The crate's root only hands names on:
//! what is imported from there counts as no import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// The crates without circles.
const CRATES: [&str; 14] = [
    "app",
    "import",
    "kernels",
    "learn",
    "model",
    "reader",
    "shaders",
    "testing",
    "trainer",
    "training",
    "verify",
    "words",
    "words/macros",
    "xtask",
];

/// A module of a crate, by the names that lead to it; the crate's root has none.
type Module = Vec<String>;

/// The circles of all crates that should have none, each with the name of its crate.
///
/// # Errors
/// What reading their files says.
pub fn all(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for name in CRATES {
        found.extend(circles(&root.join(name))?.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    Ok(found)
}

/// The files of the crate in `folder` that import each other, a line for each circle: none is as it should be.
///
/// # Errors
/// What reading its files says.
fn circles(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = BTreeMap::new();
    read(&folder.join("src"), &mut Vec::new(), &mut files)?;
    let imports: BTreeMap<&Module, BTreeSet<&Module>> =
        files.iter().map(|(module, text)| (module, imports(module, text, &files))).collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (*module, reached_from(module, &imports))).collect();
    let mut circles = BTreeSet::new();
    for (module, reached_by_it) in &reached {
        if reached_by_it.contains(module) {
            let members = reached_by_it.iter().filter(|other| reached[*other].contains(module));
            circles.insert(members.map(|member| member.join("::")).collect::<Vec<_>>().join(", "));
        }
    }
    Ok(circles.into_iter().collect())
}

/// Reads the files of a folder and of those in it, without comments and tests.
fn read(folder: &Path, above: &mut Module, files: &mut BTreeMap<Module, String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            above.push(stem);
            read(&path, above, files)?;
            above.pop();
        } else if path.extension().is_some_and(|ending| ending == "rs") && stem != "main" && stem != "tests" {
            let mut module = above.clone();
            if !matches!(stem.as_str(), "lib" | "mod") {
                module.push(stem);
            }
            files.insert(module, code(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// A file's text without comments, and up to its tests.
fn code(text: &str) -> String {
    let text = text.split("\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The modules that a file's paths name, but for itself.
fn imports<'a>(module: &Module, text: &str, files: &'a BTreeMap<Module, String>) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    for path in paths(text) {
        let mut names: Vec<&str> = path.split("::").collect();
        let mut target = match names[0] {
            "crate" => Vec::new(),
            "super" => module[..module.len().saturating_sub(1)].to_vec(),
            _ => module.clone(),
        };
        if matches!(names[0], "crate" | "super" | "self") {
            names.remove(0);
        } else if !files.contains_key(&[module.as_slice(), &[names[0].to_owned()]].concat()) {
            // A path that begins with neither is another crate's, unless it begins with a module below.
            continue;
        }
        for name in names {
            if name == "super" {
                target.pop();
                continue;
            }
            target.push(name.to_owned());
            if !files.contains_key(&target) {
                target.pop();
                break;
            }
        }
        if let Some((target, _)) =
            files.get_key_value(&target).filter(|(target, _)| *target != module && !target.is_empty())
        {
            found.insert(target);
        }
    }
    found
}

/// The paths in a text: those of its `use` lines, one for each name, and those from `crate`, `super` and `self` elsewhere.
fn paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = String::new();
    for statement in text.split_inclusive(';') {
        let begins = statement.lines().position(|line| {
            let line = line.trim_start();
            line.starts_with("use ") || line.starts_with("pub") && line.contains(" use ")
        });
        let Some(line) = begins else {
            rest.push_str(statement);
            continue;
        };
        let lines: Vec<&str> = statement.lines().collect();
        rest.extend(lines[..line].iter().flat_map(|line| [*line, "\n"]));
        let tree: String =
            lines[line..].concat().trim_end_matches(';').split(" use ").last().unwrap_or_default().into();
        expand("", tree.trim_start().trim_start_matches("use "), &mut paths);
    }
    let words = rest.split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | ':')));
    paths.extend(
        words
            .filter(|word| ["crate::", "super::", "self::"].iter().any(|from| word.starts_with(from)))
            .map(str::to_owned),
    );
    paths
}

/// Each path of a tree such as `a::{b, c::{d, e}}`.
fn expand(above: &str, tree: &str, paths: &mut Vec<String>) {
    let (mut depth, mut start) = (0, 0);
    let tree = tree.trim();
    if let Some((head, inner)) = tree.split_once('{').filter(|_| tree.ends_with('}')) {
        let inner = &inner[..inner.len() - 1];
        for (place, letter) in inner.char_indices().chain([(inner.len(), ',')]) {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(&format!("{above}{head}"), &inner[start..place], paths);
                    start = place + 1;
                }
                _ => {}
            }
        }
    } else if !tree.is_empty() {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{above}{path}").trim_end_matches("::self").to_owned());
    }
}

/// Every module that can be reached by imports, by one at least.
fn reached_from<'a>(start: &Module, imports: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&'a Module> = imports[start].iter().copied().collect();
    while let Some(module) = waiting.pop() {
        if reached.insert(module) {
            waiting.extend(&imports[module]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_imports_itself_by_way_of_others() {
        let found = all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        assert_eq!(found, [] as [String; 0]);
    }

    #[test]
    fn a_circle_is_found_by_way_of_a_third_file_and_of_a_path_in_the_code() {
        let folder = std::env::temp_dir().join(format!("circles-{}", std::process::id()));
        let write = |file: &str, text: &str| {
            let path = folder.join("src").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("lib.rs", "mod a;\nmod b;\nuse a::A;\n");
        write("a/mod.rs", "pub mod c;\nuse crate::b::{self, B};\npub struct A;\n");
        write("a/c.rs", "/// As [`A`](super::A).\npub fn c() {}\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n");
        write("b.rs", "pub struct B;\n");
        assert_eq!(circles(&folder).unwrap(), [] as [String; 0]);
        write("a/c.rs", "pub fn c() {\n    let _ = super::A;\n}\n");
        assert_eq!(circles(&folder).unwrap(), [] as [String; 0]);
        write("b.rs", "use crate::{\n    a::c::c,\n};\npub struct B;\n");
        assert_eq!(circles(&folder).unwrap(), ["a, a::c, b"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
