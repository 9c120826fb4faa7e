//! The products: what the rows of the embedding tables stand for.

use std::cmp::Ordering;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::Vocabulary;
use crate::table::{Table, TableError, disarmed, short};

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
    /// Rows in the order of the identifiers.
    by_id: Vec<u32>,
    rows: Option<Vec<u32>>,
    category_rows: Option<Vec<u32>>,
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
    /// The rows of a checkpoint's tables are not told of every product, or told twice.
    #[error("{file}: line {line}: {problem}")]
    Rows {
        /// Name of the file.
        file: String,
        /// Line of the product.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}

/// The columns of every catalogue; the last two may be missing.
const COLUMNS: [&str; 5] = ["id", "title", "category", "price", "popularity"];
/// Columns of a catalogue that goes with a checkpoint of another program; both may be missing.
const ROW: &str = "row";
const CATEGORY_ROW: &str = "category_row";

impl Catalogue {
    /// Takes products whose categories are given by name; categories are numbered in alphabetical order.
    pub fn new(products: impl IntoIterator<Item = (Item, String)>) -> Self {
        let (mut items, names): (Vec<Item>, Vec<String>) = products.into_iter().unzip();
        let mut rows: Vec<u32> = (0..items.len() as u32).collect();
        sort_rows(&mut rows, &|a, b| names[a as usize].cmp(&names[b as usize]));
        let mut categories: Vec<String> = Vec::new();
        for &row in &rows {
            let name = &names[row as usize];
            if categories.last() != Some(name) {
                categories.push(name.clone());
            }
            items[row as usize].category = categories.len() as u32 - 1;
        }
        sort_rows(&mut rows, &|a, b| items[a as usize].id.cmp(&items[b as usize].id));
        Self { items, categories, by_id: rows, rows: None, category_rows: None }
    }

    /// Reads CSV in UTF-8 with a header and the columns id, title, category and, if there, price, popularity, row and
    /// category_row (see [`Catalogue::rows`]). A product without a title is called by its id, an empty price means none, an
    /// empty popularity 0; other columns are ignored. `file` names the source in errors.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn from_csv(file: &str, bytes: &[u8]) -> Result<Self, CatalogueError> {
        let mut table = Table::new(file, bytes, &COLUMNS[..3])?;
        let mut first: HashMap<String, u64> = HashMap::new();
        let (mut products, mut lines) = (Vec::new(), Vec::new());
        let (mut rows, mut category_rows) = (Vec::new(), Vec::new());
        while let Some(row) = table.next_row()? {
            let line = row.line;
            let id = row.text("id")?.to_owned();
            if id.is_empty() {
                return Err(CatalogueError::NoId { file: file.to_owned(), line });
            }
            if let Some(first) = first.insert(id.clone(), line) {
                return Err(CatalogueError::Duplicate { file: file.to_owned(), line, first, id: short(&id) });
            }
            let title = match row.text("title")? {
                blank if blank.trim().is_empty() => id.clone(),
                title => title.to_owned(),
            };
            let price = match row.text("price")? {
                "" => None,
                _ => Some(row.number("price")? as f32),
            };
            if price.is_some_and(f32::is_infinite) {
                return Err(row.wrong("price", "a number below 3.4e38").into());
            }
            let whole = |column| match row.text(column)? {
                "" => Ok(None),
                _ => row.parse::<u32>(column, "a whole number from 0 to 4294967295").map(Some),
            };
            let popularity = whole("popularity")?.unwrap_or(0);
            rows.push(whole(ROW)?);
            category_rows.push(whole(CATEGORY_ROW)?);
            lines.push(line);
            products.push((Item { id, title, category: 0, price, popularity }, row.text("category")?.to_owned()));
        }
        if products.is_empty() {
            return Err(CatalogueError::Empty(file.to_owned()));
        }
        drop(first);
        let mut catalogue = Self::new(products);
        let refused = |(product, problem): (usize, String)| CatalogueError::Rows {
            file: file.to_owned(),
            line: lines[product],
            problem,
        };
        if let Some(rows) = all_or_none(ROW, rows).map_err(refused)? {
            check_rows(&rows, &lines).map_err(refused)?;
            catalogue.rows = Some(rows);
        }
        if let Some(rows) = all_or_none(CATEGORY_ROW, category_rows).map_err(refused)? {
            catalogue.category_rows = Some(catalogue.rows_of_categories(&rows, &lines).map_err(refused)?);
        }
        Ok(catalogue)
    }

    /// The row of each category, from that of the category of each product, which stands on the line in `lines`; or the
    /// product with which something is wrong, and what.
    fn rows_of_categories(&self, rows: &[u32], lines: &[u64]) -> Result<Vec<u32>, (usize, String)> {
        let mut first: Vec<Option<usize>> = vec![None; self.categories.len()];
        let mut taken: HashMap<u32, usize> = HashMap::new();
        for (product, (item, row)) in self.items.iter().zip(rows).enumerate() {
            let name = |item: &Item| short(self.category(item));
            let first = &mut first[item.category as usize];
            let other = *first.get_or_insert(product);
            if rows[other] != *row {
                let problem = format!(
                    "category \"{}\" has {CATEGORY_ROW} {row} here and {} on line {}",
                    name(item),
                    rows[other],
                    lines[other]
                );
                return Err((product, problem));
            }
            let other = *taken.entry(*row).or_insert(product);
            if self.items[other].category != item.category {
                let problem = format!(
                    "{CATEGORY_ROW} {row} is that of category \"{}\" here and of \"{}\" on line {}",
                    name(item),
                    name(&self.items[other]),
                    lines[other]
                );
                return Err((product, problem));
            }
        }
        // Every category has a product.
        Ok(first.into_iter().flatten().map(|product| rows[product]).collect())
    }

    /// The same products, bought by so many customers each.
    ///
    /// # Panics
    /// When there are not as many numbers as products.
    pub fn with_popularity(mut self, customers: &[u32]) -> Self {
        assert_eq!(customers.len(), self.items.len(), "a number for each product");
        for (item, &customers) in self.items.iter_mut().zip(customers) {
            item.popularity = customers;
        }
        self
    }

    /// The CSV text that [`Catalogue::from_csv`] reads.
    ///
    /// # Errors
    /// [`CatalogueError::Write`].
    pub fn to_csv(&self) -> Result<String, CatalogueError> {
        let failed = |error: csv::Error| CatalogueError::Write(error.to_string());
        let mut writer = csv::Writer::from_writer(Vec::new());
        let more = [(ROW, self.rows.is_some()), (CATEGORY_ROW, self.category_rows.is_some())];
        let more = more.into_iter().filter_map(|(column, there)| there.then_some(column));
        writer.write_record(COLUMNS.into_iter().chain(more)).map_err(failed)?;
        for (product, item) in self.items.iter().enumerate() {
            let price = item.price.map_or(String::new(), |price| price.to_string());
            let popularity = item.popularity.to_string();
            let row = self.rows.as_ref().map(|rows| rows[product].to_string());
            let category_row = self.category_rows.as_ref().map(|rows| rows[item.category as usize].to_string());
            let texts = [item.id.clone(), item.title.clone(), self.category(item).to_owned()].map(disarmed);
            let fields = texts.iter().chain([&price, &popularity]).map(String::as_str);
            let more = row.as_deref().into_iter().chain(category_row.as_deref());
            writer.write_record(fields.chain(more)).map_err(failed)?;
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
        let found = self.by_id.binary_search_by(|&row| self.items[row as usize].id.as_str().cmp(id));
        found.ok().map(|place| self.by_id[place])
    }

    /// Row of each product in the item embedding of a checkpoint that goes with this catalogue and was made by another
    /// program, `[items]`, each another; none where the file does not say.
    pub fn rows(&self) -> Option<&[u32]> {
        self.rows.as_deref()
    }

    /// The same of each category in the category embedding, `[categories]`.
    pub fn category_rows(&self) -> Option<&[u32]> {
        self.category_rows.as_deref()
    }

    /// Category row of each item, `[items]`.
    pub fn item_categories(&self) -> Vec<u32> {
        self.items.iter().map(|item| item.category).collect()
    }

    /// Sizes of the embedding tables.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary { items: self.items.len(), categories: self.categories.len() }
    }

    /// SHA-256 over identifiers and category names in order, in hexadecimal: equal for two catalogues exactly if every
    /// embedding row means the same in both. Nothing else counts: no titles, prices, popularity or rows of a checkpoint.
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

/// Sorts rows of a catalogue; equal ones stay in the catalogue's order. The comparison is behind a pointer because a sort for
/// each of several would be a noticeable part of the page's size.
pub fn sort_rows(rows: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    rows.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
}

/// The number of every product, or none if no product has one; an error, with the first product without, if only some
/// have.
fn all_or_none(column: &str, numbers: Vec<Option<u32>>) -> Result<Option<Vec<u32>>, (usize, String)> {
    if numbers.iter().all(Option::is_none) {
        return Ok(None);
    }
    match numbers.iter().position(Option::is_none) {
        Some(product) => {
            let problem = format!("field \"{column}\" is empty; every product needs one, or none may have one");
            Err((product, problem))
        }
        None => Ok(Some(numbers.into_iter().flatten().collect())),
    }
}

/// Refuses the first product whose row is that of one before.
fn check_rows(rows: &[u32], lines: &[u64]) -> Result<(), (usize, String)> {
    let mut taken: HashMap<u32, usize> = HashMap::new();
    for (product, row) in rows.iter().enumerate() {
        if let Some(other) = taken.insert(*row, product) {
            return Err((product, format!("{ROW} {row} is that of the product on line {} too", lines[other])));
        }
    }
    Ok(())
}
