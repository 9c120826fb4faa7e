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
    /// How many clicks before those had no room.
    left_out: usize,
    /// The clicks before each change, and how many were left out then.
    past: Vec<(Vec<Click>, usize)>,
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

    /// How many clicks came before [`Clicks::now`] and had no room: an engine allows [`MAX_HISTORY`].
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether the clicks are `items`, or as many of the newest of them as there is room for.
    pub fn are(&self, items: &[u32]) -> bool {
        self.left_out + self.now.len() == items.len()
            && self.now.iter().map(|click| click.item).eq(items[self.left_out..].iter().copied())
    }

    /// How many clicks follow `items`, with which the history begins; none where it does not.
    pub fn beyond(&self, items: &[u32]) -> Option<usize> {
        let begins =
            self.left_out == 0 && self.now.iter().map(|click| click.item).take(items.len()).eq(items.iter().copied());
        begins.then(|| self.now.len() - items.len())
    }

    /// Whether there is a change to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Appends a click. Where the history is as long as the engine allows, the oldest one goes.
    pub fn push(&mut self, item: u32) {
        self.remember();
        self.now.push(new_click(item));
        self.make_room();
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

    /// Makes the clicks `items`, or as many of the newest of them as there is room for.
    pub fn replace(&mut self, items: &[u32]) {
        if self.are(items) {
            return;
        }
        self.remember();
        self.now = items.iter().map(|&item| new_click(item)).collect();
        self.left_out = 0;
        self.make_room();
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        if let Some(past) = self.past.pop() {
            (self.now, self.left_out) = past;
        }
    }

    fn remember(&mut self) {
        self.past.push((self.now.clone(), self.left_out));
    }

    /// Leaves out the oldest clicks that an engine would not take.
    fn make_room(&mut self) {
        let excess = self.now.len().saturating_sub(MAX_HISTORY);
        self.now.drain(..excess);
        self.left_out += excess;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Clicks {
        /// Rows of the products clicked, oldest first.
        fn items(&self) -> Vec<u32> {
            self.now.iter().map(|click| click.item).collect()
        }
    }

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
    fn clicks_beyond_a_beginning_are_counted() {
        let mut clicks = Clicks::starting_with(&[4, 2]);
        assert_eq!(clicks.beyond(&[4, 2]), Some(0));
        clicks.push(9);
        assert_eq!([&[4, 2][..], &[4], &[]].map(|items| clicks.beyond(items)), [Some(1), Some(2), Some(3)]);
        assert_eq!([&[2, 4][..], &[4, 2, 9, 9]].map(|items| clicks.beyond(items)), [None, None]);
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
        assert_eq!(clicks.left_out(), 1);
        clicks.undo();
        assert_eq!(clicks.items()[0], 0);
        assert_eq!(clicks.left_out(), 0);
    }

    #[test]
    fn of_a_longer_history_the_newest_clicks_stay_wherever_it_comes_from() {
        let items: Vec<u32> = (0..MAX_HISTORY as u32 + 7).collect();
        let mut clicks = Clicks::starting_with(&items);
        assert_eq!(clicks.items(), items[7..]);
        assert_eq!(clicks.left_out(), 7);
        assert!(clicks.are(&items) && !clicks.are(&items[7..]) && !clicks.are(&[]));
        clicks.replace(&items);
        assert!(!clicks.can_undo());
        clicks.replace(&[1, 2]);
        assert!(clicks.are(&[1, 2]) && clicks.left_out() == 0);
        clicks.undo();
        assert!(clicks.are(&items));
        clicks.clear();
        assert!(clicks.are(&[]) && clicks.left_out() == 0);
    }
}
