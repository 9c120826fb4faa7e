//! The page's side of the reader, which reads the files that people bring: a wasm of its own in a worker, loaded when
//! somebody brings one. Each question has a worker of its own, which ends with the answer: a reader that stops, for want of
//! memory or by a mistake of its own, takes nothing else with it.

use js_sys::{Array, Promise, Uint8Array, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

use crate::browser::arrival::{folder, look_into};
use crate::browser::worker;
use crate::language::english;
use crate::ui::format;

/// The files of the reader: what runs in the worker, what that imports, and the wasm.
const FILES: [&str; 3] = ["reader_worker.js", "reader.js", "reader_bg.wasm"];

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// The file is not what it should be.
    #[error("{0}")]
    Refused(String),
    /// The network is for the products of another catalogue.
    #[error("{0}")]
    OtherCatalogue(String),
    /// The reader did not arrive or did not finish, why, in sentences; a second attempt may.
    #[error("the part of the page that reads files is missing. {0}")]
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

/// Reads a catalogue and gives it as [`crate::session::shop::products::Products`] reads it.
///
/// # Errors
/// See [`ReaderError`].
pub async fn catalogue(file: &str, bytes: &[u8]) -> Result<Vec<u8>, ReaderError> {
    let csv = ask("catalogue", &[file.into(), Uint8Array::from(bytes).into()]).await?;
    Ok(Uint8Array::new(&csv).to_vec())
}

/// A network, and what its file does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The network, as [`model::browser::weights`] reads it.
    pub weights: Vec<u8>,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
    /// What is open, each question answered by its first choice.
    pub questions: Vec<Question>,
    /// What the predictions settled, such as "normalization: softmax".
    pub settled: Vec<String>,
    /// Features of the user, each with how many rows its table has; nothing for a number.
    pub context: Vec<(String, String)>,
}

/// A file by its name, for errors, and its bytes.
pub type Named<'a> = (&'a str, &'a [u8]);

/// What a file leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The option that answers it.
    pub option: String,
    /// What it is about, in a word or two.
    pub topic: String,
    /// What is asked, in a sentence.
    pub asks: String,
    /// Why the first choice is taken where nobody answers.
    pub why: String,
    /// The library's code that decides it.
    pub code: String,
    /// The answers that fit, each with what it means, in a sentence.
    pub choices: Vec<(String, String)>,
}

/// Reads weights for the products of a catalogue's CSV, with `answers` to what the file leaves open: options and what they are set
/// to. Of the ways to read the file that are still open, the one is taken that gives the predictions, if there are any.
///
/// # Errors
/// See [`ReaderError`].
pub async fn model(
    weights: Named<'_>,
    catalogue: Named<'_>,
    answers: &[(String, String)],
    predictions: Named<'_>,
) -> Result<Read, ReaderError> {
    let answers: Array =
        answers.iter().flat_map(|(option, answer)| [option, answer]).map(|text| JsValue::from(text.as_str())).collect();
    let named = |(file, bytes): Named<'_>| [file.into(), Uint8Array::from(bytes).into()];
    let files = [named(weights), named(catalogue)].concat();
    let values: Vec<JsValue> = files.into_iter().chain([answers.into()]).chain(named(predictions)).collect();
    let answer = Array::from(&ask("model", &values).await?);
    if let Some(why) = answer.get(0).as_string() {
        return Err(ReaderError::OtherCatalogue(why));
    }
    let texts = |array: &JsValue| {
        let array = if Array::is_array(array) { Array::from(array) } else { Array::new() };
        array.iter().filter_map(|text| text.as_string()).collect::<Vec<_>>()
    };
    let question = |array: JsValue| {
        let mut texts = texts(&array).into_iter();
        let mut next = || texts.next().unwrap_or_default();
        let (option, topic, asks, why, code) = (next(), next(), next(), next(), next());
        let choices = pairs(texts.collect());
        Question { option, topic, asks, why, code, choices }
    };
    Ok(Read {
        weights: Uint8Array::new(&answer.get(0)).to_vec(),
        notes: texts(&answer.get(1)),
        questions: Array::from(&answer.get(2)).iter().map(question).collect(),
        settled: texts(&answer.get(3)),
        context: pairs(texts(&answer.get(4))),
    })
}

