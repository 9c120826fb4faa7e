//! Sentences that were made in English where no language is known, such as errors of the crates that read files: here they are
//! recognised by their words, and what stood in the gaps is taken over.

use words::{Piece, pieces};

/// Puts the most telling sentences first: those with most words of their own.
pub fn sort(sentences: &mut [(&str, &str)]) {
    let words = |template: &str| -> usize {
        let length = |piece| if let Piece::Text(words) = piece { words.len() } else { 0 };
        pieces(template).map(length).sum()
    };
    sentences.sort_by_key(|(english, _)| usize::MAX - words(english));
}

/// An English sentence by these translations, of which the first that fits counts; as it is where none does. What stands in its gaps
/// may be a sentence, too. One that ends does so with `stop`.
pub fn said(sentences: &[(&str, &str)], stop: &str, english: &str) -> String {
    let found = translated(sentences, stop, english).or_else(|| {
        // Part of a sentence, which somebody has made one of.
        let part = english.strip_suffix('.').unwrap_or(english);
        let mut letters = part.chars();
        let small = letters.next().map(|first| [&first.to_ascii_lowercase().to_string(), letters.as_str()].concat());
        let found = translated(sentences, stop, part).or_else(|| translated(sentences, stop, &small?))?;
        Some(if part.len() < english.len() { found + stop } else { found })
    });
    found.unwrap_or_else(|| english.to_owned())
}

fn translated(sentences: &[(&str, &str)], stop: &str, english: &str) -> Option<String> {
    let whole = sentences.iter().find(|(template, _)| *template == english);
    if let Some((_, other)) = whole {
        return Some((*other).to_owned());
    }
    let (found, other) = sentences.iter().find_map(|(template, other)| {
        let template: Vec<_> = pieces(template).collect();
        Some((gaps(&template, english)?, other))
    })?;
    let value = |name| {
        found.iter().find(|(of, _)| *of == name).map_or_else(String::new, |(_, value)| said(sentences, stop, value))
    };
    let piece = |piece| match piece {
        Piece::Value(name) => value(name),
        Piece::Text(words) | Piece::Tag(_, words) => words.to_owned(),
    };
    Some(pieces(other).map(piece).collect())
}

/// What stands in the gaps of a template, by their names, where `text` is of its form.
fn gaps<'a>(template: &[Piece<'a>], text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    match template {
        [] => text.is_empty().then(Vec::new),
        [Piece::Value(name)] => Some(vec![(name, text)]),
        [Piece::Value(name), Piece::Text(words), rest @ ..] => text.match_indices(words).find_map(|(at, _)| {
            let found = gaps(rest, &text[at + words.len()..])?;
            Some([vec![(*name, &text[..at])], found].concat())
        }),
        [Piece::Text(words), rest @ ..] => gaps(rest, text.strip_prefix(words)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_recognised_by_its_words() {
        let mut sentences = [
            ("{0}: {1}", "{0}：{1}"),
            ("{file}: row {row} has {0} columns", "{file}：第 {row} 行有 {0} 列"),
            ("it is empty", "是空的"),
            ("the connection failed", "连接失败"),
        ];
        sort(&mut sentences);
        let said = |english| said(&sentences, "。", english);
        assert_eq!(said("a.csv: row 3 has 2 columns"), "a.csv：第 3 行有 2 列");
        // Nothing tells the colon of a name from that of a sentence.
        assert_eq!(said("a: row.csv: row 3 has 2 columns"), "a：row.csv：第 3 行有 2 列");
        // What is in a gap may be a sentence.
        assert_eq!(said("a.csv: it is empty"), "a.csv：是空的");
        assert_eq!(said("a: b: it is empty"), "a：b：是空的");
        // Somebody made a sentence of it.
        assert_eq!(said("It is empty."), "是空的。");
        assert_eq!(said("a.csv: It is empty."), "a.csv：是空的。");
        assert_eq!(said("something else"), "something else");
        assert_eq!(said(""), "");
    }
}
