//! Which rows of a checkpoint's embedding tables a catalogue's products and categories are.

use std::collections::{BTreeMap, HashMap};

use crate::asked::Asked;
use crate::error::ImportError;
use crate::options::FeatureRows;
use crate::question::{Choice, Question};
use model::Catalogue;
use model::table::Table;

/// What a library does with row 0 of its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zero {
    /// It is padding, and the library numbers products from 1 on.
    Padding,
    /// It is padding in a history; who trains numbers the products.
    Masked,
    /// It is a row like others, as padding is told by lengths; who trains numbers the products.
    Free,
}

/// Rows of the source's embedding tables, in the order of our own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Row of each item, `[items]`.
    pub items: Vec<u32>,
    /// Row of each category, `[categories]`.
    pub categories: Vec<u32>,
    /// Category of each item by its place in `categories`, `[items]`.
    pub item_categories: Vec<u32>,
    /// Row of each item in the tables of further features, `[items]` each, by the feature's name.
    pub more: BTreeMap<String, Vec<u32>>,
}

impl Rows {
    /// The rows that the catalogue's columns `row` and `category_row` say, or the file's own lists of names where it has
    /// them. Without either products are taken in their order
    /// and categories in alphabetical order, from row 1 on where row 0 is padding. Where a file does not say that, it is asked.
    ///
    /// `items` and `categories` count the rows of the item table and, where there is one, of the category table, which may be
    /// the candidate's alone, `is_plain`.
    ///
    /// # Errors
    /// [`ImportError::Catalogue`] where a row is not in its table, or the table has too few.
    pub(super) fn of_catalogue(
        asked: &mut Asked,
        catalogue: &Catalogue,
        (items, categories): (usize, Option<usize>),
        zero: Zero,
        is_plain: bool,
        peer: &str,
    ) -> Result<(Self, Vec<String>), ImportError> {
        let count = catalogue.vocabulary();
        let file = asked.file.clone();
        let failed = |problem| ImportError::Catalogue { file: file.clone(), problem };
        // Rows that a table has beyond the products.
        let spare = items.checked_sub(count.items).filter(|_| catalogue.rows().is_none());
        let mut first = u32::from(zero != Zero::Free || spare != Some(0));
        if zero != Zero::Padding && spare.is_some_and(|spare| spare > 0) {
            first = asked.ask(first_row())?;
        }
        let mut notes = Vec::new();
        let mut rows = |what: &str, column: &str, given: Option<&[u32]>, count: usize, table: usize| {
            if let Some(rows) = given {
                return match rows.iter().find(|&&row| row as usize >= table || row == 0 && zero == Zero::Padding) {
                    Some(0) => {
                        Err(failed(format!("the catalogue's column \"{column}\" has 0, which is padding for {peer}")))
                    }
                    Some(row) => Err(failed(format!(
                        "the catalogue's column \"{column}\" has {row}, but the {what} table has {table} rows"
                    ))),
                    None => Ok(rows.to_vec()),
                };
            }
            let padding = usize::from(zero == Zero::Padding);
            if table < count + padding {
                let besides = if padding > 0 { ", of which row 0 is padding" } else { "" };
                return Err(failed(format!(
                    "the {what} table has {table} rows{besides}, too few for the catalogue's {count}"
                )));
            }
            // FuxiCTR has a row after the last for what it did not know.
            if table > count + 2 {
                let none = if is_plain && what == "category" {
                    "; or say --category none, where it is no feature of the products"
                } else {
                    ""
                };
                return Err(failed(format!(
                    "the {what} table has {table} rows and the catalogue {count}; which is which must stand in a column \
                     \"{column}\" of the catalogue{none}"
                )));
            }
            let first = if table == count { 0 } else { first };
            let order = if what == "item" { "in the catalogue's order" } else { "in alphabetical order" };
            notes.push(format!("Rows of the {what} table: {order}, from row {first} on."));
            Ok((first..).take(count).collect())
        };
        let ids: Vec<&str> = catalogue.items().iter().map(|item| item.id.as_str()).collect();
        let names: Vec<&str> = catalogue.categories().iter().map(String::as_str).collect();
        let of_items = named(asked, "row", catalogue.rows(), &ids)?;
        let items = rows("item", "row", of_items.as_deref(), count.items, items)?;
        let categories = match categories {
            Some(table) => {
                let of_categories = named(asked, "category_row", catalogue.category_rows(), &names)?;
                rows("category", "category_row", of_categories.as_deref(), count.categories, table)?
            }
            None => vec![0; count.categories],
        };
        let more = asked.options.feature_rows.iter();
        let more = more.map(|(name, products)| (name.clone(), rows_or_pooled(products))).collect();
        Ok((Self { items, categories, item_categories: catalogue.item_categories(), more }, notes))
    }
}

