//! Data preparation: raw data become a [`Catalogue`] and [`Sequences`].
//!
//! [`online_retail`], [`movielens`] and `log`, a log of clicks in any form, read raw data and drop rows by rules of their
//! own; [`Input`] finds out which of them reads a file. What comes after is the same for all: events in the order of time, the first of each user and item, and users and items that have enough.

mod input;
mod lines;
mod log;
pub mod movielens;
pub mod online_retail;
mod rows;
mod source;
mod times;

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display, Formatter};
use std::path::Path;

use jiff::civil::DateTime;

use self::times::{Time, Times};
use crate::sequences::{Event, Sequences, User};
use model::table::TableError;
use model::{Catalogue, Item};

pub use input::{Input, Options};
pub use log::Columns;
pub use times::Order;

/// A user counts from this many different items on.
pub const MIN_ITEMS: usize = 5;
/// An item counts from this many users on.
pub const MIN_USERS: usize = 10;

/// What preparation makes of the raw rows.
#[derive(Debug)]
pub struct Prepared {
    /// The items that are left, in the alphabetical order of their identifiers.
    pub catalogue: Catalogue,
    /// The events that are left.
    pub sequences: Sequences,
    /// What was dropped, and why.
    pub report: Report,
    /// What the file was taken for, a line each.
    pub notes: Vec<String>,
}

/// Why raw data were refused.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A line or field is not as it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file or folder cannot be opened.
    #[error("{file}: {problem}")]
    File {
        /// Its name.
        file: String,
        /// What the system said.
        problem: String,
    },
    /// The header lacks a column that every form of data has, or the file has no header that is known.
    #[error("{error}\n{FORMS}")]
    Form {
        /// What is missing.
        error: Box<PrepareError>,
    },
    /// The rules of Online Retail left nothing.
    #[error("{error}\nwhere the file is of another shop, read it as a log of clicks by --columns item=StockCode")]
    OtherShop {
        /// What each rule dropped.
        error: Box<PrepareError>,
    },
    /// The file is an archive that cannot be read.
    #[error("{0}: a ZIP archive or an Excel file; unpack the archive, or save the table as CSV in UTF-8")]
    Zip(String),
    /// The file holds several files, or none.
    #[error(
        "{file}: a ZIP archive of more or less than one file ({names}); unpack it and name one of them, or the folder"
    )]
    Archive {
        /// Its name.
        file: String,
        /// The files in it.
        names: String,
    },
    /// The file is no text.
    #[error("{file}: {what}; {advice}")]
    Container {
        /// Its name.
        file: String,
        /// What it is.
        what: &'static str,
        /// What to do about that.
        advice: &'static str,
    },
    /// A line is no JSON object.
    #[error("{file}: line {line}: {problem}")]
    Json {
        /// Name of the file.
        file: String,
        /// The line.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// The times of the file cannot be understood.
    #[error("{file}: {problem}")]
    Dates {
        /// Name of the file.
        file: String,
        /// Why.
        problem: String,
    },
    /// An option does not go with the file.
    #[error("{file}: {problem}")]
    Option {
        /// Name of the file.
        file: String,
        /// Which, and why.
        problem: String,
    },
    /// A folder of several files, or of none, none of which is known by its name.
    #[error("{error}, or a single file of a log; name one of: {files}")]
    Folder {
        /// What is not there.
        error: Box<PrepareError>,
        /// The files that are there.
        files: String,
    },
    /// A folder without data of a known form.
    #[error("{folder}: no ratings with their movies in this folder; looked for {forms}")]
    NoMovieLens {
        /// Name of the folder.
        folder: String,
        /// The pairs of files that were looked for.
        forms: String,
    },
    /// The file has no row.
    #[error("{0}: no row of data in it")]
    NoRow(String),
    /// The rules left nothing.
    #[error("{file}: nothing is left after cleaning\n{report}")]
    NothingLeft {
        /// Name of the file.
        file: String,
        /// What each rule dropped.
        report: Box<Report>,
    },
}

/// The forms of data that are taken, for who brings another.
const FORMS: &str = "\
prepare takes, with a header or in the order of the well-known logs without one:
  a log of clicks: columns user, item, time and, where there are, category, title, price, event and rating, or other names \
