//! What is no wasm file.

/// What is no wasm file, and why.
#[derive(Debug, thiserror::Error)]
#[error("it is no valid wasm: {0}")]
pub struct Invalid(String);

impl Invalid {
    /// For what reading the file says.
    pub fn new(error: impl ToString) -> Self {
        Self(error.to_string())
    }
}
