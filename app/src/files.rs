//! The files that the page reads itself, as this project's programs write them: JSON, weights in safetensors, a catalogue in
//! CSV. Everything else that people bring goes through [`reader`](crate::reader), which makes such files of it. The browser
//! parses JSON and decimal numbers; a parser of our own would be a tenth of the page's wasm.

use std::collections::BTreeMap;
use std::ops::Deref;

use js_sys::{Array, JSON, Object, Reflect};
use model::{Catalogue, Config, Item, Json, Tensor, Weights, WeightsError};
use wasm_bindgen::{JsCast, JsValue};

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
    let values = data.get(*place.first()?..*place.get(1)?)?.as_chunks().0;
    let is_f32 = entry.field("dtype")?.text()? == "F32";
    is_f32.then(|| Tensor { shape, values: values.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect() })
}

/// A catalogue, with the file that it came from.
#[derive(Debug)]
pub struct Products {
    catalogue: Catalogue,
    csv: Vec<u8>,
}

impl Products {
    /// Reads a catalogue as [`Catalogue::to_csv`] writes it.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn new(file: &str, csv: Vec<u8>) -> Result<Self, String> {
        let products = std::str::from_utf8(&csv).ok().and_then(|text| {
            let mut records = records(text).into_iter();
            records.next().filter(|header| header.starts_with(&COLUMNS.map(str::to_owned)))?;
            records.map(product).collect::<Option<Vec<_>>>()
        });
        match products {
            Some(products) if !products.is_empty() => Ok(Self { catalogue: Catalogue::new(products), csv }),
            _ => Err(format!("{file}: damaged, or no catalogue of this project")),
        }
    }

    /// The file, with everything that the page itself does not need.
    pub fn csv(&self) -> &[u8] {
        &self.csv
    }
}

impl Deref for Products {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}

/// The first columns of a catalogue. Those that may follow are for whoever imports weights.
const COLUMNS: [&str; 5] = ["id", "title", "category", "price", "popularity"];

fn product(record: Vec<String>) -> Option<(Item, String)> {
    let [id, title, category, price, popularity] = record.into_iter().take(5).collect::<Vec<_>>().try_into().ok()?;
    let price = Some(js_sys::parse_float(&price) as f32).filter(|price| price.is_finite());
    Some((Item { id, title, category: 0, price, popularity: popularity.parse().ok()? }, category))
}

/// The fields of each line of CSV: separated by commas, and where a field is in quotes, commas and ends of lines belong to it
/// and a quote is written twice.
fn records(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            letter => field.push(letter),
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_what_the_writer_wrote() {
        let titles = ["a lamp", "\"a\" lamp, green", "two\nlines", "", "Öl"];
        let item = |(number, title): (usize, &str)| {
            let (id, title) = (number.to_string(), title.to_owned());
            (Item { id, title, category: 0, price: None, popularity: 7 }, "lamps, oil".to_owned())
        };
        let catalogue = Catalogue::new(titles.into_iter().enumerate().map(item));
        let records = records(&catalogue.to_csv().unwrap());
        assert_eq!(records[0], COLUMNS);
        assert_eq!(records.len(), 1 + titles.len());
        for (record, (number, title)) in records[1..].iter().zip(titles.iter().enumerate()) {
            assert_eq!(record, &[&number.to_string(), *title, "lamps, oil", "", "7"]);
        }
    }

    #[test]
    fn the_shop_s_file_is_in_the_form_that_the_page_reads() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let csv = std::fs::read(root.join("assets/catalogue.csv")).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &csv).unwrap();
        assert_eq!(catalogue.to_csv().unwrap().as_bytes(), csv);
    }
}
