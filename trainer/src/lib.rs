//! Trains networks in the page, step by step, so that between two steps there is time for what the page asks.

mod session;

pub use session::Session;
