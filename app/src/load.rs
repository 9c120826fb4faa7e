//! Files from the server, with progress in bytes and an end for every wait.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

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
    /// It is here and understood.
    Ready(T),
    /// It is not, with a sentence that says why.
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

    /// The same without the thing itself.
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

/// Fetches `file`, an address relative to the page, and reports the bytes received and, where known, all bytes.
///
/// # Errors
/// See [`LoadError`].
pub async fn fetch(file: &str, progress: impl Fn(u64, Option<u64>)) -> Result<Vec<u8>, LoadError> {
    let broken = |_: JsValue| LoadError::Connection { file: file.to_owned() };
    let response: Response = in_time(file, &window().fetch_with_str(file)).await?.dyn_into().map_err(broken)?;
    if !response.ok() {
        return Err(LoadError::Status { file: file.to_owned(), status: response.status() });
    }
    // The length of a compressed answer counts other bytes than the ones that come out of the stream.
    let header = |name| response.headers().get(name).ok().flatten();
    let total = match header("content-encoding") {
        Some(_) => None,
        None => header("content-length").and_then(|length| length.parse().ok()),
    };
    let Some(stream) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into().map_err(|_| broken(JsValue::NULL))?;
    let mut bytes = Vec::new();
    progress(0, total);
    loop {
        let chunk = match in_time(file, &reader.read()).await {
            Ok(chunk) => chunk,
            Err(error) => {
                // Nobody waits for what the cancelling itself says.
                let _ = reader.cancel();
                return Err(error);
            }
        };
        let field = |name: &str| Reflect::get(&chunk, &name.into()).map_err(broken);
        if field("done")?.is_truthy() {
            return Ok(bytes);
        }
        let part: Uint8Array = field("value")?.dyn_into().map_err(broken)?;
        let start = bytes.len();
        bytes.resize(start + part.length() as usize, 0);
        part.copy_to(&mut bytes[start..]);
        progress(bytes.len() as u64, total);
    }
}

/// Waits for `promise`, but not longer than the patience lasts.
async fn in_time(file: &str, promise: &Promise) -> Result<JsValue, LoadError> {
    let expired = JsValue::symbol(Some("expired"));
    let marker = expired.clone();
    let patience = Promise::new(&mut |resolve, _| {
        // Without a timer the wait has no end of its own, which is what browsers do anyway.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_1(&resolve, PATIENCE_MS, &marker);
    });
    match JsFuture::from(Promise::race(&Array::of2(promise, &patience))).await {
        Ok(value) if value == expired => Err(LoadError::Stalled { file: file.to_owned() }),
        Ok(value) => Ok(value),
        Err(_) => Err(LoadError::Connection { file: file.to_owned() }),
    }
}

/// Lets the browser paint and handle input, then goes on.
pub async fn pause() {
    let turn = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback(&resolve);
    });
    // It never rejects.
    let _ = JsFuture::from(turn).await;
}