of these, such as visitorid, product_id, timestamp; --columns user=NAME,item=NAME,time=NAME says which is which, by names \
or by numbers from 1
  Online Retail: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID
  MovieLens and RecBole: a folder with ratings.csv and movies.csv, ratings.dat and movies.dat, u.data and u.item, or \
NAME.inter and NAME.item";

fn file_error(file: &Path, error: &std::io::Error) -> PrepareError {
    PrepareError::File { file: file.display().to_string(), problem: error.to_string() }
}

/// What each rule dropped, in the order of the rules. A row counts for the first rule that drops it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows of data.
    pub rows: usize,
    /// The rules of the form of data, and the rows that each dropped.
    pub dropped: Vec<(String, usize)>,
    /// Rows of a user with an item that the user had before.
    pub repeated: usize,
    /// Events dropped with users of fewer than [`MIN_ITEMS`] items and items of fewer than [`MIN_USERS`] users, users
    /// first, again and again until every one that is left has enough.
    pub rare: usize,
    /// Users before that rule.
    pub users_before: usize,
    /// Items before that rule.
    pub items_before: usize,
    /// Users that are left.
    pub users: usize,
    /// Items that are left.
    pub items: usize,
    /// Events that are left.
    pub events: usize,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>9} rows", self.rows)?;
        for (rule, count) in &self.dropped {
            writeln!(f, "{:>9} {rule}", format!("−{count}"))?;
        }
        writeln!(f, "{:>9} the same user and item again", format!("−{}", self.repeated))?;
        let first = self.events + self.rare;
        writeln!(f, "{first:>9} first events: {} users, {} items", self.users_before, self.items_before)?;
        let rare = format!("−{}", self.rare);
        writeln!(f, "{rare:>9} users under {MIN_ITEMS} items, items under {MIN_USERS} users (repeated until stable)")?;
        write!(f, "{:>9} events left: {} users, {} items", self.events, self.users, self.items)
    }
}

/// Raw data once the rules of their form were at the rows. Users and items are numbered.
struct Raw {
    /// Name of the source in errors.
    file: String,
    /// Rows of data.
    rows: usize,
    /// The rules, and the rows that each dropped.
    dropped: Vec<(String, usize)>,
    /// Identifiers, in the order of their numbers.
    users: Vec<String>,
    /// Items with the names of their categories, in the order of their numbers; their popularity is not counted yet.
    items: Vec<(Item, String)>,
    /// Events, in the order of the file.
    events: Vec<RawEvent>,
    /// What the file was taken for.
    notes: Vec<String>,
}

/// A row that the rules keep.
#[derive(Clone, Copy)]
struct RawEvent {
    time: DateTime,
    user: usize,
    item: usize,
    /// The same for a user's events exactly if they are of one basket.
    basket: i64,
}

impl RawEvent {
    /// Events of a time, a user, an item and a basket, once it is settled what the times mean; and that in words.
    fn timed(
        file: &str,
        times: Times,
        events: Vec<(Time, usize, usize, i64)>,
    ) -> Result<(Vec<Self>, String), PrepareError> {
        let clock = times.settle(file)?;
        let timed = |(time, user, item, basket)| match clock.at(time) {
            Some(time) => Ok(Self { time, user, item, basket }),
            None => Err(PrepareError::Dates {
                file: file.to_owned(),
                problem: "a time is before or after all years".into(),
            }),
        };
        let events = events.into_iter().map(timed).collect::<Result<Vec<_>, _>>()?;
        let range =
            events.iter().map(|event| event.time.date()).min().zip(events.iter().map(|event| event.time.date()).max());
        let range = range.map_or(String::new(), |(from, to)| format!(", {from} to {to}"));
        Ok((events, clock.note + &range))
    }
}

/// Names, numbered in the order in which they first come.
#[derive(Default)]
struct Numbers(HashMap<String, usize>);

impl Numbers {
    fn number(&mut self, name: &str) -> usize {
        match self.0.get(name) {
            Some(&number) => number,
            None => {
                self.0.insert(name.to_owned(), self.0.len());
                self.0.len() - 1
            }
        }
    }

