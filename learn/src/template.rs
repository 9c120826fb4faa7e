//! The article's text in pieces: what is written as it stands, and placeholders in double braces.

use crate::error::Error;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// HTML as it stands.
    Html(String),
    /// `{{p dien shopper2 22961}}`: something to compute.
    Placeholder(String),
    /// `{{figure id}} caption {{end}}` or `{{choose …}} {{above}} … {{below}} … {{open}} … {{end}}`.
    Block {
        /// What stands in the first braces.
        head: String,
        /// The parts between, each with the name in front of it; the first has none.
        parts: Vec<(String, Vec<Piece>)>,
    },
}

/// What may stand in front of a part of a block.
const PARTS: [&str; 3] = ["above", "below", "open"];

/// The pieces of a text.
///
/// # Errors
/// Where braces or blocks are not closed.
pub fn pieces(text: &str) -> Result<Vec<Piece>, Error> {
    let mut rest = text;
    let (found, end) = until_end(&mut rest)?;
    match end {
        None => Ok(found),
        Some(end) => Err(Error::placeholder(&end, "nothing is open here")),
    }
}

/// Pieces up to a placeholder that ends or divides a block, which is taken too.
fn until_end(rest: &mut &str) -> Result<(Vec<Piece>, Option<String>), Error> {
    let mut found = Vec::new();
    loop {
        let Some((html, after)) = rest.split_once("{{") else {
            found.push(Piece::Html((*rest).to_owned()));
            *rest = "";
            return Ok((found, None));
        };
        let (inside, after) = after
            .split_once("}}")
            .ok_or_else(|| Error::placeholder(&after.chars().take(40).collect::<String>(), "never closed"))?;
        found.push(Piece::Html(html.to_owned()));
        *rest = after;
        let inside = inside.split_whitespace().collect::<Vec<_>>().join(" ");
        if inside == "end" || PARTS.contains(&&*inside) {
            return Ok((found, Some(inside)));
        }
        if !["figure ", "choose "].iter().any(|head| inside.starts_with(head)) {
            found.push(Piece::Placeholder(inside));
            continue;
        }
        let mut parts = Vec::new();
        let mut name = String::new();
        loop {
            let (part, end) = until_end(rest)?;
            parts.push((name, part));
            name = end.ok_or_else(|| Error::placeholder(&inside, "has no {{end}}"))?;
            if name == "end" {
                break;
            }
        }
        found.push(Piece::Block { head: inside, parts });
    }
}

/// Every placeholder and head of a block, in order, those of nested pieces too.
pub fn placeholders(pieces: &[Piece]) -> Vec<&str> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Html(_) => {}
            Piece::Placeholder(inside) => found.push(&**inside),
            Piece::Block { head, parts } => {
                found.push(head);
                found.extend(parts.iter().flat_map(|(_, part)| placeholders(part)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_apart_at_its_braces() {
        let html = |text: &str| Piece::Html(text.to_owned());
        let found = pieces("a {{p din x}} b {{choose claim}}{{above}}c {{p y}}{{open}}d{{end}}e").unwrap();
        let parts = vec![
            (String::new(), vec![html("")]),
            ("above".to_owned(), vec![html("c "), Piece::Placeholder("p y".to_owned()), html("")]),
            ("open".to_owned(), vec![html("d")]),
        ];
        let block = Piece::Block { head: "choose claim".to_owned(), parts };
        assert_eq!(found, [html("a "), Piece::Placeholder("p din x".to_owned()), html(" b "), block, html("e")]);
        assert_eq!(placeholders(&found), ["p din x", "choose claim", "p y"]);
    }

    #[test]
    fn what_is_not_closed_is_named() {
        for (text, problem) in
            [("{{p din", "never closed"), ("{{figure a}} b", "has no {{end}}"), ("a {{end}}", "nothing is open here")]
        {
            let error = pieces(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
