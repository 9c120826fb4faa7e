//! The settings of a network that can be changed on the page.

use model::{Evolution, Normalization};

/// The settings of a network that can be changed without other tensors; none where there is no such setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// What turns scores into weights.
    pub normalization: Option<Normalization>,
    /// How attention enters the evolution layer.
    pub evolution: Option<Evolution>,
}