/// Texts two by two.
fn pairs(texts: Vec<String>) -> Vec<(String, String)> {
    let mut texts = texts.into_iter();
    let mut pairs = Vec::new();
    while let Some(pair) = texts.next().zip(texts.next()) {
        pairs.push(pair);
    }
    pairs
}

/// Reads histories for the products of a catalogue's CSV.
///
/// # Errors
/// See [`ReaderError`].
pub async fn histories(file: &str, bytes: &[u8], catalogue: &[u8]) -> Result<Histories, ReaderError> {
    let values = [file.into(), Uint8Array::from(bytes).into(), Uint8Array::from(catalogue).into()];
    let answer = Array::from(&ask("histories", &values).await?);
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

/// A visitor's own data to train on, as a training takes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnData {
    /// The name of the histories' file.
    pub file: String,
    /// The products, CSV as [`crate::session::shop::products::Products`] reads it.
    #[serde(with = "serde_bytes")]
    pub catalogue: Vec<u8>,
    /// The users who are trained on, a file of [`training::packed`].
    #[serde(with = "serde_bytes")]
    pub training: Vec<u8>,
    /// The users who are asked, likewise.
    #[serde(with = "serde_bytes")]
    pub validation: Vec<u8>,
    /// The items of the first user who is asked, oldest first.
    pub asked: Vec<u32>,
    /// Users who are trained on, users who are asked, purchases of either, users who were left out, products.
    pub numbers: [u32; 6],
    /// What was skipped, in a sentence.
    pub skipped: Option<String>,
}

/// Reads a visitor's own data, a catalogue and histories of its products.
///
/// # Errors
/// See [`ReaderError`].
pub async fn own(catalogue: Named<'_>, histories: Named<'_>) -> Result<OwnData, ReaderError> {
    let named = |(file, bytes): Named<'_>| [file.into(), Uint8Array::from(bytes).into()];
    let answer = Array::from(&ask("own", &[named(catalogue), named(histories)].concat()).await?);
    let bytes = |place: u32| Uint8Array::new(&answer.get(place)).to_vec();
    let numbers = Uint32Array::new(&answer.get(4)).to_vec();
    Ok(OwnData {
        file: histories.0.to_owned(),
        catalogue: bytes(0),
        training: bytes(1),
        validation: bytes(2),
        asked: Uint32Array::new(&answer.get(3)).to_vec(),
        numbers: std::array::from_fn(|place| numbers.get(place).copied().unwrap_or_default()),
        skipped: answer.get(5).as_string(),
    })
}

/// Calls one of the reader's functions in a new worker.
async fn ask(name: &str, values: &[JsValue]) -> Result<JsValue, ReaderError> {
    let lost = |why: String| ReaderError::Lost(format::in_english(&why));
    let folder = folder();
    let [worker_file, script_file, wasm_file] = FILES.map(|file| [folder.as_str(), file].concat());
    let wasm = worker::wasm(&wasm_file, &|_, _| ()).await.map_err(lost)?;
    let worker = Worker::new(&worker_file).map_err(|_| lost(english!("{worker_file} is not allowed to run")))?;
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
        return Err(lost(look_into(&JsValue::NULL, &[&worker_file, &script_file]).await));
    };
    let [value, refusal, accident] = [0, 1, 2].map(|place| Array::from(&message.data()).get(place));
    match (refusal.as_string(), accident.as_string()) {
        (Some(refusal), _) => Err(ReaderError::Refused(refusal)),
        (_, Some(accident)) => Err(lost(english!("it stopped with \"{accident}\", perhaps for want of memory"))),
        _ => Ok(value),
    }
}
