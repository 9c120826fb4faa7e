//! index.html's links for Trunk, which are written out here too, so that the page is built with Trunk and without; and the style
//! sheets of what is opened later.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::step::Error;

/// What index.html asks for, in a line `<link data-trunk … />`.
#[derive(Debug, PartialEq, Eq)]
enum Link {
    /// A style sheet that becomes part of the page.
    Style(PathBuf),
    /// A folder that is served beside the page.
    Folder(PathBuf),
    /// A program that Trunk must leave alone.
    Skipped,
}

/// Writes the page's index.html into `dist`, and beside it the folders for which the one in `root` asks.
///
/// # Errors
/// [`Error::Link`] where it asks for something else, [`Error::File`] where a file is not there.
pub fn write(root: &Path, dist: &Path) -> Result<(), Error> {
    let source = root.join("index.html");
    let html = fs::read_to_string(&source).map_err(Error::file(&source))?;
    let mut page = String::with_capacity(html.len());
    for line in html.lines() {
        match link(line)? {
            // Of what every visit loads, comments and indentation would be 2 kB.
            None if line.trim_start().starts_with("//") => {}
            None => page.extend([line.trim(), "\n"]),
            Some(Link::Style(sheet)) => page.extend(["<style>\n", &compact(&root.join(sheet))?, "</style>\n"]),
            Some(Link::Folder(folder)) => {
                let to = dist.join(folder.file_name().unwrap_or(folder.as_os_str()));
                let folder = root.join(folder);
                for file in files::under(&folder)? {
                    files::copy(&file, &to.join(file.strip_prefix(&folder).unwrap_or(&file)))?;
                }
            }
            Some(Link::Skipped) => {}
        }
    }
    let index = dist.join("index.html");
    fs::write(&index, page).map_err(Error::file(&index))
}

/// The style sheet of what is opened later, which names others and is nothing else.
const LATER: &str = "app/src/later.css";

/// The style sheets of what is opened later, in their order.
fn later(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let path = root.join(LATER);
    let names = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let sheet =
        |line: &str| line.strip_prefix("@import \"")?.strip_suffix("\";").map(|sheet| path.with_file_name(sheet));
    Ok(names.lines().filter_map(sheet).collect())
}

/// The text of the style sheets of what is opened later.
///
/// # Errors
/// [`Error::File`] where one is not there.
pub fn later_styles(root: &Path) -> Result<String, Error> {
    later(root)?.iter().map(|sheet| compact(sheet)).collect()
}

/// The style sheets of the page, made to hold within elements of a class alone: for a page of its own in which views of this one
/// stand. What they set at the root, variables and animations, they set there, too.
///
/// # Errors
/// As [`write()`].
pub fn styles_within(root: &Path, selector: &str) -> Result<String, Error> {
    let source = root.join("index.html");
    let html = fs::read_to_string(&source).map_err(Error::file(&source))?;
    let mut sheets = Vec::new();
    for line in html.lines() {
        if let Some(Link::Style(sheet)) = link(line)? {
            sheets.push(root.join(sheet));
        }
    }
    sheets.extend(later(root)?);
    let (mut outside, mut within) = (String::new(), String::new());
    for sheet in sheets {
        for rule in rules(&compact(&sheet)?) {
            let is_outside =
                [":root {", ":root[", "@keyframes"].iter().any(|start| rule.trim_start().starts_with(start));
            if is_outside { &mut outside } else { &mut within }.push_str(rule);
        }
    }
    Ok(format!("{outside}\n{selector} {{\n{within}}}\n"))
}

/// The rules of a style sheet, each with what is in its braces.
fn rules(css: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0usize, 0, Vec::new());
    for (at, letter) in css.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(&css[start..=at]);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    found
}

/// The text of a style sheet without comments and indentation: in all, 2 kB less of what every visit loads. No string in it may
/// look like a comment.
fn compact(sheet: &Path) -> Result<String, Error> {
    let css = fs::read_to_string(sheet).map_err(Error::file(sheet))?;
    let (mut code, mut rest) = (String::new(), &*css);
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    Ok(code.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect())
}

