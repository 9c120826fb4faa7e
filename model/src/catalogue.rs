//! The products: what the rows of the embedding tables stand for.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use crate::Vocabulary;
use crate::table::{Table, TableError};

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
    rows: HashMap<String, u32>,
}

/// Why a catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The text is not CSV of the right columns.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The CSV text cannot be made.
    #[error("the catalogue cannot be written: {0}")]
    Write(String),
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

/// The columns of the CSV file; the last two may be missing.
const COLUMNS: [&str; 5] = ["id", "title", "category", "price", "popularity"];

impl Catalogue {
    /// Takes products whose categories are given by name; categories are numbered in alphabetical order.
    pub fn new(products: impl IntoIterator<Item = (Item, String)>) -> Self {
        let (mut items, names): (Vec<Item>, Vec<String>) = products.into_iter().unzip();
        let categories: Vec<String> = names.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let rows: HashMap<&String, u32> = categories.iter().zip(0..).collect();
        for (item, name) in items.iter_mut().zip(&names) {
            item.category = rows[name];
        }
        let rows = items.iter().map(|item| item.id.clone()).zip(0..).collect();
        Self { items, categories, rows }
    }

    /// Reads CSV in UTF-8 with a header and the columns id, title, category and, if there, price and popularity. An
    /// empty price means none, an empty popularity 0; other columns are ignored. `file` names the source in errors.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self, CatalogueError> {
        let mut table = Table::new(file, bytes, &COLUMNS[..3])?;
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut products = Vec::new();
        while let Some(row) = table.next_row()? {
            let line = row.line;
            let id = row.text("id")?.to_owned();
            if id.is_empty() {
                return Err(CatalogueError::NoId { file: file.to_owned(), line });
            }
            if let Some(first) = lines.insert(id.clone(), line) {
                return Err(CatalogueError::Duplicate { file: file.to_owned(), line, first, id });
            }
            let title = row.text("title")?.to_owned();
            let price = if row.text("price")?.is_empty() { None } else { Some(row.number("price")? as f32) };
            let popularity = match row.text("popularity")? {
                "" => 0,
                _ => row.parse("popularity", "a whole number")?,
            };
            products.push((Item { id, title, category: 0, price, popularity }, row.text("category")?.to_owned()));
        }
        if products.is_empty() {
            return Err(CatalogueError::Empty(file.to_owned()));
        }
        Ok(Self::new(products))
    }

    /// The CSV text that [`Catalogue::from_csv`] reads.
    ///
    /// # Errors
    /// [`CatalogueError::Write`].
    pub fn to_csv(&self) -> Result<String, CatalogueError> {
        let failed = |error: csv::Error| CatalogueError::Write(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).map_err(failed)?;
        for item in &self.items {
            let price = item.price.map_or(String::new(), |price| price.to_string());
            let popularity = item.popularity.to_string();
            writer.write_record([&item.id, &item.title, self.category(item), &price, &popularity]).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(|error| CatalogueError::Write(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| CatalogueError::Write(error.to_string()))
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
        self.rows.get(id).copied()
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
