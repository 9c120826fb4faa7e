//! What is trained on, what chooses and what is measured.

use std::str::FromStr;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::sequences::{Sequences, User};

/// Purchases by what they are used for.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Trained on.
    pub train: Sequences,
    /// Chooses when to stop, and all else that is chosen: each user's last items are asked for.
    pub validation: Sequences,
    /// Measured once, at the end, likewise.
    pub test: Sequences,
}

/// What tells the parts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SplitBy {
    /// Users, by the SHA-256 of their identifiers, so that a user stays where it is when others come or go: 75 of 100 are trained
    /// on, 5 choose, 20 are measured. No user is in two parts.
    #[default]
    User,
    /// Time: trained on is what was bought before the first date, by anybody. Asked are the users who bought from then to the
    /// second date, and from then to the third, for the last items up to it. Their earlier purchases may be trained on.
    Time([Date; 3]),
}

impl FromStr for SplitBy {
    type Err = String;

    /// `user`, or three dates with commas.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "user" {
            return Ok(Self::User);
        }
        let dates: Result<Vec<Date>, _> = text.split(',').map(str::parse).collect();
        match dates.map(<[Date; 3]>::try_from) {
            Ok(Ok(dates)) if dates.is_sorted() => Ok(Self::Time(dates)),
            _ => Err("expected user, or three dates in order such as 2011-09-01,2011-11-01,2011-12-01".to_owned()),
        }
    }
}

impl Split {
    /// Splits all purchases.
    pub fn new(sequences: &Sequences, by: SplitBy) -> Self {
        let part =
            |of: &dyn Fn(&User) -> Option<User>| Sequences { users: sequences.users.iter().filter_map(of).collect() };
        match by {
            SplitBy::User => {
                let of = |range: std::ops::Range<u32>| {
                    part(&move |user| range.contains(&(number(user) % 100)).then(|| user.clone()))
                };
                Self { test: of(0..20), validation: of(20..25), train: of(25..100) }
            }
            SplitBy::Time([first, second, third]) => {
                let before = |user: &User, date: Date| {
                    let events: Vec<_> = user.events.iter().copied().filter(|event| event.time.date() < date).collect();
                    (!events.is_empty()).then(|| User { id: user.id.clone(), events })
                };
                let asked = |from: Date, until: Date| {
                    part(&move |user| {
                        before(user, until).filter(|user| user.events.iter().any(|e| e.time.date() >= from))
                    })
                };
                Self {
                    train: part(&|user| before(user, first)),
                    validation: asked(first, second),
                    test: asked(second, third),
                }
            }
        }
    }

    /// SHA-256 over who is in which part and what they bought, in hexadecimal: two results with the same hash are of the
    /// same data and split.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (part, sequences) in [("train", &self.train), ("validation", &self.validation), ("test", &self.test)] {
            hash.update(part);
            for user in &sequences.users {
                hash.update(&user.id);
                for event in &user.events {
                    hash.update(event.item.to_le_bytes());
                    hash.update(event.basket.to_le_bytes());
                }
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The first four bytes of the SHA-256 of the user's identifier.
fn number(user: &User) -> u32 {
    let digest = Sha256::digest(&user.id);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::sequences::Event;

    /// A user with an item a month, from January on, where the digit is not 0.
    fn user(id: &str, months: &[u32]) -> User {
        let event = |(month, &item): (i8, &u32)| {
            (item > 0).then(|| Event { item, basket: item, time: date(2011, month, 15).at(12, 0, 0, 0) })
        };
        User { id: id.to_owned(), events: (1..).zip(months).filter_map(event).collect() }
    }

    #[test]
    fn time_cuts_what_everybody_bought() {
        let all =
            Sequences { users: vec![user("a", &[1, 2, 3, 4]), user("b", &[0, 5, 0, 6]), user("c", &[0, 0, 7, 0])] };
        let by: SplitBy = "2011-02-01,2011-03-15,2011-04-01".parse().unwrap();
        let split = Split::new(&all, by);
        let users = |of: &Sequences| -> Vec<(String, Vec<u32>)> {
            let items = |user: &User| user.events.iter().map(|event| event.item).collect();
            of.users.iter().map(|user| (user.id.clone(), items(user))).collect()
        };
        let expected = |of: &[(&str, &[u32])]| -> Vec<(String, Vec<u32>)> {
            of.iter().map(|(id, items)| ((*id).to_owned(), items.to_vec())).collect()
        };
        // A date belongs to what begins with it.
        assert_eq!(users(&split.train), expected(&[("a", &[1])]));
        assert_eq!(users(&split.validation), expected(&[("a", &[1, 2]), ("b", &[5])]));
        assert_eq!(users(&split.test), expected(&[("a", &[1, 2, 3]), ("c", &[7])]));
        assert_ne!(split.hash(), Split::new(&all, SplitBy::User).hash());
    }

    #[test]
    fn a_split_is_read_from_its_words() {
        assert_eq!("user".parse(), Ok(SplitBy::User));
        for wrong in ["", "2011-09-01", "2011-09-01,2011-08-01,2011-12-01", "a,b,c"] {
            assert!(SplitBy::from_str(wrong).unwrap_err().contains("three dates in order"), "{wrong}");
        }
    }
}
