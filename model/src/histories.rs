//! Histories of shoppers that people bring.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use crate::Catalogue;
use crate::columns;
use crate::dates::seconds;
use crate::table::{Table, TableError, missing, short};

/// What each user clicked or bought, as rows of a catalogue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShopperHistories {
    /// In the order of [`natural_order`].
    users: Vec<(String, Vec<u32>)>,
    unknown: Option<UnknownItems>,
}

/// Lines that were skipped, because their items are not in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownItems {
    /// How many they are.
    pub lines: usize,
    /// How many lines there are in all.
    pub of: usize,
    /// The first of them.
    pub first_line: u64,
    /// The item on it.
    pub first_id: String,
}

impl Display for UnknownItems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { lines, of, first_line, first_id } = self;
        let verb = if *lines == 1 { "names an item that is" } else { "name items that are" };
        write!(f, "{lines} of {of} lines {verb} not in this catalogue, first line {first_line}: \"{first_id}\"")
    }
}

/// Why histories were refused.
#[derive(Debug, thiserror::Error)]
pub enum HistoriesError {
    /// The text is not CSV of the right columns.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The file has no line.
    #[error("{0}: no history in it")]
    Empty(String),
    /// No item of the file is in the catalogue.
    #[error("{file}: {unknown}")]
    Unknown {
        /// Name of the file.
        file: String,
        /// The items.
        unknown: UnknownItems,
    },
}

impl ShopperHistories {
    /// Reads CSV in UTF-8 with a header and the columns user, item (its id in the catalogue) and time, or other names of
    /// these ([`columns`]); other columns are ignored. All times are numbers, or all are dates such
    /// as 2024-05-31, which may go on like T18:30, T18:30:05.25 and T18:30:05+02:00, or such as 31 May 2024 18:30
    /// ([`with_month_name`](crate::dates::with_month_name)); UTC where no zone is told. Events of
    /// one time, to a microsecond, stay in the file's order. Lines with items that are not in the catalogue are skipped, and so are users
    /// with no others. `file` names the source in errors.
    ///
    /// # Errors
    /// See [`HistoriesError`].
    pub fn from_csv(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<Self, HistoriesError> {
        let mut table = Table::new(file, bytes, &[])?;
        let (user, item, time) =
            (table.named(&columns::USER)?, table.named(&columns::ITEM)?, table.named(&columns::TIME)?);
        let mut users: HashMap<String, Vec<(f64, u32)>> = HashMap::new();
        let mut dates = None;
        let mut lines = 0;
        let mut unknown: Option<UnknownItems> = None;
        while let Some(row) = table.next_row()? {
            lines += 1;
            for column in [&user, &item] {
                if missing(row.text(column)?) {
                    return Err(row.wrong(column, "a name or number").into());
                }
            }
            let text = row.text(&time)?;
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            let when = match dates {
                None => number.or_else(|| seconds(text)),
                Some(true) => seconds(text),
                Some(false) => number,
            };
            let Some(when) = when else {
                let expected = match dates {
                    None => "a number, or a date such as 2024-05-31 or 2024-05-31T18:30:00",
                    Some(true) => "a date such as 2024-05-31 or 2024-05-31T18:30:00, as in the lines above",
                    Some(false) => "a number, as in the lines above",
                };
                return Err(row.wrong(&time, expected).into());
            };
            dates = Some(number.is_none());
            let id = row.text(&item)?;
            let Some(item) = catalogue.row(id) else {
                let first = || UnknownItems { lines: 0, of: 0, first_line: row.line, first_id: short(id) };
                unknown.get_or_insert_with(first).lines += 1;
                continue;
            };
            let name = row.text(&user)?;
            match users.get_mut(name) {
                Some(events) => events.push((when, item)),
                None => drop(users.insert(name.to_owned(), vec![(when, item)])),
            }
        }
        let unknown = unknown.map(|unknown| UnknownItems { of: lines, ..unknown });
        let mut users: Vec<(String, Vec<u32>)> = users
            .into_iter()
            .map(|(name, mut events)| {
                events.sort_by(|(a, _), (b, _)| a.total_cmp(b)); // Stable.
                (name, events.into_iter().map(|(_, item)| item).collect())
            })
            .collect();
        users.sort_unstable_by(|(a, _), (b, _)| natural_order(a, b));
        match unknown {
            _ if lines == 0 => Err(HistoriesError::Empty(file.to_owned())),
            Some(unknown) if users.is_empty() => Err(HistoriesError::Unknown { file: file.to_owned(), unknown }),
            unknown => Ok(Self { users, unknown }),
        }
    }

    /// The users by name, user 2 before user 10, with the rows of their items in the catalogue, oldest first. No history
    /// is empty, and an item may come more than once.
    pub fn users(&self) -> impl ExactSizeIterator<Item = (&str, &[u32])> {
        self.users.iter().map(|(name, items)| (name.as_str(), items.as_slice()))
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether there is no user.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// What was skipped.
    pub fn unknown(&self) -> Option<&UnknownItems> {
        self.unknown.as_ref()
    }
}

/// The alphabetical order, but digits that follow one another are a number, and numbers come before letters.
fn natural_order(a: &str, b: &str) -> Ordering {
    fn parts(name: &str) -> impl Iterator<Item = (bool, usize, &[u8])> {
        name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).map(|part| {
            let zeros = part.iter().take_while(|&&digit| digit == b'0').count();
            match part[0].is_ascii_digit() {
                // Of numbers without leading zeros, the longer one is larger.
                true => (false, part.len() - zeros, &part[zeros..]),
                false => (true, 0, part),
            }
        })
    }
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}
