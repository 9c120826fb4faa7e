//! Texts with names in braces in the place of numbers.

use words::{Piece, pieces};

use crate::ui::format::escaped;

/// What stands where a number is not known yet.
const UNKNOWN: &str = "…";

/// The text as HTML, with what `value` says in the place of each name, in bold.
pub fn html(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    fill(text, &|part| escaped(part), &|name| {
        let value = value(name).unwrap_or_else(|| UNKNOWN.to_owned());
        format!("<b translate=\"no\">{}</b>", escaped(&value))
    })
}

/// The text with what `value` says in the place of each name.
pub fn plain(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    fill(text, &str::to_owned, &|name| value(name).unwrap_or_else(|| UNKNOWN.to_owned()))
}

fn fill(text: &str, words: &dyn Fn(&str) -> String, named: &dyn Fn(&str) -> String) -> String {
    let filled = |piece| match piece {
        Piece::Value(name) => named(name),
        Piece::Text(part) | Piece::Tag(_, part) => words(part),
    };
    pieces(text).map(filled).collect()
}

/// The names in a text, each as often as it stands there.
#[cfg(test)]
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| if let Piece::Value(name) = piece { Some(name) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_they_stand_for() {
        let value = |name: &str| (name == "p").then(|| "8 < 9".to_owned());
        assert_eq!(plain("{p}, a & {q}", &value), "8 < 9, a & …");
        assert_eq!(html("{p}, a & b", &value), "<b translate=\"no\">8 &lt; 9</b>, a &amp; b");
        assert_eq!(plain("none", &value), "none");
        assert_eq!(names("a {b} c {d}").collect::<Vec<_>>(), ["b", "d"]);
    }
}
