//! Reads what people bring: catalogues, networks of other libraries, histories. Each function takes the bytes of a file and
//! its name, for errors, and gives what the page itself reads: a catalogue as [`Catalogue::to_csv`] writes it, weights as
//! [`Weights::to_safetensors`](model::Weights::to_safetensors) writes them, numbers and strings. The errors are sentences.

use std::fmt::Display;

use import::{Options, Question};
use js_sys::{Array, JsString, Uint8Array, Uint32Array};
use model::{Catalogue, ShopperHistories};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    console_error_panic_hook::set_once();
}

/// The CSV of a catalogue.
///
/// # Errors
/// As [`Catalogue::from_csv`].
#[wasm_bindgen]
pub fn catalogue(file: &str, bytes: &[u8]) -> Result<Uint8Array, JsString> {
    let csv = Catalogue::from_csv(file, bytes).map_err(said)?.to_csv().map_err(said)?;
    Ok(csv.as_bytes().into())
}

/// Weights for the products of `catalogue`, a CSV, where `answers` says what the file does not, an option and its answer in turn. As
/// an array: the bytes, what was assumed, in sentences, and each question that is open, as an array of the option, what it is about,
/// what is asked, why the first answer is taken, the library's code that decides it, and then answers and what each means in turn.
/// Where the weights are for the products of another catalogue, one sentence alone that says so.
///
/// # Errors
/// As [`import::read`].
#[wasm_bindgen]
pub fn model(file: &str, bytes: &[u8], catalogue: &[u8], answers: Vec<String>) -> Result<Array, JsString> {
    let (answers, _) = answers.as_chunks();
    let said_so = |options: Options, [option, answer]: &[String; 2]| options.with(option, answer);
    let options = answers.iter().fold(Options::default(), said_so);
    let imported = match import::read(file, bytes, &of_page(catalogue)?, &options) {
        Err(error) if error.is_about_catalogue() => return Ok(Array::of1(&said(error).into())),
        imported => imported.map_err(said)?,
    };
    let weights = imported.weights.to_safetensors().map_err(said)?;
    let open: Vec<String> = imported.questions.iter().map(Question::note).collect();
    // The questions say it, and take an answer.
    let notes: Array = imported.notes.into_iter().filter(|note| !open.contains(note)).map(JsValue::from).collect();
    let questions: Array = imported.questions.into_iter().map(question).collect();
    Ok(Array::of3(&Uint8Array::from(weights.as_slice()), &notes, &questions))
}

/// A question as a list of texts: see [`model()`].
fn question(question: Question) -> Array {
    let Question { option, topic, asks, choices, why, code } = question;
    let choices = choices.into_iter().flat_map(|choice| [choice.answer, choice.meaning]);
    [option.to_owned(), topic, asks, why, code.to_owned()].into_iter().chain(choices).map(JsValue::from).collect()
}

/// The users in the order in which they are listed, as rows of `catalogue`, a CSV: [names, items of each user, rows of the
/// items, what was skipped], the last one a sentence or null.
///
/// # Errors
/// As [`ShopperHistories::from_csv`].
#[wasm_bindgen]
pub fn histories(file: &str, bytes: &[u8], catalogue: &[u8]) -> Result<Array, JsString> {
    let histories = ShopperHistories::from_csv(file, bytes, &of_page(catalogue)?).map_err(said)?;
    let names: Array = histories.users().map(|(name, _)| JsValue::from(name)).collect();
    let counts: Vec<u32> = histories.users().map(|(_, items)| items.len() as u32).collect();
    let rows: Vec<u32> = histories.users().flat_map(|(_, items)| items).copied().collect();
    let skipped = histories.unknown().map_or(JsValue::NULL, |unknown| unknown.to_string().into());
    Ok(Array::of4(&names, &Uint32Array::from(counts.as_slice()), &Uint32Array::from(rows.as_slice()), &skipped))
}

/// The catalogue that the page has.
fn of_page(csv: &[u8]) -> Result<Catalogue, JsString> {
    Catalogue::from_csv("the page’s catalogue", csv).map_err(said)
}

fn said(error: impl Display) -> JsString {
    error.to_string().into()
}