/// The rows of the products in a feature's table, or where some have several or none, in a table of what is pooled for each.
fn rows_or_pooled(products: &[Vec<u32>]) -> Vec<u32> {
    if has_several(products) {
        return (1..).take(products.len()).collect();
    }
    products.iter().flatten().copied().collect()
}

/// Whether some product has several rows of a feature's table, or none.
pub(super) fn has_several(products: &[Vec<u32>]) -> bool {
    products.iter().any(|rows| rows.len() != 1)
}

/// The rows that a column of the catalogue says, else those that go by these names in the file's own list of names, which a
/// checkpoint of RecBole's trainer has. None where the file has none of the names.
fn named(asked: &Asked, column: &str, given: Option<&[u32]>, names: &[&str]) -> Result<Option<Vec<u32>>, ImportError> {
    let Some(tokens) = asked.metadata.get(&format!("{column}_tokens")).filter(|_| given.is_none()) else {
        return Ok(given.map(<[u32]>::to_vec));
    };
    let places: HashMap<&str, u32> = tokens.split('\n').zip(0..).collect();
    let rows: Vec<Option<u32>> = names.iter().map(|name| places.get(name).copied()).collect();
    if rows.iter().all(Option::is_none) {
        return Ok(None);
    }
    match rows.iter().position(Option::is_none) {
        Some(place) => Err(ImportError::Catalogue {
            file: asked.file.clone(),
            problem: format!(
                "the file's own list of names lacks \"{}\", which the catalogue has; leave it out of the catalogue, or give it a \
                 column \"{column}\"",
                names[place]
            ),
        }),
        None => Ok(Some(rows.into_iter().flatten().collect())),
    }
}

fn first_row() -> Question {
    Question {
        option: "first-row",
        topic: "First row".to_owned(),
        asks: "Which row of the tables is the catalogue's first product, and which its first category? The catalogue's columns \
               row and category_row say it better."
            .to_owned(),
        choices: vec![
            Choice::new("1", "Labels begin at 1, and row 0 is padding."),
            Choice::new("0", "Labels begin at 0, and the last row is spare."),
        ],
        why: "as row 0 is padding in the library's examples".to_owned(),
        code: "the labels of the training data, such as LabelEncoder().fit_transform(ids) + 1",
    }
}

/// The columns of a catalogue that say rows of further features, such as `brand_row` for the feature "brand": the row of each
/// product in the feature's table, or several with blanks between them, such as "3 7 9", or none. `file` names the catalogue in
/// errors.
///
/// # Errors
/// [`ImportError::Table`].
pub fn feature_rows(file: &str, bytes: &[u8]) -> Result<FeatureRows, ImportError> {
    let mut table = Table::new(file, bytes, &["id"])?;
    let columns: Vec<(String, String)> = table
        .columns()
        .iter()
        .filter_map(|column| Some((column.to_owned(), column.strip_suffix("_row")?.to_owned())))
        .filter(|(_, feature)| feature != "category")
        .collect();
    let mut rows: FeatureRows = BTreeMap::new();
    while let Some(row) = table.next_row()? {
        for (column, feature) in &columns {
            let values: Result<Vec<u32>, _> = row.text(column)?.split_whitespace().map(str::parse).collect();
            let expected = "a whole number from 0 to 4294967295, or several with blanks between them";
            rows.entry(feature.clone()).or_default().push(values.map_err(|_| row.wrong(column, expected))?);
        }
    }
    Ok(rows)
}
