//! From rows that are kept to a catalogue and sequences: what is the same for all forms of data.

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use model::{Catalogue, Item};

use super::error::PrepareError;
use super::report::{MIN_ITEMS, MIN_USERS, Report};
use super::times::{Time, Times};
use crate::sequences::{Event, Sequences, User};

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

/// Raw data once the rules of their form were at the rows. Users and items are numbered.
pub struct Raw {
    /// Name of the source in errors.
    pub file: String,
    /// Rows of data.
    pub rows: usize,
    /// The rules, and the rows that each dropped.
    pub dropped: Vec<(String, usize)>,
    /// Identifiers, in the order of their numbers.
    pub users: Vec<String>,
    /// Items with the names of their categories, in the order of their numbers; their popularity is not counted yet.
    pub items: Vec<(Item, String)>,
    /// Events, in the order of the file.
    pub events: Vec<RawEvent>,
    /// What the file was taken for.
    pub notes: Vec<String>,
}

/// A row that the rules keep.
#[derive(Clone, Copy)]
pub struct RawEvent {
    pub time: DateTime,
    pub user: usize,
    pub item: usize,
    /// The same for a user's events exactly if they are of one basket.
    pub basket: i64,
}

impl RawEvent {
    /// Events of a time, a user, an item and a basket, once it is settled what the times mean; and that in words.
    pub fn timed(
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
pub struct Numbers(HashMap<String, usize>);

impl Numbers {
    /// The number of a name.
    pub fn number(&mut self, name: &str) -> usize {
        match self.0.get(name) {
            Some(&number) => number,
            None => {
                self.0.insert(name.to_owned(), self.0.len());
                self.0.len() - 1
            }
        }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All names, in the order of their numbers.
    pub fn names(self) -> Vec<String> {
        let mut names: Vec<(String, usize)> = self.0.into_iter().collect();
        names.sort_by_key(|&(_, number)| number);
        names.into_iter().map(|(name, _)| name).collect()
    }
}

impl Raw {
    /// Orders, cleans and counts the events.
    ///
    /// # Errors
    /// [`PrepareError::NoRow`] and [`PrepareError::NothingLeft`].
    pub fn prepare(self) -> Result<Prepared, PrepareError> {
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
            return Err(PrepareError::NothingLeft { file, notes: notes.join("\n"), report: Box::new(report) });
        }

        let (catalogue, rows) = catalogue(items, &events);
        let sequences = sequences(users, &rows, &events);
        Ok(Prepared { catalogue, sequences, report, notes })
    }
}

/// The median of numbers of which there is at least one.
pub fn median(numbers: &mut [f64]) -> f64 {
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
