//! Where a visitor's files come from: this device, or an address.

use js_sys::Uint8Array;
use leptos::prelude::document;
use model::columns;
use model::foreign::{Foreign, in_place_of_weights};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::{Blob, File, FileList, Url};

use crate::browser::load::{LoadError, check_size, fetch};

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
        }
    }

    /// What the file is for: a model by its name, a table as `chosen`, else by its columns.
    pub async fn kind(&self, chosen: Option<Kind>) -> Kind {
        let name = self.name().to_ascii_lowercase();
        if name.ends_with(".safetensors") {
            return Kind::Model;
        }
        match (self, chosen) {
            (_, Some(chosen @ (Kind::Catalogue | Kind::Histories))) => chosen,
            (Self::File(file), _) if name.ends_with(".csv") => {
                let start = match file.slice_with_i32_and_i32(0, 1000) {
                    Ok(start) => bytes(&start).await.unwrap_or_default(),
                    Err(_) => Vec::new(),
                };
                match are_histories(start).await {
                    Ok(true) => Kind::Histories,
                    // Without that part of the page, no file is read.
                    Ok(false) | Err(_) => Kind::Catalogue,
                }
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
        let Ok(url) = Url::new_with_base(address, &base) else { return Err(format!("{address} is no address")) };
        match url.protocol().as_str() {
            "http:" | "https:" | "data:" | "blob:" => Ok(()),
            other => Err(format!(
                "{address}: a page reads files by http and https, and not by {}",
                other.trim_end_matches(':')
            )),
        }
    }

    /// Why these bytes of the file are no model that the page reads, in a sentence. What is in the file counts, and not how
    /// it is called.
    pub fn refusal(&self, bytes: &[u8]) -> Option<String> {
        refusal(&self.name(), bytes)
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
        }
    }
}

/// Where the part of the file `views` that looks into tables begins.
#[wasm_split(views, fallible)]
fn are_histories(start: Vec<u8>) -> Result<bool, SplitLoaderError> {
    Ok(has_users(&String::from_utf8_lossy(&start)))
}

/// Whether a table is one of histories, by the names of its columns: those have users, and a catalogue that has a column of
/// that name too has titles and categories.
fn has_users(table: &str) -> bool {
    let mut lines = table.trim_start_matches('\u{feff}').lines();
    // Excel's first line tells the separator.
    let is_told = |line: &&str| line.trim_matches('"').to_ascii_lowercase().starts_with("sep=");
    let header = lines.find(|line| !is_told(line)).unwrap_or_default();
    let names: Vec<String> = header
        .split([',', ';', '\t'])
        .map(|name| name.trim().trim_matches('"'))
        .map(|name| columns::plain(name.split_once(':').map_or(name, |(name, _)| name).trim()))
        .collect();
    let has = |name: &&str| names.iter().any(|found| found == name);
    columns::USER.iter().any(has) && !["title", "category"].iter().all(has)
}

/// Why bytes of a file of this name are no model that the page reads, in a sentence.
fn refusal(name: &str, bytes: &[u8]) -> Option<String> {
    // A safetensors file begins with the length of its header, eight bytes, and the header is JSON.
    if bytes.get(8) == Some(&b'{') {
        return None;
    }
    if let Some(Foreign { what, advice }) = in_place_of_weights(bytes) {
        return Some(format!("{name}: it is {what}; {advice}."));
    }
    let of_library = match name.to_ascii_lowercase().rsplit('.').next()? {
        "pt" | "pth" | "ckpt" | "bin" | "pkl" | "model" => {
            Some("a PyTorch checkpoint is a pickle, which can hold programs")
        }
        "npz" | "h5" | "keras" | "pb" | "index" | "meta" => Some("the page does not read TensorFlow’s files"),
        _ => None,
    };
    Some(match of_library {
        Some(why) => {
            format!("{name}: {why}. Export the weights as .safetensors, as shown below, or run cargo xtask import.")
        }
        None => format!("{name}: it is no safetensors file, or a damaged one. Download or export it again."),
    })
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
    message.unwrap_or_else(|| "nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_apart_by_whole_names_of_columns() {
        for header in [
            "user,item,time",
            "sep=;\r\nuser;item;time",
            "\u{feff}User_ID;Item;Time\r\n1;2;3",
            "time\t\"userid\"\titem",
            "user_id:token,item",
        ] {
            assert!(has_users(header), "{header}");
        }
        for header in [
            "id,title,category",
            "id,title,category,user_rating",
            "id,title,users,category",
            "id,title,category,user",
            "",
        ] {
            assert!(!has_users(header), "{header}");
        }
    }

    #[test]
    fn a_file_is_what_is_in_it() {
        let whole = b"\x10\0\0\0\0\0\0\0{\"a\":";
        for name in ["a.safetensors", "a.bin", "a.model", "a.pt", "a"] {
            assert_eq!(refusal(name, whole), None, "{name}");
        }
        let said = |name: &str, bytes: &[u8]| refusal(name, bytes).unwrap();
        // Whatever it is called.
        for name in ["a.safetensors", "a.bin", "a.pt"] {
            let pointer = said(name, b"version https://git-lfs.github.com/spec/v1");
            assert!(pointer.contains("pointer of Git LFS") && pointer.contains("git lfs pull"), "{pointer}");
            let page = said(name, b"<!DOCTYPE html>");
            assert!(page.contains("web page") && page.contains("download the file itself"), "{page}");
            assert!(said(name, b"\x89PNG").contains("choose the file of the weights"));
            assert!(said(name, b"").contains("an empty file; download or export it again"));
        }
        assert!(said("a.safetensors", b"PK\x03\x04").contains("ZIP"));
        assert!(said("a.pth", b"PK\x03\x04").contains("pickle"));
        assert!(said("a.pth", b"?").contains("pickle"));
        assert!(said("a.h5", b"?").contains("TensorFlow"));
        assert!(said("a.h5", b"\x89HDF\r\n").contains("Keras"));
        assert!(said("a.safetensors", b"?").contains("no safetensors file, or a damaged one"));
    }
}
