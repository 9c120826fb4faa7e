//! The history of clicks, with undo.

use std::sync::atomic::{AtomicU32, Ordering};

use shaders::MAX_HISTORY;

use crate::ui::view::Entry;

/// One click on a product. Its key is unique on the page: the same product can be clicked twice.
pub type Click = Entry;

fn new_click(item: u32) -> Click {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Click { key: NEXT.fetch_add(1, Ordering::Relaxed), item }
}

/// Clicks, oldest first, and what they were before each change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clicks {
    now: Vec<Click>,
    past: Vec<Vec<Click>>,
}

impl Clicks {
    /// Clicks on `items` that cannot be undone.
    pub fn starting_with(items: &[u32]) -> Self {
        let mut clicks = Self::default();
        clicks.replace(items);
        clicks.past.clear();
        clicks
    }

    /// The clicks, oldest first.
    pub fn now(&self) -> &[Click] {
        &self.now
    }

    /// Rows of the products clicked, oldest first.
    pub fn items(&self) -> Vec<u32> {
        self.now.iter().map(|click| click.item).collect()
    }

    /// Whether there is a change to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Appends a click. Where the history is as long as the engine allows, the oldest one goes.
    pub fn push(&mut self, item: u32) {
        self.remember();
        self.now.push(new_click(item));
        let excess = self.now.len().saturating_sub(MAX_HISTORY);
        self.now.drain(..excess);
    }

    /// Removes the click at `index`, counted from the oldest; none there, no change.
    pub fn remove(&mut self, index: usize) {
        if index < self.now.len() {
            self.remember();
            self.now.remove(index);
        }
    }

    /// Removes all clicks.
    pub fn clear(&mut self) {
        self.replace(&[]);
    }

    /// Makes the clicks `items`.
    pub fn replace(&mut self, items: &[u32]) {
        if self.now.iter().map(|click| click.item).eq(items.iter().copied()) {
            return;
        }
        self.remember();
        self.now = items.iter().map(|&item| new_click(item)).collect();
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        if let Some(past) = self.past.pop() {
            self.now = past;
        }
    }

    fn remember(&mut self) {
        self.past.push(self.now.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_takes_back_each_change_in_turn() {
        let mut clicks = Clicks::default();
        assert!(!clicks.can_undo());
        clicks.push(3);
        clicks.push(3);
        clicks.push(5);
        clicks.remove(0);
        assert_eq!(clicks.items(), [3, 5]);
        clicks.clear();
        assert!(clicks.items().is_empty());
        clicks.undo();
        assert_eq!(clicks.items(), [3, 5]);
        clicks.undo();
        assert_eq!(clicks.items(), [3, 3, 5]);
        clicks.undo();
        clicks.undo();
        clicks.undo();
        assert!(clicks.items().is_empty() && !clicks.can_undo());
        clicks.undo();
        assert!(clicks.items().is_empty());
    }

    #[test]
    fn the_start_cannot_be_undone() {
        let mut clicks = Clicks::starting_with(&[4, 2]);
        assert!(!clicks.can_undo());
        clicks.undo();
        assert_eq!(clicks.items(), [4, 2]);
    }

    #[test]
    fn the_same_product_twice_is_two_clicks() {
        let mut clicks = Clicks::default();
        clicks.push(7);
        clicks.push(7);
        assert_ne!(clicks.now()[0].key, clicks.now()[1].key);
    }

    #[test]
    fn a_change_that_changes_nothing_cannot_be_undone() {
        let mut clicks = Clicks::default();
        clicks.clear();
        clicks.remove(0);
        clicks.replace(&[]);
        assert!(!clicks.can_undo());
        clicks.replace(&[1, 2]);
        clicks.replace(&[1, 2]);
        clicks.undo();
        assert!(!clicks.can_undo());
    }

    #[test]
    fn the_oldest_click_makes_room() {
        let mut clicks = Clicks::default();
        (0..=MAX_HISTORY as u32).for_each(|item| clicks.push(item));
        assert_eq!(clicks.now().len(), MAX_HISTORY);
        assert_eq!(clicks.items()[0], 1);
        clicks.undo();
        assert_eq!(clicks.items()[0], 0);
    }
}
