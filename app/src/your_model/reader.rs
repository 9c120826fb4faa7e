//! The page's side of the reader, which reads the files that people bring: a wasm of its own in a worker, loaded when
//! somebody brings one. Each question has a worker of its own, which ends with the answer: a reader that stops, for want of
//! memory or by a mistake of its own, takes nothing else with it.

use js_sys::{Array, Promise, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

use crate::browser::load::{NO_LIMIT, fetch};

const WORKER: &str = "reader_worker.js";
const WASM: &str = "reader_bg.wasm";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// The file is not what it should be.
    #[error("{0}")]
    Refused(String),
    /// The reader did not arrive or did not finish; a second attempt may.
    #[error("the part of the page that reads files is missing: {0}")]
    Lost(String),
}

/// Histories, as rows of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histories {
    /// Names and rows, oldest first, in the order in which users are listed.
    pub users: Vec<(String, Vec<u32>)>,
    /// What was skipped, in a sentence.
    pub skipped: Option<String>,
}

/// Reads a catalogue and gives it as [`crate::session::products::Products`] reads it.
///
/// # Errors
/// See [`ReaderError`].
pub async fn catalogue(file: &str, bytes: &[u8]) -> Result<Vec<u8>, ReaderError> {
    let csv = ask("catalogue", &[file.into(), Uint8Array::from(bytes).into()]).await?;
    Ok(Uint8Array::new(&csv).to_vec())
}

/// Reads weights for the products of a catalogue's CSV, and gives them as [`model::browser::weights`] reads them, with what was
/// assumed, in sentences.
///
/// # Errors
/// See [`ReaderError`].
pub async fn model(file: &str, bytes: &[u8], catalogue: &[u8]) -> Result<(Vec<u8>, Vec<String>), ReaderError> {
    let answer = Array::from(&ask("model", &arguments(file, bytes, catalogue)).await?);
    let notes = answer.iter().skip(1).filter_map(|note| note.as_string()).collect();
    Ok((Uint8Array::new(&answer.get(0)).to_vec(), notes))
}

/// Reads histories for the products of a catalogue's CSV.
///
/// # Errors
/// See [`ReaderError`].
pub async fn histories(file: &str, bytes: &[u8], catalogue: &[u8]) -> Result<Histories, ReaderError> {
    let answer = Array::from(&ask("histories", &arguments(file, bytes, catalogue)).await?);
    let names = Array::from(&answer.get(0));
    let counts = Uint32Array::new(&answer.get(1)).to_vec();
    let rows = Uint32Array::new(&answer.get(2)).to_vec();
    let mut rows = rows.as_slice();
    let users = names.iter().zip(counts).map(|(name, count)| {
        let (items, others) = rows.split_at_checked(count as usize).unwrap_or((rows, &[]));
        rows = others;
        (name.as_string().unwrap_or_default(), items.to_vec())
    });
    Ok(Histories { users: users.collect(), skipped: answer.get(3).as_string() })
}

fn arguments(file: &str, bytes: &[u8], catalogue: &[u8]) -> [JsValue; 3] {
    [file.into(), Uint8Array::from(bytes).into(), Uint8Array::from(catalogue).into()]
}

/// Calls one of the reader's functions in a new worker.
async fn ask(name: &str, values: &[JsValue]) -> Result<JsValue, ReaderError> {
    let lost = |why: String| ReaderError::Lost(why);
    let wasm = fetch(WASM, NO_LIMIT, &|_, _| ()).await.map_err(|error| lost(error.to_string()))?;
    let worker = Worker::new(WORKER).map_err(|_| lost(format!("{WORKER} is not allowed to run")))?;
    let question: Array = [Uint8Array::from(wasm.as_slice()).into(), name.into()].iter().chain(values).collect();
    let mut posted = Ok(());
    let message = Promise::new(&mut |resolve, reject| {
        worker.set_onmessage(Some(&resolve));
        worker.set_onerror(Some(&reject));
        posted = worker.post_message(&question);
    });
    let answer = match posted {
        Ok(()) => JsFuture::from(message).await,
        Err(error) => Err(error),
    };
    worker.terminate();
    let Ok(Ok(message)) = answer.map(JsCast::dyn_into::<MessageEvent>) else {
        return Err(lost(format!("{WORKER} did not arrive")));
    };
    let [value, refusal, accident] = [0, 1, 2].map(|place| Array::from(&message.data()).get(place));
    match (refusal.as_string(), accident.as_string()) {
        (Some(refusal), _) => Err(ReaderError::Refused(refusal)),
        (_, Some(accident)) => Err(lost(format!("it stopped with \"{accident}\", perhaps for want of memory"))),
        _ => Ok(value),
    }
}
