//! Whether the page is shown to a room.

use leptos::prelude::*;

/// Lecture mode. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Lecture {
    /// Whether it is on.
    pub is_on: RwSignal<bool>,
    /// Ids of the products that the presenter's keys click, one after the other, with commas between them; empty for none.
    pub script: RwSignal<String>,
}

impl Lecture {
    /// No lecture.
    pub fn new() -> Self {
        Self { is_on: RwSignal::new(false), script: RwSignal::default() }
    }
}
