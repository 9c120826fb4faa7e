//! The products: what the rows of the embedding tables stand for.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Vocabulary;

/// One product.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The shop's own identifier.
    pub id: String,
    /// Name in readable case.
    pub title: String,
    /// Row of its category in [`Catalogue::categories`].
    pub category: u32,
    /// Median unit price, in the data's currency; none where the data have none.
    pub price: Option<f32>,
    /// How many customers bought it in the data.
    pub popularity: u32,
}

/// All products, in the order of the item embedding's rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    items: Vec<Item>,
    categories: Vec<String>,
}

/// Why a catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The text is not CSV of the right columns.
    #[error("{file}: {source}")]
    Csv {
        /// Name of the file.
        file: String,
        /// What the reader said; it names line and field.
        source: csv::Error,
    },
    /// The file has no product.
    #[error("{0}: no product in it")]
    Empty(String),
    /// Two products have one identifier.
    #[error("{file}: line {line}: id \"{id}\" appeared before, on line {first}")]
    Duplicate {
        /// Name of the file.
        file: String,
        /// Line of the second one.
        line: u64,
        /// Line of the first one.
        first: u64,
        /// The identifier.
        id: String,
    },
    /// A product has no identifier.
    #[error("{file}: line {line}: field \"id\" is empty")]
    NoId {
        /// Name of the file.
        file: String,
        /// Line of the product.
        line: u64,
    },
}

/// A line of the CSV file.
#[derive(Serialize, Deserialize)]
struct Row {
    id: String,
    title: String,
    category: String,
    #[serde(default)]
    price: Option<f32>,
    #[serde(default)]
    popularity: u32,
}

impl Catalogue {
    /// Takes products whose categories are given by name; categories are numbered in alphabetical order.
    pub fn new(products: impl IntoIterator<Item = (Item, String)>) -> Self {
        let (mut items, names): (Vec<Item>, Vec<String>) = products.into_iter().unzip();
        let categories: Vec<String> = names.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let rows: HashMap<&String, u32> = categories.iter().zip(0..).collect();
        for (item, name) in items.iter_mut().zip(&names) {
            item.category = rows[name];
        }
        Self { items, categories }
    }

    /// Reads CSV with a header and the columns id, title, category and, if there, price and popularity. `file` names it
    /// in errors.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self, CatalogueError> {
        let csv = |source| CatalogueError::Csv { file: file.to_owned(), source };
        let mut reader = csv::Reader::from_reader(bytes);
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut products = Vec::new();
        let headers = reader.headers().map_err(csv)?.clone();
        for record in reader.records() {
            let record = record.map_err(csv)?;
            let line = record.position().map_or(0, csv::Position::line);
            let row: Row = record.deserialize(Some(&headers)).map_err(csv)?;
            if row.id.is_empty() {
                return Err(CatalogueError::NoId { file: file.to_owned(), line });
            }
            if let Some(first) = lines.insert(row.id.clone(), line) {
                return Err(CatalogueError::Duplicate { file: file.to_owned(), line, first, id: row.id });
            }
            let Row { id, title, category, price, popularity } = row;
            products.push((Item { id, title, category: 0, price, popularity }, category));
        }
        if products.is_empty() {
            return Err(CatalogueError::Empty(file.to_owned()));
        }
        Ok(Self::new(products))
    }

    /// The CSV text that [`Catalogue::from_csv`] reads.
    ///
    /// # Errors
    /// What the writer said.
    pub fn to_csv(&self) -> Result<String, CatalogueError> {
        let error = |source| CatalogueError::Csv { file: "catalogue".to_owned(), source };
        let mut writer = csv::Writer::from_writer(Vec::new());
        for item in &self.items {
            let Item { id, title, price, popularity, .. } = item.clone();
            let category = self.category(item).to_owned();
            writer.serialize(Row { id, title, category, price, popularity }).map_err(error)?;
        }
        let bytes = writer.into_inner().map_err(|failure| error(failure.into_error().into()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The products, in the order of the embedding's rows.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The categories' names, in the order of the embedding's rows.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// Name of the product's category.
    pub fn category(&self, item: &Item) -> &str {
        &self.categories[item.category as usize]
    }

    /// Row of the product with this identifier.
    pub fn row(&self, id: &str) -> Option<u32> {
        self.items.iter().position(|item| item.id == id).and_then(|row| u32::try_from(row).ok())
    }

    /// Category row of each item, [items].
    pub fn item_categories(&self) -> Vec<u32> {
        self.items.iter().map(|item| item.category).collect()
    }

    /// Sizes of the embedding tables.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary { items: self.items.len(), categories: self.categories.len() }
    }

    /// SHA-256 over identifiers and category names in order, in hexadecimal: equal for two catalogues exactly if every
    /// embedding row means the same in both. Titles, prices and popularity do not count.
    pub fn vocabulary_hash(&self) -> String {
        let mut hash = Sha256::new();
        for item in &self.items {
            for part in [item.id.as_str(), self.category(item)] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
