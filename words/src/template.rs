//! Texts with gaps: `{name}` for a value, and `<name>words</name>` for words that the page shows in a way of its own, such as a link.

/// A piece of a text with gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words as they stand.
    Text(&'a str),
    /// The gap for a value of this name.
    Value(&'a str),
    /// What is shown in the way of this name, and the words for that, which may have gaps for values.
    Tag(&'a str, &'a str),
}

/// The pieces of a text, in its order.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, behind) = gap(rest).unwrap_or_else(|| {
            let end = rest.bytes().skip(1).position(|byte| matches!(byte, b'{' | b'<')).map_or(rest.len(), |at| at + 1);
            let (words, behind) = rest.split_at(end);
            (Piece::Text(words), behind)
        });
        rest = behind;
        Some(piece)
    })
}

/// The gap with which a text begins, and what is behind it.
fn gap(text: &str) -> Option<(Piece<'_>, &str)> {
    if let Some(rest) = text.strip_prefix('{') {
        let (name, behind) = rest.split_once('}')?;
        return Some((Piece::Value(name), behind));
    }
    let (name, rest) = text.strip_prefix('<')?.split_once('>')?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let (words, behind) = rest.split_once(["</", name, ">"].concat().as_str())?;
    Some((Piece::Tag(name, words), behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_and_gaps() {
        let found: Vec<_> = pieces("点 {count} 次 <a>看 {name}</a> 1 < 2 <br> {").collect();
        let expected = [
            Piece::Text("点 "),
            Piece::Value("count"),
            Piece::Text(" 次 "),
            Piece::Tag("a", "看 {name}"),
            Piece::Text(" 1 "),
            Piece::Text("< 2 "),
            Piece::Text("<br> "),
            Piece::Text("{"),
        ];
        assert_eq!(found, expected);
        assert_eq!(pieces("").count(), 0);
    }
}
