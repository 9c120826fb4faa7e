//! The whole article: every language's page, and the files beside them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::figure::Figure;
use crate::measured::Measured;
use crate::shop::Shop;
use crate::template::{Piece, pieces};
use crate::value::Values;
use crate::words::Words;
use crate::{equation, figure, first_state, format, markdown, prose, table};

/// The languages, and the file of each; the first is what the folder itself shows.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "index.html"), ("zh-Hans", "zh-Hans.html")];

/// The folder of the article's sources.
pub fn sources() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Writes the article of the repository `root` into `folder`.
///
/// # Errors
/// Where a source is wrong or a file cannot be read or written.
pub fn article(root: &Path, folder: &Path) -> Result<(), Error> {
    let (learn, assets) = (root.join("learn"), root.join("assets"));
    let (shop, measured) = (Shop::open(&assets)?, Measured::open(&assets)?);
    let values = Values { shop: &shop, measured: &measured };
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).map_err(Error::file(&folder.join(name)));
    for (language, file) in LANGUAGES {
        put(file, &page(&learn, language, values)?)?;
    }
    for name in ["article.css", "article.js"] {
        put(name, &read(&learn.join(name))?)?;
    }
    let lesson = markdown::html(&read(&root.join("docs/lesson.md"))?);
    put("lesson.html", &read(&learn.join("lesson.html"))?.replace("{{lesson}}", &lesson))
}

/// The article's page in one language.
///
/// # Errors
/// As [`article`].
pub fn page(learn: &Path, language: &str, values: Values) -> Result<String, Error> {
    let words = Words::read(language, &read(&learn.join(format!("words.{language}.json")))?)?;
    let figures = figure::read(&read(&learn.join("figures.json"))?)?;
    let equations = equation::read(&read(&learn.join("equations.json"))?)?;
    let source = format!("article.{language}.html");
    let text = read(&learn.join(&source))?;
    prose::check(&source, &text)?;
    let page = Page { values, words: &words, figures: &figures, equations: &equations };
    let body = page.html(&pieces(&text)?)?;
    let parts = [("contents", contents(&body)), ("titles", page.titles()?), ("body", body)];
    let shell = read(&learn.join("shell.html"))?;
    page.shell(&pieces(&shell)?, &parts.into_iter().collect())
}

/// What an article's page is made of.
struct Page<'a> {
    values: Values<'a>,
    words: &'a Words,
    figures: &'a [figure::Source],
    equations: &'a [equation::Source],
}

impl Page<'_> {
    /// Pieces of the text as HTML.
    fn html(&self, pieces: &[Piece]) -> Result<String, Error> {
        let of = |piece: &Piece| -> Result<String, Error> {
            match piece {
                Piece::Html(html) => Ok(html.clone()),
                Piece::Placeholder(inside) => match inside.split_once(' ') {
                    Some(("equation", id)) => self.equation(id),
                    Some(("table", name)) => table::html(name, self.values, self.words),
                    Some(("address", id)) => Ok(format::escaped(&self.figure(id)?.address(self.values))),
                    _ => Ok(self.values.of(inside)?.html(inside)),
                },
                Piece::Block { head, parts } => match head.split_once(' ') {
                    Some(("figure", id)) => self.drawn(id, self.html(&parts[0].1)?.trim()),
                    Some((_, asked)) => {
                        let side = ["below", "open", "above"][(self.values.of(asked)?.sign() + 1) as usize];
                        let chosen = parts.iter().find(|(name, _)| name == side);
                        self.html(&chosen.ok_or_else(|| Error::placeholder(head, format!("has no part {side}")))?.1)
                    }
                    None => Err(Error::placeholder(head, "says nothing")),
                },
            }
        };
        pieces.iter().map(of).collect()
    }

    /// What is around the text.
    fn shell(&self, pieces: &[Piece], parts: &BTreeMap<&str, String>) -> Result<String, Error> {
        let of = |piece: &Piece| -> Result<String, Error> {
            match piece {
                Piece::Html(html) => Ok(html.clone()),
                Piece::Placeholder(inside) => match parts.get(&**inside) {
                    Some(part) => Ok(part.clone()),
                    None if inside == "language" => Ok(self.words.language.clone()),
                    None => Ok(self.words.get(inside)?.to_owned()),
                },
                Piece::Block { head, .. } => Err(Error::placeholder(head, "no such thing stands around the text")),
            }
        };
        pieces.iter().map(of).collect()
    }

    fn figure(&self, id: &str) -> Result<Figure<'_>, Error> {
        let source = self.figures.iter().find(|source| source.id == id);
        Figure::of(source.ok_or_else(|| Error::placeholder(id, "figures.json has no such figure"))?, self.values)
    }

    /// A figure with its caption: its first state, and the place of the view itself.
    fn drawn(&self, id: &str, caption: &str) -> Result<String, Error> {
        let figure = self.figure(id)?;
        let (part, address) = (&figure.source.part, format::escaped(&figure.address(self.values)));
        let first = first_state::draw(&figure, self.values, self.words)?;
        let (open, live) = (self.words.get("open")?, self.words.get("live")?);
        Ok(format!(
            "<figure id=\"figure-{id}\" data-testid=\"figure\" data-figure=\"{id}\" data-part-of-page=\"{part}\" data-state=\"{address}\">\
             <div class=\"first-state\" data-testid=\"first-state\">{first}</div>\
             <div class=\"live\" data-testid=\"live\" lang=\"en\" hidden></div>\
             <figcaption>{caption} <a class=\"open\" href=\"../#{address}\">{open}</a> <span class=\"awake\" hidden>{live}</span></figcaption>\
             </figure>"
        ))
    }

    fn equation(&self, id: &str) -> Result<String, Error> {
        let source = self.equations.iter().find(|source| source.id == id);
        let source = source.ok_or_else(|| Error::placeholder(id, "equations.json has no such equation"))?;
        source.html(&self.figure(&source.figure)?, self.values, self.words)
    }

    /// The titles of the products in the figures' histories by their ids, for what is said of letters.
    fn titles(&self) -> Result<String, Error> {
        let mut titles = BTreeMap::new();
        for source in self.figures {
            for item in self.figure(&source.id)?.history {
                let product = self.values.shop.product(item);
                titles.insert(product.id.clone(), product.title.clone());
            }
        }
        let json =
            serde_json::to_string(&titles).map_err(|source| Error::Json { file: "titles".to_owned(), source })?;
        Ok(json.replace('<', "\\u003c"))
    }
}

