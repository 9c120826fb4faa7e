//! A visitor's own model: files chosen, dropped or named in the address become the network that answers. Whatever is wrong
//! with them is said in the dialog, and the network before goes on.

mod bar;
mod describe;
mod dialog;
mod drop_zone;
pub mod file_row;
mod guide;
mod histories;
mod opening;
mod paste;
mod predictions;
pub mod reader;
mod refusal;
pub mod source;
mod users;

pub use bar::{Bar, Open};
pub use dialog::{Dialog, contents};
pub use drop_zone::DropZone;
pub use opening::YourModel;
