//! Data preparation: raw data become a catalogue and sequences.
//!
//! [`online_retail`], [`movielens`] and `log`, a log of clicks in any form, read raw data and drop rows by rules of their own;
//! [`Input`] finds out which of them reads a file. What comes after is the same for all: events in the order of time, the
//! first of each user and item, and users and items that have enough.

mod columns;
mod error;
mod input;
mod lines;
mod log;
pub mod movielens;
pub mod online_retail;
mod options;
mod raw;
mod report;
mod rows;
mod source;
mod times;

pub use columns::Columns;
pub use error::PrepareError;
pub use input::Input;
pub use options::Options;
pub use raw::Prepared;
pub use report::{MIN_ITEMS, MIN_USERS, Report};
pub use times::Order;
