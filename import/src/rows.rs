//! Which rows of a checkpoint's embedding tables a catalogue's products and categories are.

use crate::error::ImportError;
use model::Catalogue;

/// Rows of the source's embedding tables, in the order of our own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Row of each item, `[items]`.
    pub items: Vec<u32>,
    /// Row of each category, `[categories]`.
    pub categories: Vec<u32>,
}

impl Rows {
    /// The rows that the catalogue's columns `row` and `category_row` say. Without them products are taken in their order
    /// and categories in alphabetical order, from row 1 on, as row 0 is padding; from row 0 on where the table has no row
    /// to spare. Also a sentence for each guess.
    ///
    /// `items` and `categories` count the rows of the item table and, where there is one, of the category table.
    ///
    /// # Errors
    /// [`ImportError::Catalogue`] where a row is not in its table, or the table has too few.
    pub fn of_catalogue(
        file: &str,
        catalogue: &Catalogue,
        (items, categories): (usize, Option<usize>),
    ) -> Result<(Self, Vec<String>), ImportError> {
        let mut notes = Vec::new();
        let mut rows = |what: &str, column: &str, given: Option<&[u32]>, count: usize, table: usize| {
            let failed = |problem| Err(ImportError::Catalogue { file: file.to_owned(), problem });
            if let Some(rows) = given {
                return match rows.iter().find(|&&row| row as usize >= table) {
                    Some(row) => failed(format!(
                        "the catalogue's column \"{column}\" has {row}, but the {what} table has {table} rows"
                    )),
                    None => Ok(rows.to_vec()),
                };
            }
            if table < count {
                return failed(format!("the {what} table has {table} rows, too few for the catalogue's {count}"));
            }
            // FuxiCTR has a row after the last for what it did not know.
            if table > count + 2 {
                return failed(format!(
                    "the {what} table has {table} rows and the catalogue {count}; which is which must stand in a column \
                     \"{column}\" of the catalogue"
                ));
            }
            let first = u32::from(table > count);
            let order = if what == "item" { "in the catalogue's order" } else { "in alphabetical order" };
            notes.push(format!("Rows of the {what} table: {order}, from row {first} on."));
            Ok((first..).take(count).collect())
        };
        let count = catalogue.vocabulary();
        Ok((
            Self {
                items: rows("item", "row", catalogue.rows(), count.items, items)?,
                categories: match categories {
                    Some(table) => {
                        rows("category", "category_row", catalogue.category_rows(), count.categories, table)?
                    }
                    None => vec![0; count.categories],
                },
            },
            notes,
        ))
    }
}
