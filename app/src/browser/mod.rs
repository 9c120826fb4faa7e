//! What the page needs of the browser.

pub mod address;
pub mod arrival;
pub mod clock;
pub mod database;
pub mod dom;
pub mod frame;
pub mod js;
pub mod kept;
pub mod lazy;
pub mod load;
pub mod staying;
pub mod time_slices;
pub mod worker;
