//! Whether somebody has typed a number in the text.
//!
//! Numbers of the data and of the networks are placeholders. Digits are allowed in tags, in equations (`math`, `code`, `sub`), in
//! years of four digits, and among the references, whose numbers are names of papers.

use crate::error::Error;

/// The elements whose digits are no figures.
const APART: [&str; 4] = ["math", "code", "sub", "cite"];

/// Fails where digits are typed in a source of the article.
///
/// # Errors
/// [`Error::Typed`] with the lines.
pub fn check(file: &str, text: &str) -> Result<(), Error> {
    let lines = typed(text);
    if lines.is_empty() { Ok(()) } else { Err(Error::Typed { file: file.to_owned(), lines }) }
}

/// The lines of `text` that have digits in prose.
fn typed(text: &str) -> Vec<String> {
    let prose = without_placeholders(text);
    let text = without_tags(&prose);
    let has_number = |line: &&str| {
        let runs = line.split(|letter: char| !letter.is_numeric());
        runs.filter(|run| !run.is_empty()).any(|run| !is_year(run))
    };
    text.lines().filter(has_number).map(|line| line.trim().to_owned()).collect()
}

fn is_year(run: &str) -> bool {
    run.len() == 4 && (run.starts_with("19") || run.starts_with("20"))
}

fn without_placeholders(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        found += before;
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    found + rest
}

/// The text between tags, without that of the elements set apart.
fn without_tags(html: &str) -> String {
    let mut found = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        found += before;
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let name = tag.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        let end = format!("</{name}>");
        rest = match APART.contains(&name) {
            true => after.split_once(&*end).map_or("", |(_, after)| after),
            false => after,
        };
    }
    found + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_numbers_are_found_and_computed_ones_are_not() {
        assert_eq!(typed("<p>GAUC is 0.87 here</p>\n<p>and fine</p>"), ["GAUC is 0.87 here"]);
        assert_eq!(typed("<p>GAUC is ８ here</p>"), ["GAUC is ８ here"]);
        for fine in [
            "<p>{{gauc din next_item uniform}} in 2018</p>",
            "<h2 id=\"a1\">DIN</h2>",
            "h<sub>1</sub> and <math><mn>1</mn></math>",
            "<cite>arXiv 1706.06978</cite>",
        ] {
            assert!(typed(fine).is_empty(), "{fine}");
        }
    }

    #[test]
    fn the_line_is_named() {
        let error = check("article.en.html", "<p>\ntwelve\n12 customers</p>").unwrap_err().to_string();
        assert!(
            error.contains("article.en.html") && error.contains("12 customers") && !error.contains("twelve"),
            "{error}"
        );
    }
}
