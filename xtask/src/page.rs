//! The release page: its programs, its index.html and its assets, in `dist/`.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::process::Command;

use crate::files;
use crate::index;
use crate::languages;
use crate::offline;
use crate::program::{self, PAGE, Program, READER, TRAINER};
use crate::site;
use crate::size;
use crate::step::{self, Error, step};
use crate::toolbox::Toolbox;
use crate::workspace::Workspace;

/// What stands in index.html, and in the pages of the article, for the folder of the page's programs.
const PLACEHOLDER: &str = "PROGRAM/";

/// The folder of the texts in other languages, which the program finds by their numbers: it and they are made of the same files.
const LANGUAGES: &str = "languages";

/// The folder of the style sheet of what is opened later, and its name.
const STYLES: [&str; 2] = ["styles", "later.css"];

/// What runs a program in a worker, each in the program's folder of the workspace.
const WORKERS: [(Program, &str); 2] = [(READER, "reader_worker.js"), (TRAINER, "trainer_worker.js")];

/// Prepares what is missing and builds the page.
///
/// # Errors
/// Where a step fails.
pub fn build(workspace: &Workspace) -> Result<Toolbox, Error> {
    let toolbox = Toolbox::prepare(workspace)?;
    build_with(workspace, &toolbox, &[], learn)?;
    Ok(toolbox)
}

/// The program that writes the article, compiled with nothing else.
///
/// # Errors
/// None: cargo compiles it when it is run.
pub fn learn(workspace: &Workspace) -> Result<Command, Error> {
    Ok(workspace.cargo(&["run", "--quiet", "--package", "learn", "--"]))
}

/// Builds the page, and compiles other programs along with its own. The article is written by what `learn` gives.
///
/// # Errors
/// Where a step fails.
pub fn build_with(
    workspace: &Workspace,
    toolbox: &Toolbox,
    others: &[Program],
    learn: fn(&Workspace) -> Result<Command, Error>,
) -> Result<(), Error> {
    programs(workspace, toolbox, others)?;
    step("Put the page together in dist/", || {
        let dist = workspace.dist();
        files::empty(&dist)?;
        index::write(&workspace.root, &dist)?;
        add_article(workspace, learn(workspace)?, &dist)?;
        add_programs(&workspace.target, &dist)?;
        offline::write(&dist)?;
        size::print(workspace)
    })
}

/// Writes the article and, for its figures, the style sheets of the page's views.
fn add_article(workspace: &Workspace, mut learn: Command, page: &Path) -> Result<(), Error> {
    step::run(learn.arg(&workspace.root).arg(page))?;
    let styles = page.join("learn/views.css");
    fs::write(&styles, index::styles_within(&workspace.root, ".live")?).map_err(Error::file(&styles))
}

/// Builds the page's programs and adds them to the page that Trunk is putting together.
///
/// # Errors
/// Where a step fails, or it is not Trunk that runs this.
pub fn add_to_trunks(workspace: &Workspace) -> Result<(), Error> {
    let staging = env::var_os("TRUNK_STAGING_DIR").ok_or(Error::NotTrunk)?;
    programs(workspace, &Toolbox::prepare(workspace)?, &[])?;
    let page = Path::new(&staging);
    add_article(workspace, learn(workspace)?, page)?;
    add_programs(&workspace.target, page)?;
    offline::write(page)
}

/// Builds the page's programs, each in a folder of its name under target/.
fn programs(workspace: &Workspace, toolbox: &Toolbox, others: &[Program]) -> Result<(), Error> {
    step("Compile for the browser", || {
        program::compile(workspace, toolbox, &[&[PAGE, READER], others, &[TRAINER]].concat())
    })?;
    step("Make the page's programs small", || {
        let [page, reader, trainer] = [PAGE, READER, TRAINER].map(|program| workspace.target.join(program.name));
        program::finish(workspace, toolbox, &[(PAGE, &page), (READER, &reader), (TRAINER, &trainer)])?;
        languages::write(&workspace.root, &workspace.target.join(LANGUAGES))?;
        let [folder, sheet] = STYLES;
        let styles = workspace.target.join(folder);
        files::empty(&styles)?;
        let sheet = styles.join(sheet);
        fs::write(&sheet, index::later_styles(&workspace.root)?).map_err(Error::file(&sheet))?;
        WORKERS.iter().try_for_each(|(program, worker)| {
            files::copy(
                &workspace.root.join(program.package).join(worker),
                &workspace.target.join(program.name).join(worker),
            )
        })
    })
}

/// Puts the page's programs, its own, what reads other people's files and what trains, into a folder that is named by their content, so that
/// no browser takes some of its files from an older visit, or from the server after a newer version; and that name into
/// index.html and the pages of the article, with the address at which the page will be.
fn add_programs(target: &Path, page: &Path) -> Result<(), Error> {
    let folders = [PAGE.name, READER.name, TRAINER.name, LANGUAGES, STYLES[0]];
    let programs =
        folders.iter().map(|folder| files::under(&target.join(folder))).collect::<Result<Vec<_>, _>>()?.concat();
    let mut hasher = DefaultHasher::new();
    for file in &programs {
        fs::read(file).map_err(Error::file(file))?.hash(&mut hasher);
    }
    let name = format!("page-{:016x}/", hasher.finish());
    for file in &programs {
        files::copy(file, &page.join(&name).join(file.file_name().unwrap_or_default()))?;
    }
    let pages = files::under(page)?.into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "html"));
    for file in pages {
        let html = fs::read_to_string(&file).map_err(Error::file(&file))?;
        if html.contains(PLACEHOLDER) {
            let html = html.replace(PLACEHOLDER, &name).replace(site::PLACEHOLDER, &site::address());
            fs::write(&file, html).map_err(Error::file(&file))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_folder_is_named_by_its_content_and_index_html_knows_it() {
        let target = files::with(&[
            ("page/page.js", b"js"),
            ("page/page_bg.wasm", b"wasm"),
            ("reader/reader.js", b"reader's"),
            ("trainer/trainer.js", b"trainer's"),
            ("languages/zh.txt", b"texts"),
            ("styles/later.css", b"styles"),
        ]);
        let change = |file: &str| {
            fs::write(target.path().join(file), file).unwrap();
            let page = files::with(&[
                ("index.html", include_bytes!("../../index.html")),
                ("learn/index.html", include_bytes!("../../learn/shell.html")),
            ]);
            add_programs(target.path(), page.path()).unwrap();
            let html = fs::read_to_string(page.path().join("index.html")).unwrap();
            let (_, rest) = html.split_once("await import(\"./").unwrap();
            let name = rest.split_once('/').unwrap().0.to_owned();
            assert!(!html.contains(PLACEHOLDER) && !html.contains(site::PLACEHOLDER), "{html}");
            let article = fs::read_to_string(page.path().join("learn/index.html")).unwrap();
            assert!(article.contains(&format!("data-program=\"{name}/\"")), "{article}");
            for file in ["page.js", "page_bg.wasm", "reader.js", "zh.txt", "later.css"] {
                assert!(page.path().join(&name).join(file).exists(), "{name}");
            }
            // By this the page tells that the server has a newer version.
            let hash = name.strip_prefix("page-").unwrap();
            assert!(
                html.contains("/page-[0-9a-f]{16}\\//")
                    && hash.len() == 16
                    && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
            );
            name
        };
        let names = ["page/page_bg.wasm", "reader/reader.js", "page/page.js", "languages/zh.txt", "styles/later.css"]
            .map(change);
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