/// The list of the sections of a text, each a link: the address and the heading of every `<section id="…"><h2>…</h2>`.
fn contents(body: &str) -> String {
    let sections = body.split("<section id=\"").skip(1).filter_map(|section| {
        let (id, rest) = section.split_once('"')?;
        let (_, rest) = rest.split_once("<h2>")?;
        let (heading, _) = rest.split_once("</h2>")?;
        Some(format!("<li><a href=\"#{id}\">{heading}</a></li>"))
    });
    sections.collect()
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::template::placeholders;

    fn texts() -> [(&'static str, String); 2] {
        LANGUAGES.map(|(language, _)| (language, read(&sources().join(format!("article.{language}.html"))).unwrap()))
    }

    #[test]
    fn every_language_is_written_and_says_the_same_numbers() {
        let assets = sources().join("../assets");
        let (shop, measured) = (Shop::open(&assets).unwrap(), Measured::open(&assets).unwrap());
        let values = Values { shop: &shop, measured: &measured };
        let said = |html: &str| -> BTreeSet<String> {
            html.split("data-of=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let [english, chinese] = LANGUAGES.map(|(language, _)| page(&sources(), language, values).unwrap());
        assert!(!english.contains("{{") && !chinese.contains("{{"));
        assert_eq!(said(&english), said(&chinese));
        assert!(said(&english).len() > 30);
    }

    #[test]
    fn languages_have_the_same_sections_figures_and_equations() {
        let parts = |text: &str| {
            let asked = pieces(text).unwrap();
            let heads = placeholders(&asked)
                .into_iter()
                .filter(|one| ["figure ", "equation ", "table ", "choose "].iter().any(|kind| one.starts_with(kind)));
            let sections = text.split("<section id=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
            heads.chain(sections).map(str::to_owned).collect::<Vec<_>>()
        };
        let [(_, english), (_, chinese)] = texts();
        assert_eq!(parts(&english), parts(&chinese));
        assert!(parts(&english).iter().filter(|part| part.starts_with("figure ")).count() >= 12);
    }

    #[test]
    fn languages_have_the_same_words() {
        let of = |language: &str| {
            let words =
                Words::read(language, &read(&sources().join(format!("words.{language}.json"))).unwrap()).unwrap();
            words.keys().map(str::to_owned).collect::<BTreeSet<_>>()
        };
        assert_eq!(of("en"), of("zh-Hans"));
    }

    #[test]
    fn every_figure_and_equation_is_in_the_text() {
        let figures = figure::read(&read(&sources().join("figures.json")).unwrap()).unwrap();
        let equations = equation::read(&read(&sources().join("equations.json")).unwrap()).unwrap();
        for (language, text) in texts() {
            for id in figures.iter().map(|one| format!("{{{{figure {}}}}}", one.id)) {
                assert_eq!(text.matches(&id).count(), 1, "{language}: {id}");
            }
            for id in equations.iter().map(|one| format!("{{{{equation {}}}}}", one.id)) {
                assert_eq!(text.matches(&id).count(), 1, "{language}: {id}");
            }
        }
    }
}
