//! Reading JSON and weights where a browser does the parsing: a parser of our own would be a tenth of the page's wasm, and its
//! many small functions would hold up the first ranking.

use std::collections::BTreeMap;

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::weights::floats;
use crate::{Config, Json, Tensor, Weights, WeightsError};

/// JSON that the browser parsed.
#[derive(Debug, Clone)]
pub struct Parsed(JsValue);

impl Parsed {
    /// Parses a text; none where it is no JSON.
    pub fn new(text: &str) -> Option<Self> {
        JSON::parse(text).ok().map(Self)
    }
}

impl Json for Parsed {
    fn fields(&self) -> Option<Vec<(String, Self)>> {
        let entries = Object::entries(self.0.dyn_ref::<Object>()?);
        entries
            .iter()
            .map(|entry| Array::from(&entry))
            .map(|entry| Some((entry.get(0).as_string()?, Self(entry.get(1)))))
            .collect()
    }

    fn field(&self, name: &str) -> Option<Self> {
        Reflect::get(&self.0, &name.into()).ok().filter(|value| !value.is_undefined()).map(Self)
    }

    fn elements(&self) -> Option<Vec<Self>> {
        Some(self.0.dyn_ref::<Array>()?.iter().map(Self).collect())
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }
}

/// Reads weights as [`Weights::to_safetensors`] writes them: the length of the header, 64 bits; the header, JSON that tells
/// type, shape and place of every tensor; the tensors.
///
/// # Errors
/// As [`Weights::from_safetensors`].
pub fn weights(file: &str, bytes: &[u8]) -> Result<Weights, WeightsError> {
    let damaged = |problem: &str| WeightsError::Format { file: file.to_owned(), problem: problem.to_owned() };
    let (length, rest) = bytes.split_first_chunk().ok_or_else(|| damaged("it has no header"))?;
    let (header, data) = usize::try_from(u64::from_le_bytes(*length))
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or_else(|| damaged("its header is cut off"))?;
    let header = std::str::from_utf8(header).ok().and_then(Parsed::new).and_then(|header| header.fields());
    let (mut metadata, mut tensors) = (BTreeMap::new(), BTreeMap::new());
    for (name, entry) in header.ok_or_else(|| damaged("its header is no JSON"))? {
        if name == "__metadata__" {
            for (key, value) in entry.fields().unwrap_or_default() {
                metadata.insert(key, value.text().unwrap_or_default());
            }
        } else {
            let tensor = tensor(&entry, data).ok_or_else(|| damaged("a tensor has no place in it, or is not F32"))?;
            tensors.insert(name, tensor);
        }
    }
    let config = |text: &str| Config::from_json(&Parsed::new(text).ok_or("it is no JSON")?);
    Weights::from_entries(file, metadata, tensors, &config)
}

/// The float32 tensor that an entry of the header tells of.
fn tensor(entry: &Parsed, data: &[u8]) -> Option<Tensor> {
    let numbers = |name| -> Option<Vec<usize>> {
        entry.field(name)?.elements()?.iter().map(|number| number.number().map(|number| number as usize)).collect()
    };
    let (shape, place) = (numbers("shape")?, numbers("data_offsets")?);
    let values = data.get(*place.first()?..*place.get(1)?)?;
    let is_f32 = entry.field("dtype")?.text()? == "F32" && values.len().is_multiple_of(4);
    is_f32.then(|| Tensor { shape, values: floats(values) })
}
