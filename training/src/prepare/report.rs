//! What preparation dropped.

use std::fmt::{self, Display, Formatter};

/// A user counts from this many different items on.
pub const MIN_ITEMS: usize = 5;
/// An item counts from this many users on.
pub const MIN_USERS: usize = 10;

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
