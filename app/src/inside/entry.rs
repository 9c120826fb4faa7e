//! What the page says about a view before the view is there.

use model::NetworkKind;

/// What the page says about a view.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name in the address and in the tests.
    pub id: &'static str,
    /// The name on the tab.
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What the view shows, in a sentence.
    pub sentence: &'static str,
    /// Why there is nothing of a network for the view to show, in sentences; none where there is.
    pub missing: fn(NetworkKind) -> Option<String>,
}
