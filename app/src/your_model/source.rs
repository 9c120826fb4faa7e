//! Where a visitor's files come from: this device, an address, or the clipboard.

use js_sys::Uint8Array;
use leptos::prelude::document;
use model::columns;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FileList, Url};

use crate::browser::load::{LoadError, check_size, fetch};
use crate::language::english;

/// The largest model file that is read: as much as WebGPU lets one buffer hold, twice. Reading and unpacking need a multiple
/// of it in memory.
pub const MODEL_LIMIT: u64 = 256_000_000;
/// The largest CSV file that is read.
pub const TABLE_LIMIT: u64 = 64_000_000;

/// A file to read.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A file on this device.
    File(File),
    /// The file at an address, relative to the page or elsewhere.
    Address(String),
    /// What was pasted.
    Text(String),
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Weights.
    Model,
    /// Products.
    Catalogue,
    /// Users, items and times.
    Histories,
    /// What the library gives for histories and candidates.
    Predictions,
}

impl Source {
    /// The file's name, for errors: the last part of an address.
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file.name(),
            Self::Address(address) => {
                let path = address.split(['?', '#']).next().unwrap_or_default();
                path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(address).to_owned()
            }
            Self::Text(_) => english!("pasted text").to_owned(),
        }
    }

    /// What the file is for: as `chosen` where that is a table; else a table by its columns, a list in JSON predictions, and
    /// anything else a model.
    pub async fn kind(&self, chosen: Option<Kind>) -> Kind {
        let name = self.name().to_ascii_lowercase();
        match (self, chosen) {
            (_, Some(chosen @ (Kind::Catalogue | Kind::Histories | Kind::Predictions))) => chosen,
            (Self::File(file), _) if [".csv", ".json"].iter().any(|ending| name.ends_with(ending)) => {
                let start = match file.slice_with_i32_and_i32(0, 1000) {
                    Ok(start) => bytes(&start).await.unwrap_or_default(),
                    Err(_) => Vec::new(),
                };
                kind(&String::from_utf8_lossy(&start))
            }
            _ => Kind::Model,
        }
    }

    /// Refuses an address from which no page can read.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        let Self::Address(address) = self else { return Ok(()) };
        let base = document().base_uri().ok().flatten().unwrap_or_default();
        let Ok(url) = Url::new_with_base(address, &base) else { return Err(english!("{address} is no address")) };
        match url.protocol().as_str() {
            "http:" | "https:" | "data:" | "blob:" => Ok(()),
            other => Err(english!(
                "{address}: a page reads files by http and https, and not by {other}",
                other = other.trim_end_matches(':')
            )),
        }
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn read(&self, limit: u64, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, LoadError> {
        match self {
            Self::Address(address) => fetch(address, limit, progress).await,
            Self::File(file) => {
                check_size(&file.name(), file.size() as u64, limit)?;
                bytes(file).await.map_err(|error| LoadError::Unreadable { file: file.name(), message: said(&error) })
            }
            Self::Text(text) => Ok(text.clone().into_bytes()),
        }
    }
}

/// What a text is for, by its beginning: JSON by what is in it, and a table by the names of its columns. Histories have users, and
/// a catalogue that has a column of that name too has titles and categories.
fn kind(text: &str) -> Kind {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.as_bytes().first() {
        Some(b'[') => return Kind::Predictions,
        // The index of a model in parts.
        Some(b'{') => return Kind::Model,
        _ => {}
    }
    // Excel's first line tells the separator.
    let is_told = |line: &&str| line.trim_matches('"').to_ascii_lowercase().starts_with("sep=");
    let header = text.lines().find(|line| !is_told(line)).unwrap_or_default();
    let names: Vec<String> = header
        .split([',', ';', '\t'])
        .map(|name| name.trim().trim_matches('"'))
        .map(|name| columns::plain(name.split_once(':').map_or(name, |(name, _)| name).trim()))
        .collect();
    let has = |name: &&str| names.iter().any(|found| found == name);
    if ["history", "candidate", "probability"].iter().all(has) {
        Kind::Predictions
    } else if columns::USER.iter().any(has) && !["title", "category"].iter().all(has) {
        Kind::Histories
    } else {
        Kind::Catalogue
    }
}

/// The files of a list.
pub fn files(list: Option<FileList>) -> Vec<File> {
    list.into_iter().flat_map(|list| (0..list.length()).filter_map(move |index| list.get(index))).collect()
}

async fn bytes(blob: &Blob) -> Result<Vec<u8>, JsValue> {
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// What an exception says.
fn said(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| english!("nothing").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_whole_names_of_columns() {
        for header in [
            "user,item,time",
            "sep=;\r\nuser;item;time",
            "\u{feff}User_ID;Item;Time\r\n1;2;3",
            "time\t\"userid\"\titem",
            "user_id:token,item",
        ] {
            assert_eq!(kind(header), Kind::Histories, "{header}");
        }
        for header in [
            "id,title,category",
            "id,title,category,user_rating",
            "id,title,users,category",
            "id,title,category,user",
            "history,candidate",
            "",
        ] {
            assert_eq!(kind(header), Kind::Catalogue, "{header}");
        }
        for text in ["history,candidate,probability\n1 2,3,0.5", "Candidate;Probability;History", " [{\"history\": []"]
        {
            assert_eq!(kind(text), Kind::Predictions, "{text}");
        }
        assert_eq!(kind("{\"weight_map\": {}}"), Kind::Model);
    }
}
