//! Why a visitor’s files were refused.

use shaders::EngineError;

use super::reader::ReaderError;
use crate::browser::load::LoadError;

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
    /// Why a file did not arrive. What failed on the way, or was missing at its address, may come the next time.
    pub fn by_loading(error: LoadError) -> Self {
        let may_pass = match error {
            LoadError::Connection { .. }
            | LoadError::Elsewhere { .. }
            | LoadError::Status { .. }
            | LoadError::Stalled { .. } => true,
            LoadError::TooLarge { .. } | LoadError::Unreadable { .. } => false,
        };
        Self { why: error.to_string(), may_pass }
    }

    /// Why the engine does not run the network in `file`.
    pub fn by_engine(file: &str, error: &EngineError) -> Self {
        use EngineError::{DeviceLost, NoAnswer, NotLoaded, Unchecked};
        let may_pass = matches!(error, NotLoaded(_) | Unchecked(_) | NoAnswer(_) | DeviceLost(_));
        Self { why: format!("{file}: {error}"), may_pass }
    }

    /// What the reader says.
    pub fn by_reader(error: &ReaderError) -> Self {
        Self { why: error.to_string(), may_pass: matches!(error, ReaderError::Lost(_)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_arrive_may_come_at_the_next_try() {
        let file = || "model.safetensors".to_owned();
        for error in [
            LoadError::Connection { file: file() },
            LoadError::Elsewhere { file: file() },
            LoadError::Status { file: file(), status: 404 },
            LoadError::Stalled { file: file() },
        ] {
            assert!(Refusal::by_loading(error).may_pass);
        }
        assert!(!Refusal::by_loading(LoadError::TooLarge { file: file(), bytes: 9, limit: 8 }).may_pass);
        assert!(!Refusal::by_loading(LoadError::Unreadable { file: file(), message: "gone".to_owned() }).may_pass);
        assert!(!Refusal::from("No.").may_pass);
        assert!(
            Refusal::by_engine("model.safetensors", &EngineError::Unchecked("The connection failed.".to_owned()))
                .may_pass
        );
        let overflow = Refusal::by_engine("model.safetensors", &EngineError::Overflow("the numbers grow".to_owned()));
        assert_eq!((overflow.why.as_str(), overflow.may_pass), ("model.safetensors: the numbers grow", false));
    }
}