    /// All names, in the order of their numbers.
    fn names(self) -> Vec<String> {
        let mut names: Vec<(String, usize)> = self.0.into_iter().collect();
        names.sort_by_key(|&(_, number)| number);
        names.into_iter().map(|(name, _)| name).collect()
    }
}

impl Raw {
    fn prepare(self) -> Result<Prepared, PrepareError> {
        let Self { file, rows, dropped, users, items, mut events, notes } = self;
        if rows == 0 {
            return Err(PrepareError::NoRow(file));
        }
        let mut report = Report { rows, dropped, ..Report::default() };

        events.sort_by_key(|event| event.time); // Stable: rows of one time stay in the file's order.
        let before = events.len();
        let mut seen = HashSet::new();
        events.retain(|event| seen.insert((event.user, event.item)));
        report.repeated = before - events.len();
        report.users_before = distinct(&events, |event| event.user);
        report.items_before = distinct(&events, |event| event.item);

        let before = events.len();
        drop_rare(&mut events);
        report.rare = before - events.len();
        report.users = distinct(&events, |event| event.user);
        report.items = distinct(&events, |event| event.item);
        report.events = events.len();
        if events.is_empty() {
            return Err(PrepareError::NothingLeft { file, report: Box::new(report) });
        }

        let (catalogue, rows) = catalogue(items, &events);
        let sequences = sequences(users, &rows, &events);
        Ok(Prepared { catalogue, sequences, report, notes })
    }
}

/// The median of numbers of which there is at least one.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let (lower, upper) = ((numbers.len() - 1) / 2, numbers.len() / 2);
    (numbers[lower] + numbers[upper]) / 2.0
}

fn distinct(events: &[RawEvent], part: impl Fn(&RawEvent) -> usize) -> usize {
    events.iter().map(part).collect::<HashSet<_>>().len()
}

/// Drops users with too few items and items with too few users until nothing more is to drop.
fn drop_rare(events: &mut Vec<RawEvent>) {
    let keep = |events: &mut Vec<RawEvent>, part: fn(&RawEvent) -> usize, least: usize| {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for event in events.iter() {
            *counts.entry(part(event)).or_default() += 1;
        }
        events.retain(|event| counts[&part(event)] >= least);
    };
    loop {
        let before = events.len();
        keep(events, |event| event.user, MIN_ITEMS);
        keep(events, |event| event.item, MIN_USERS);
        if events.len() == before {
            return;
        }
    }
}

/// The catalogue of the items that are left, and the row in it of each item number.
fn catalogue(mut items: Vec<(Item, String)>, events: &[RawEvent]) -> (Catalogue, HashMap<usize, u32>) {
    for event in events {
        items[event.item].0.popularity += 1;
    }
    let mut left: Vec<(usize, (Item, String))> =
        items.into_iter().enumerate().filter(|(_, (item, _))| item.popularity > 0).collect();
    left.sort_by(|(_, (a, _)), (_, (b, _))| a.id.cmp(&b.id));
    let rows = left.iter().map(|&(number, _)| number).zip(0..).collect();
    (Catalogue::new(left.into_iter().map(|(_, item)| item)), rows)
}

/// The events of each user; `rows` gives the catalogue row of each item number.
fn sequences(users: Vec<String>, rows: &HashMap<usize, u32>, events: &[RawEvent]) -> Sequences {
    let mut users: Vec<(User, HashMap<i64, u32>)> =
        users.into_iter().map(|id| (User { id, events: Vec::new() }, HashMap::new())).collect();
    for event in events {
        let (user, baskets) = &mut users[event.user];
        let next = baskets.len() as u32;
        let basket = *baskets.entry(event.basket).or_insert(next);
        user.events.push(Event { item: rows[&event.item], basket, time: event.time });
    }
    let mut users: Vec<User> = users.into_iter().map(|(user, _)| user).collect();
    users.retain(|user| !user.events.is_empty());
    users.sort_by(|a, b| a.id.cmp(&b.id));
    Sequences { users }
}
