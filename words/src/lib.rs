//! The page's texts in other languages than English.
//!
//! English stands in the page's code, where it is read. Every other language is a folder of files: `page.po` has the texts in the
//! code, `sentences.po` the sentences that reach the page as they were made, such as errors, and HTML files stand beside them under
//! the names of the English ones. The macros of `words_macros` look each text up while the page is compiled, the page loads
//! [`Dictionary::to_file`], and the languages must have the same texts: [`Dictionaries::read`].

mod dictionary;
mod error;
mod languages;
mod po;
mod template;

pub use dictionary::{Dictionary, Problem, Text};
pub use error::WordsError;
pub use languages::{Dictionaries, lengthened};
pub use po::{Entry, PoError};
pub use template::{Piece, pieces};