/// What a line of index.html asks for.
fn link(line: &str) -> Result<Option<Link>, Error> {
    let Some(attributes) = line.trim().strip_prefix("<link data-trunk ") else { return Ok(None) };
    let value = |name: &str| attributes.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next());
    let path = value("href").map(PathBuf::from);
    match (value("rel"), value("type"), path) {
        (Some("inline"), Some("css"), Some(path)) => Ok(Some(Link::Style(path))),
        (Some("copy-dir"), None, Some(path)) => Ok(Some(Link::Folder(path))),
        (Some("rust"), None, Some(_)) if attributes.contains("data-trunk-skip") => Ok(Some(Link::Skipped)),
        _ => Err(Error::Link(line.trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn styles_become_part_of_the_page_and_folders_lie_beside_it() {
        let root = tempfile::tempdir().unwrap();
        let write_file = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write_file(
            "index.html",
            "<p>before</p>\n  // Why\n  <p>amid</p>\n<link data-trunk rel=\"rust\" href=\"app/Cargo.toml\" data-trunk-skip />\n  \
             <link data-trunk rel=\"inline\" type=\"css\" href=\"app/a.css\" />\n\
             <link data-trunk rel=\"copy-dir\" href=\"assets\" />\n<p>after</p>\n",
        );
        write_file("app/a.css", "/* Why\n   red */\n\np {\n  color: red; /* why */\n}\n");
        write_file("assets/deep/b.json", "{}");
        let dist = tempfile::tempdir().unwrap();
        write(root.path(), dist.path()).unwrap();
        let read = |name: &str| fs::read_to_string(dist.path().join(name)).unwrap();
        assert_eq!(
            read("index.html"),
            "<p>before</p>\n<p>amid</p>\n<style>\np {\ncolor: red;\n}\n</style>\n<p>after</p>\n"
        );
        assert_eq!(read("assets/deep/b.json"), "{}");
    }

    #[test]
    fn style_sheets_hold_within_a_class_and_their_variables_everywhere() {
        let root = files::with(&[
            ("index.html", b"<link data-trunk rel=\"inline\" type=\"css\" href=\"a.css\" />\n"),
            ("app/src/later.css", b"/* Why */\n@import \"later/b.css\";\n"),
            ("app/src/later/b.css", b"b { color: blue; }\n"),
            ("a.css", b":root {\n--ink: black;\n}\np { color: red; }\n@media print {\np { color: black; }\n}\n@keyframes k { to { top: 0; } }\n"),
        ]);
        let css = styles_within(root.path(), ".live").unwrap();
        let (outside, within) = css.split_once(".live {").unwrap();
        assert!(outside.contains("--ink") && outside.contains("@keyframes k { to { top: 0; } }"), "{css}");
        assert!(
            within.contains("p { color: red; }") && within.contains("@media print {\np { color: black; }\n}"),
            "{css}"
        );
        assert!(!within.contains("--ink") && within.contains("b { color: blue; }"));
        assert_eq!(later_styles(root.path()).unwrap(), "b { color: blue; }\n");
    }

    #[test]
    fn a_link_that_only_trunk_knows_is_refused() {
        for line in [
            r#"<link data-trunk rel="scss" href="app/a.scss" />"#,
            r#"<link data-trunk rel="rust" href="app/Cargo.toml" />"#,
            r#"<link data-trunk rel="inline" href="app/a.js" />"#,
        ] {
            assert!(link(line).unwrap_err().to_string().contains(line), "{line}");
        }
        assert_eq!(link(r#"<link rel="icon" href="assets/icon.svg" />"#).unwrap(), None);
    }

    #[test]
    fn every_style_sheet_of_the_page_is_in_one_of_the_two() {
        let root = Workspace::new(false).root;
        let now = include_str!("../../index.html").lines().filter_map(|line| match link(line).unwrap() {
            Some(Link::Style(sheet)) => Some(root.join(sheet)),
            _ => None,
        });
        let mut named: Vec<_> = now.chain(later(&root).unwrap()).collect();
        named.push(root.join(LATER));
        let mut all = files::under(&root.join("app/src")).unwrap();
        all.retain(|file| file.extension().is_some_and(|kind| kind == "css"));
        named.sort();
        all.sort();
        assert_eq!(named, all);
    }

    #[test]
    fn the_pages_index_has_no_link_that_only_trunk_knows() {
        let html = include_str!("../../index.html");
        let asked = html.lines().filter_map(|line| link(line).unwrap()).count();
        // A link of more than one line would be lost.
        assert_eq!(asked, html.matches("data-trunk ").count());
    }
}
