//! Where a visitor's files come from: this device, or an address.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, FileList};

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

    /// What the file is for, by its name, else as `chosen`.
    pub async fn kind(&self, chosen: Option<Kind>) -> Kind {
        let name = self.name().to_ascii_lowercase();
        if name.ends_with(".safetensors") {
            return Kind::Model;
        }
        match (self, chosen) {
            (_, Some(Kind::Histories)) => Kind::Histories,
            (Self::File(file), _) if name.ends_with(".csv") => {
                // Only histories have users.
                let start = match file.slice_with_i32_and_i32(0, 1000) {
                    Ok(start) => bytes(&start).await.unwrap_or_default(),
                    Err(_) => Vec::new(),
                };
                let header = String::from_utf8_lossy(&start).lines().next().unwrap_or_default().to_ascii_lowercase();
                if header.contains("user") { Kind::Histories } else { Kind::Catalogue }
            }
            _ => chosen.unwrap_or(Kind::Model),
        }
    }

    /// Why a file with this ending is no model that the page reads, in a sentence.
    pub fn refusal(&self) -> Option<String> {
        let name = self.name().to_ascii_lowercase();
        let what = match name.rsplit('.').next()? {
            "pt" | "pth" | "ckpt" | "bin" | "pkl" | "model" => {
                "a PyTorch checkpoint is a pickle, which can hold programs"
            }
            "npz" | "h5" | "keras" | "pb" | "index" | "meta" => "the page does not read TensorFlow’s files",
            _ => return None,
        };
        Some(format!(
            "{}: {what}. Export the weights as .safetensors, as shown below, or run cargo xtask import.",
            self.name()
        ))
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
