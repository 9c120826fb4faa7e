//! Why a visitor’s files were refused.

use super::reader::ReaderError;

/// Why files were refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why, in sentences.
    pub why: String,
    /// Whether the files are not to blame, and a second attempt may succeed.
    pub may_pass: bool,
}

impl<E: ToString> From<E> for Refusal {
    fn from(why: E) -> Self {
        Self { why: why.to_string(), may_pass: false }
    }
}

impl Refusal {
    /// What the reader says, and `more` where it refuses a file.
    pub fn by_reader(error: &ReaderError, more: impl FnOnce(String) -> String) -> Self {
        let why = error.to_string();
        match error {
            ReaderError::Refused(_) => more(why).into(),
            ReaderError::Lost(_) => Self { why, may_pass: true },
        }
    }
}
