//! All languages, whose dictionaries must have the same texts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::dictionary::{Dictionary, Problem};
use crate::error::WordsError;
use crate::template::{Piece, pieces};

/// The dictionaries of all languages but English.
#[derive(Debug)]
pub struct Dictionaries {
    /// By the language's name in addresses, which is that of its folder.
    pub by_language: BTreeMap<String, Dictionary>,
    /// What is wrong with their texts.
    pub problems: Vec<Problem>,
}

impl Dictionaries {
    /// Reads the folder that has one for each language.
    ///
    /// # Errors
    /// Where a file cannot be read or is not of its format, or there is no language.
    pub fn read(folder: &Path) -> Result<Self, WordsError> {
        let mut problems = Vec::new();
        let mut by_language = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(WordsError::file(folder))? {
            let path = entry.map_err(WordsError::file(folder))?.path();
            if path.is_dir() {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                by_language.insert(name, Dictionary::read(&path, &mut problems)?);
            }
        }
        let found = Self { by_language, problems };
        let first = found.first().ok_or_else(|| WordsError::Empty(folder.to_path_buf()))?.clone();
        let other = found.by_language.iter().filter(|(_, dictionary)| !dictionary.has_same_texts(&first));
        let unequal: Vec<Problem> = other
            .map(|(name, _)| Problem {
                place: name.clone(),
                what: "it has other texts than the first language".to_owned(),
            })
            .collect();
        Ok(Self { problems: [found.problems, unequal].concat(), ..found })
    }

    /// The first language's dictionary: all have the same texts.
    pub fn first(&self) -> Option<&Dictionary> {
        self.by_language.values().next()
    }

    /// What the page loads for the pseudo-language whose words are longer, with the same texts as the others.
    pub fn long_file(&self) -> String {
        let Some(first) = self.first() else { return String::new() };
        let mut long = first.clone();
        // Whole paragraphs wrap anyway.
        for (english, text) in long.texts.iter_mut().filter(|(english, _)| !english.ends_with(".html")) {
            text.translations =
                [Some(english), text.plural.as_ref()].into_iter().flatten().map(|form| lengthened(form)).collect();
        }
        for (english, translation) in &mut long.sentences {
            *translation = lengthened(english);
        }
        long.to_file()
    }
}

impl Dictionary {
    fn has_same_texts(&self, other: &Self) -> bool {
        let keys = |dictionary: &Self| {
            dictionary.texts.iter().map(|(english, text)| (english.clone(), text.plural.clone())).collect::<Vec<_>>()
        };
        keys(self) == keys(other) && self.sentences.keys().eq(other.sentences.keys())
    }
}

/// A text in which every word is three fifths longer, and gaps are as they were.
pub fn lengthened(text: &str) -> String {
    let long = |piece: Piece<'_>| match piece {
        Piece::Text(words) => words.split_inclusive(' ').map(longer).collect(),
        Piece::Value(name) => format!("{{{name}}}"),
        Piece::Tag(name, words) => format!("<{name}>{}</{name}>", lengthened(words)),
    };
    pieces(text).map(long).collect()
}

/// A word with its own first letters once more before what follows the letters.
fn longer(word: &str) -> String {
    let letters = word.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let count = letters.chars().count();
    let more: String = letters.chars().filter(|letter| letter.is_alphabetic()).take((count * 3).div_ceil(5)).collect();
    [letters, &more, &word[letters.len()..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_three_fifths_longer_and_gaps_stay() {
        assert_eq!(
            lengthened("Undo {count} clicks, <a>look</a>"),
            "UndoUnd {count} clicksclic, <a>looklook</a>".replace("looklook", "lookloo")
        );
        assert_eq!(lengthened("…"), "…");
    }

    #[test]
    fn languages_must_have_the_same_texts() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(Dictionaries::read(root.path()), Err(WordsError::Empty(_))));
        for (language, text) in [("de", "msgid \"a\"\nmsgstr \"A\"\n"), ("zh", "msgid \"b\"\nmsgstr \"乙\"\n")] {
            let folder = root.path().join(language);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("page.po"), text).unwrap();
        }
        let problems = Dictionaries::read(root.path()).unwrap().problems;
        assert_eq!(
            problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["zh: it has other texts than the first language"]
        );
    }
}
