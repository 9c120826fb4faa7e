//! The words of one language that stand in drawings and around the text.

use std::collections::BTreeMap;

use crate::error::Error;

/// Words by name, and which language they are of.
pub struct Words {
    /// As in `<html lang>`.
    pub language: String,
    words: BTreeMap<String, String>,
}

impl Words {
    /// Reads `words.<language>.json`.
    ///
    /// # Errors
    /// Where it is no object of texts.
    pub fn read(language: &str, json: &str) -> Result<Self, Error> {
        let words = serde_json::from_str(json)
            .map_err(|source| Error::Json { file: format!("words.{language}.json"), source })?;
        Ok(Self { language: language.to_owned(), words })
    }

    /// The word of this name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn get(&self, key: &str) -> Result<&str, Error> {
        let missing = || Error::Word { language: self.language.clone(), key: key.to_owned() };
        self.words.get(key).map(String::as_str).ok_or_else(missing)
    }

    /// The names of all words.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }
}
