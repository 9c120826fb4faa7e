//! Files from the server, with progress in bytes and an end for every wait.

use js_sys::{ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use model::browser::Parsed;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::ui::format;

/// The limit for the page's own files.
pub const NO_LIMIT: u64 = u64::MAX;

/// No byte for so long, and the file counts as lost.
const PATIENCE_MS: i32 = 20_000;

/// A file on its way, or what became of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Transfer<T> {
    /// Bytes are coming.
    UnderWay {
        /// Bytes so far.
        received: u64,
        /// Bytes in all, where the server says so.
        total: Option<u64>,
    },
    /// The file is here and understood.
    Ready(T),
    /// The file did not arrive or was not understood: why, in a sentence.
    Failed(String),
}

impl<T> Transfer<T> {
    /// The beginning of every transfer.
    pub const START: Self = Self::UnderWay { received: 0, total: None };

    /// What arrived, if it has.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }

    /// How far the transfer is, without what it brings.
    pub fn arrival(&self) -> Transfer<()> {
        match self {
            Self::UnderWay { received, total } => Transfer::UnderWay { received: *received, total: *total },
            Self::Ready(_) => Transfer::Ready(()),
            Self::Failed(why) => Transfer::Failed(why.clone()),
        }
    }
}

/// Why a file did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There was no answer, or it broke off.
    #[error("{file} did not arrive: the connection failed")]
    Connection {
        /// Address of the file, relative to the page.
        file: String,
    },
    /// Another site sent nothing that this page may read.
    #[error(
        "{file} did not arrive: the connection failed, or its server does not let other sites read it; for this page to \
         read it, the server must answer with the header Access-Control-Allow-Origin (CORS)"
    )]
    Elsewhere {
        /// Address of the file.
        file: String,
    },
    /// The file is larger than a page can hold.
    #[error("{file} has {}, more than the {} that this page takes", format::bytes(*bytes), format::bytes(*limit))]
    TooLarge {
        /// Name or address of the file.
        file: String,
        /// The size of the file so far, or in all.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A file of this device could not be read.
    #[error("{file}: cannot be read: the browser says \"{message}\"; if it is a folder, choose the files in it")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// What the browser said.
        message: String,
    },
    /// The server refused.
    #[error("{file} did not arrive: the server answered with status {status}")]
    Status {
        /// Address of the file, relative to the page.
        file: String,
        /// HTTP status.
        status: u16,
    },
    /// The bytes stopped coming.
    #[error("{file} did not arrive: nothing came for {} seconds", PATIENCE_MS / 1000)]
    Stalled {
        /// Address of the file, relative to the page.
        file: String,
    },
}

/// A JSON file that comes with the page; none where it is no JSON.
///
/// # Errors
/// Where it does not arrive.
pub async fn json(file: &str) -> Result<Option<Parsed>, LoadError> {
    let bytes = fetch(file, NO_LIMIT, &|_, _| ()).await?;
    Ok(String::from_utf8(bytes).ok().and_then(|text| Parsed::new(&text)))
}

/// Fetches `file`, an address relative to the page or one elsewhere, and reports the bytes received and, where known, all
/// bytes. What index.html asked for already, it takes from there.
///
/// # Errors
/// See [`LoadError`]; more than `limit` bytes are not waited for.
pub async fn fetch(file: &str, limit: u64, progress: &dyn Fn(u64, Option<u64>)) -> Result<Vec<u8>, LoadError> {
    let broken = |_: JsValue| LoadError::Connection { file: file.to_owned() };
    let begun = Begun::take(file);
    let request = begun.as_ref().and_then(Begun::request).unwrap_or_else(|| window().fetch_with_str(file));
    let response = match in_time(file, &request).await {
        Err(LoadError::Connection { file }) if is_elsewhere(&file) => return Err(LoadError::Elsewhere { file }),
        response => response?,
    };
    let response: Response = response.dyn_into().map_err(broken)?;
    if !response.ok() {
        return Err(LoadError::Status { file: file.to_owned(), status: response.status() });
    }
    if let Some(bytes) = begun.as_ref().and_then(Begun::bytes) {
        return Ok(bytes);
    }
    // The length of a compressed answer counts other bytes than the ones that come out of the stream.
    let header = |name| response.headers().get(name).ok().flatten();
    let total = match header("content-encoding") {
        Some(_) => None,
        None => header("content-length").and_then(|length| length.parse().ok()),
    };
    check_size(file, total.unwrap_or(0), limit)?;
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into().map_err(|_| broken(JsValue::NULL))?;
    let mut bytes = Vec::new();
    progress(0, total);
    loop {
        let chunk = match in_time(file, &reader.read()).await {
            Ok(chunk) => chunk,
            Err(error) => {
                // What broke off is over, and says so once more to whoever cancels it.
                if matches!(error, LoadError::Stalled { .. }) {
                    let _ = reader.cancel();
                }
                return Err(error);
            }
        };
        let field = |name: &str| Reflect::get(&chunk, &name.into()).map_err(broken);
        if field("done")?.is_truthy() {
            return Ok(bytes);
        }
        let part: Uint8Array = field("value")?.dyn_into().map_err(broken)?;
        let start = bytes.len();
        if let Err(error) = check_size(file, start as u64 + u64::from(part.length()), limit) {
            let _ = reader.cancel();
            return Err(error);
        }
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        progress(bytes.len() as u64, total);
    }
}

/// A file that index.html asked for before this program was there.
struct Begun(JsValue);

impl Begun {
    /// Takes the file; whoever asks again, for another try, asks the server.
    fn take(file: &str) -> Option<Self> {
        let all: Object = Reflect::get(&window(), &"begun".into()).ok()?.dyn_into().ok()?;
        let begun = Reflect::get(&all, &file.into()).ok().filter(JsValue::is_object)?;
        Reflect::delete_property(&all, &file.into()).ok()?;
        Some(Self(begun))
    }

    /// The request.
    fn request(&self) -> Option<Promise> {
        Reflect::get(&self.0, &"request".into()).ok()?.dyn_into().ok()
    }

    /// All of the file, if all is here.
    fn bytes(&self) -> Option<Vec<u8>> {
        let bytes: ArrayBuffer = Reflect::get(&self.0, &"bytes".into()).ok()?.dyn_into().ok()?;
        Some(Uint8Array::new(&bytes).to_vec())
    }
}

/// Refuses what is larger than `limit`.
///
/// # Errors
/// [`LoadError::TooLarge`].
pub fn check_size(file: &str, bytes: u64, limit: u64) -> Result<(), LoadError> {
    if bytes > limit { Err(LoadError::TooLarge { file: file.to_owned(), bytes, limit }) } else { Ok(()) }
}

/// Whether this is an address on another site than the page's.
fn is_elsewhere(file: &str) -> bool {
    let origin = window().location().origin().unwrap_or_default();
    file.contains("//") && !file.starts_with(&origin)
}

/// Waits for `promise`, but not longer than the patience lasts.
async fn in_time(file: &str, promise: &Promise) -> Result<JsValue, LoadError> {
    match shaders::in_time(promise, PATIENCE_MS).await {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(LoadError::Stalled { file: file.to_owned() }),
        Err(_) => Err(LoadError::Connection { file: file.to_owned() }),
    }
}
