//! One language's texts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::WordsError;
use crate::po;
use crate::template::{Piece, pieces};

/// The files of translations of a language.
const PAGE: &str = "page.po";
const SENTENCES: &str = "sentences.po";

/// A language's texts, by the English ones. An HTML file's text goes by the name of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// The texts of the page's own.
    pub texts: BTreeMap<String, Text>,
    /// Sentences that reach the page as they were made.
    pub sentences: BTreeMap<String, String>,
    /// The files of which this was made.
    pub files: Vec<PathBuf>,
}

/// A text of the page's own in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The English text for several things, where it counts something.
    pub plural: Option<String>,
    /// The translation or, where it counts something, one for each plural form of the language.
    pub translations: Vec<String>,
}

/// Something wrong with a translation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Problem {
    /// The file, with the line in it.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl Dictionary {
    /// Reads a language's folder, and notes what is wrong with its texts.
    ///
    /// # Errors
    /// Where a file cannot be read, or is not of the format.
    pub fn read(folder: &Path, problems: &mut Vec<Problem>) -> Result<Self, WordsError> {
        let mut found = Self::default();
        let mut names: Vec<PathBuf> = fs::read_dir(folder)
            .and_then(|files| files.map(|file| Ok(file?.path())).collect())
            .map_err(WordsError::file(folder))?;
        names.sort();
        for path in names {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(WordsError::file(&path))?;
            if name.ends_with(".html") {
                found.texts.insert(name, Text { plural: None, translations: vec![text] });
            } else if [PAGE, SENTENCES].contains(&name.as_str()) {
                let entries = po::read(&text).map_err(|source| WordsError::Po { file: path.clone(), source })?;
                for entry in entries {
                    let place = format!("{}:{}", path.display(), entry.line);
                    problems.extend(wrong(&entry).map(|what| Problem { place: place.clone(), what }));
                    let po::Entry { english, plural, translations, .. } = entry;
                    let is_new = if name == PAGE {
                        found.texts.insert(english, Text { plural, translations }).is_none()
                    } else {
                        found.sentences.insert(english, translations.concat()).is_none()
                    };
                    if !is_new {
                        problems.push(Problem { place, what: "this text is there twice".to_owned() });
                    }
                }
            } else {
                continue;
            }
            found.files.push(path);
        }
        Ok(found)
    }

    /// The number of a text among all of the page's own, by which the page finds it.
    pub fn number(&self, english: &str) -> Option<usize> {
        self.texts.keys().position(|key| key == english)
    }

    /// What the page loads: a line for each text of its own, in the order of [`Dictionary::number`], with tabs between plural forms;
    /// an empty line; and a line for each sentence, English before the translation, with a tab between them.
    pub fn to_file(&self) -> String {
        // In HTML the end of a line is a space.
        let line = |text: &Text| text.translations.join("\t").replace('\n', " ") + "\n";
        let texts: String = self.texts.values().map(line).collect();
        let sentences = self.sentences.iter().map(|(english, translation)| format!("{english}\t{translation}\n"));
        [texts, "\n".to_owned(), sentences.collect()].concat()
    }
}

/// What is wrong with a translation: it is missing, or has other gaps than the English text.
fn wrong(entry: &po::Entry) -> Option<String> {
    if entry.translations.is_empty() || entry.translations.iter().any(String::is_empty) {
        return Some("there is no translation".to_owned());
    }
    if entry.translations.iter().chain([&entry.english]).any(|text| text.contains(['\n', '\t'])) {
        return Some("a text is one line, without tabs".to_owned());
    }
    let english = gaps(&entry.english);
    let other = entry.plural.iter().chain(&entry.translations).find(|text| gaps(text) != english)?;
    Some(format!("“{other}” has other gaps than “{}”", entry.english))
}

/// The gaps of a text, in the order of their names.
fn gaps(text: &str) -> Vec<String> {
    let mut found: Vec<String> = pieces(text)
        .flat_map(|piece| match piece {
            Piece::Text(_) => Vec::new(),
            Piece::Value(name) => vec![format!("{{{name}}}")],
            Piece::Tag(name, words) => [vec![format!("<{name}>")], gaps(words)].concat(),
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of a folder with these files.
    fn read(files: &[(&str, &str)]) -> (Dictionary, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut problems = Vec::new();
        let dictionary = Dictionary::read(folder.path(), &mut problems).unwrap();
        let told = problems.iter().map(|problem| {
            let file = problem.place.rsplit(['/', '\\']).next().unwrap();
            format!("{file}: {}", problem.what)
        });
        (dictionary, told.collect())
    }

    #[test]
    fn the_page_loads_numbered_texts_and_then_sentences() {
        let (dictionary, problems) = read(&[
            (
                "page.po",
                "msgid \"b\"\nmsgstr \"乙\"\n\nmsgid \"{count} a\"\nmsgid_plural \"{count} as\"\nmsgstr[0] \"{count} 甲\"\nmsgstr[1] \"多 {count} 甲\"\n",
            ),
            ("sentences.po", "msgid \"{0} is gone\"\nmsgstr \"{0} 不见了\"\n"),
            ("c.html", "<p>丙\n丁</p>\n"),
            ("terms.txt", "not a text"),
        ]);
        assert_eq!(problems, [] as [&str; 0]);
        assert_eq!(dictionary.to_file(), "乙\n<p>丙 丁</p> \n{count} 甲\t多 {count} 甲\n\n{0} is gone\t{0} 不见了\n");
        assert_eq!(
            ["b", "c.html", "{count} a", "d"].map(|text| dictionary.number(text)),
            [Some(0), Some(1), Some(2), None]
        );
        assert_eq!(dictionary.files.len(), 3);
    }

    #[test]
    fn other_gaps_than_in_english_are_wrong_and_so_is_no_translation() {
        let (_, problems) = read(&[(
            "page.po",
            "msgid \"{a} <b>c {d}</b>\"\nmsgstr \"<b>{d} 丙</b> {a}\"\n\n\
             msgid \"{a}\"\nmsgstr \"{b}\"\n\n\
             msgid \"<a>b</a>\"\nmsgstr \"乙\"\n\n\
             msgid \"none\"\nmsgstr \"\"\n\n\
             msgid \"none\"\nmsgstr \"无\"\n\n\
             msgid \"line\"\nmsgstr \"一\\n二\"\n",
        )]);
        let expected = [
            "page.po:4: “{b}” has other gaps than “{a}”",
            "page.po:7: “乙” has other gaps than “<a>b</a>”",
            "page.po:10: there is no translation",
            "page.po:13: this text is there twice",
            "page.po:16: a text is one line, without tabs",
        ];
        assert_eq!(problems, expected);
    }
}
