//! Reads what people bring: catalogues, networks of other libraries, histories. Each function takes the bytes of a file and
//! its name, for errors, and gives what the page itself reads: a catalogue as [`Catalogue::to_csv`] writes it, weights as
//! [`Weights::to_safetensors`](model::Weights::to_safetensors) writes them, numbers and strings. The errors are sentences.

use std::fmt::Display;

use import::{Answer, Checked, Imported, Options, Question};
use js_sys::{Array, JsString, Uint8Array, Uint32Array};
use model::{Catalogue, Inspection, ShopperHistories, Weights};
use training::own::own_data;
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

/// Weights for the products of a catalogue, a CSV of this name with these bytes, where `answers` says what the file does not, an
/// option and its answer in turn. As an array: the bytes, what was assumed, in sentences, each question that is open, as an array of
/// the option, what it is about, what is asked, why the first answer is taken, the library's code that decides it, and then answers
/// and what each means in turn, what predictions settled, null without any, and each feature of the user and how many rows its table
/// has, nothing for a number, in turn. An answer to the option `context:NAME` is the value of such a feature.
/// Where the weights are for the products of another catalogue, one sentence alone that says so.
///
/// `predictions` are the library's own, a file of this name with these bytes: of the ways to read the weights, the one is taken
/// that gives them. An empty file is none.
///
/// # Errors
/// As [`import::read`], [`import::read_proved`] and [`Answer::read`].
#[wasm_bindgen]
pub fn model(
    file: &str,
    bytes: &[u8],
    catalogue_file: &str,
    catalogue_bytes: &[u8],
    answers: Vec<String>,
    predictions_file: &str,
    predictions: &[u8],
) -> Result<Array, JsString> {
    let (answers, _) = answers.as_chunks();
    let said_so = |options: Options, [option, answer]: &[String; 2]| options.with(option, answer);
    let (of_user, answers): (Vec<_>, Vec<_>) = answers.iter().partition(|[option, _]| option.starts_with(CONTEXT));
    let mut options = answers.into_iter().fold(Options::default(), said_so);
    for [option, value] in of_user {
        options.set_context(&option[CONTEXT.len()..], value).map_err(said)?;
    }
    options.feature_rows = import::feature_rows(catalogue_file, catalogue_bytes).map_err(said)?;
    let catalogue = Catalogue::from_csv(catalogue_file, catalogue_bytes).map_err(said)?;
    let read = match predictions {
        [] => import::read(file, bytes, &catalogue, &options).map(|imported| (imported, None)),
        _ => {
            let predictions = Answer::read(predictions_file, predictions).map_err(said)?;
            let predictions = (predictions_file, predictions.as_slice());
            import::read_proved(file, bytes, &catalogue, &options, predictions, &mut inspect)
                .map(|Checked { imported, settled, .. }| (imported, Some(settled)))
        }
    };
    let (Imported { weights, notes, questions, context }, settled) = match read {
        Err(error) if error.is_about_catalogue() => return Ok(Array::of1(&said(error).into())),
        read => read.map_err(said)?,
    };
    let weights = weights.to_safetensors().map_err(said)?;
    let open: Vec<String> = questions.iter().map(Question::note).collect();
    // The questions say it, and take an answer.
    let notes: Array = notes.into_iter().filter(|note| !open.contains(note)).map(JsValue::from).collect();
    let questions: Array = questions.into_iter().map(question).collect();
    let settled: JsValue =
        settled.map_or(JsValue::NULL, |settled| settled.into_iter().map(JsValue::from).collect::<Array>().into());
    let rows = |rows: Option<usize>| rows.map_or_else(String::new, |rows| rows.to_string());
    let context: Array = context.into_iter().flat_map(|(name, count)| [name, rows(count)]).map(JsValue::from).collect();
    Ok(Array::of5(&Uint8Array::from(weights.as_slice()), &notes, &questions, &settled, &context))
}

/// What an option that says the value of a feature of the user begins with.
const CONTEXT: &str = "context:";

/// What the CPU engine computes for a candidate, as the page would show it.
fn inspect(weights: &Weights, categories: &[u32], history: &[u32], candidate: u32) -> Result<Inspection, String> {
    shaders::inspect(weights, categories, history, candidate).map_err(|error| error.to_string())
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
    let (counts, rows) = (Uint32Array::from(counts.as_slice()), Uint32Array::from(rows.as_slice()));
    Ok(Array::of4(&names, &counts, &rows, &skipped(&histories)))
}

/// A visitor's own data to train on, of a catalogue and of histories, each a CSV of this name with these bytes: the catalogue's CSV as
/// the page reads it, the users who are trained on and those who are asked ([`training::packed`]), the items of the first who is asked,
/// six numbers, and what was skipped, a sentence or null. The numbers: users who are trained on, users who are asked, purchases
/// of either, users who were left out, products.
///
/// # Errors
/// As [`Catalogue::from_csv`], [`ShopperHistories::from_csv`] and [`own_data`].
#[wasm_bindgen]
pub fn own(catalogue_file: &str, catalogue: &[u8], histories_file: &str, histories: &[u8]) -> Result<Array, JsString> {
    let catalogue = Catalogue::from_csv(catalogue_file, catalogue).map_err(said)?;
    let histories = ShopperHistories::from_csv(histories_file, histories, &catalogue).map_err(said)?;
    let products = catalogue.items().len();
    let own = own_data([catalogue_file, histories_file], catalogue, &histories).map_err(said)?;
    let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    let numbers = own.users.into_iter().chain(own.purchases).chain([own.left_out, products]);
    let numbers: Vec<u32> = numbers.map(|number| number as u32).collect();
    Ok([
        bytes(own.catalogue.as_bytes()),
        bytes(&own.training),
        bytes(&own.validation),
        Uint32Array::from(own.asked.as_slice()).into(),
        Uint32Array::from(numbers.as_slice()).into(),
        skipped(&histories),
    ]
    .into_iter()
    .collect())
}

/// What was skipped, in a sentence, or null.
fn skipped(histories: &ShopperHistories) -> JsValue {
    histories.unknown().map_or(JsValue::NULL, |unknown| unknown.to_string().into())
}

/// The catalogue that the page has.
fn of_page(csv: &[u8]) -> Result<Catalogue, JsString> {
    Catalogue::from_csv("the page’s catalogue", csv).map_err(said)
}

fn said(error: impl Display) -> JsString {
    error.to_string().into()
}
