//! How to read raw data.

use super::columns::Columns;
use super::times::Order;

/// How to read raw data.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A rating counts from this many stars on.
    pub min_rating: Option<f64>,
    /// Which column of a log is what, where their names do not say it.
    pub columns: Columns,
    /// The order of the numbers in dates.
    pub dates: Option<Order>,
    /// The kinds of events that count; all if there are none.
    pub events: Vec<String>,
}
