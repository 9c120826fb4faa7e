//! What each customer bought, oldest first: the data that the networks are trained on.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use jiff::civil::DateTime;

use crate::purchases::{Purchase, customers};
use model::Catalogue;
use model::table::{Table, TableError};

/// All customers' purchases.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sequences {
    /// The customers, in the order of their identifiers.
    pub users: Vec<User>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The shop's own identifier.
    pub id: String,
    /// Purchases, oldest first, each item once.
    pub events: Vec<Event>,
}

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Row in the catalogue.
    pub item: u32,
    /// Which of the customer's invoices, counted from 0 in the order of their first line.
    pub basket: u32,
    /// Local time of the invoice line.
    pub time: DateTime,
}

/// Why sequences could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SequencesError {
    /// The file cannot be opened or written.
    #[error("{file}: {problem}")]
    File {
        /// Name of the file.
        file: String,
        /// What the system said.
        problem: String,
    },
    /// The text is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no purchase in the file.
    #[error("{0}: no purchase in it")]
    Empty(String),
}

impl Sequences {
    /// Reads CSV with the columns user, basket, item and time, as [`Sequences::write`] leaves it: one customer's lines
    /// follow one another, oldest first.
    ///
    /// # Errors
    /// See [`SequencesError`]; an item that is not in the catalogue, lines out of order and a customer who comes twice
    /// are errors too.
    pub fn read(path: &Path, catalogue: &Catalogue) -> Result<Self, SequencesError> {
        let file = path.display().to_string();
        let source = File::open(path)
            .map_err(|error| SequencesError::File { file: file.clone(), problem: error.to_string() })?;
        let mut table = Table::new(&file, BufReader::new(source), &["user", "basket", "item", "time"])?;
        let mut users: Vec<User> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(row) = table.next_row()? {
            let id = row.known("user")?.ok_or_else(|| row.wrong("user", "a name or number"))?;
            let item = catalogue.row(row.text("item")?).ok_or_else(|| row.wrong("item", "an id of the catalogue"))?;
            let basket = row.parse("basket", "a whole number")?;
            let time = row.parse("time", "a date and time such as 2010-12-01T08:26:00")?;
            if users.last().is_none_or(|user| user.id != id) {
                if !seen.insert(id.to_owned()) {
                    return Err(row.wrong("user", "lines of one user in one block").into());
                }
                users.push(User { id: id.to_owned(), events: Vec::new() });
            }
            if let Some(user) = users.last_mut() {
                if user.events.last().is_some_and(|last| last.time > time) {
                    return Err(row.wrong("time", "no time before that of the line above").into());
                }
                user.events.push(Event { item, basket, time });
            }
        }
        if users.is_empty() { Err(SequencesError::Empty(file)) } else { Ok(Self { users }) }
    }

    /// Writes the CSV that [`Sequences::read`] reads.
    ///
    /// # Errors
    /// [`SequencesError::File`].
    pub fn write(&self, path: &Path, catalogue: &Catalogue) -> Result<(), SequencesError> {
        let failed = |problem: String| SequencesError::File { file: path.display().to_string(), problem };
        let mut writer = csv::Writer::from_path(path).map_err(|error| failed(error.to_string()))?;
        writer.write_record(["user", "basket", "item", "time"]).map_err(|error| failed(error.to_string()))?;
        for user in &self.users {
            for event in &user.events {
                let item = &catalogue.items()[event.item as usize].id;
                writer
                    .write_record([&user.id, &event.basket.to_string(), item, &event.time.to_string()])
                    .map_err(|error| failed(error.to_string()))?;
            }
        }
        writer.flush().map_err(|error| failed(error.to_string()))
    }

    /// The purchases of each user, in their order, without names and times.
    pub fn purchases(&self) -> Vec<Vec<Purchase>> {
        let purchase = |&Event { item, basket, .. }: &Event| Purchase { item, basket };
        self.users.iter().map(|user| user.events.iter().map(purchase).collect()).collect()
    }

    /// How many users bought each item, `[items]`.
    pub fn customers(&self, items: usize) -> Vec<u32> {
        customers(&self.purchases(), items)
    }

    /// Number of purchases of all customers together.
    pub fn events(&self) -> usize {
        self.users.iter().map(|user| user.events.len()).sum()
    }
}
