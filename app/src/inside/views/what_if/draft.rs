//! A history that is tried out: the real one with changes that count nowhere else.

use crate::session::shop::clicks::Click;

/// The history as it is, and as it would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// Keys of the clicks that it began with, oldest first.
    base: Vec<u32>,
    /// What it is now, oldest first.
    pub slots: Vec<Slot>,
}

/// A click in a [`Draft`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Unique in the draft.
    pub key: u32,
    /// Row of the product.
    pub item: u32,
    /// Whether the click is in its place but does not count.
    pub muted: bool,
    /// Whether the real history does not have it.
    pub new: bool,
}

impl Draft {
    /// The real history.
    pub fn of(clicks: &[Click]) -> Self {
        let slot = |click: &Click| Slot { key: click.key, item: click.item, muted: false, new: false };
        Self { base: clicks.iter().map(|click| click.key).collect(), slots: clicks.iter().map(slot).collect() }
    }

    /// Whether it began with the same clicks as `other`.
    pub fn has_base_of(&self, other: &Self) -> bool {
        self.base == other.base
    }

    /// Whether it is another one than it began as.
    pub fn is_changed(&self) -> bool {
        let is_as_it_was = |(key, slot): (&u32, &Slot)| *key == slot.key && !slot.muted && !slot.new;
        self.base.len() != self.slots.len() || !self.base.iter().zip(&self.slots).all(is_as_it_was)
    }

    /// Rows of the products that count, oldest first.
    pub fn items(&self) -> Vec<u32> {
        self.slots.iter().filter(|slot| !slot.muted).map(|slot| slot.item).collect()
    }

    /// Where the click with this key is; where there is none, the newest one, if any.
    pub fn place(&self, key: Option<u32>) -> Option<usize> {
        let found = self.slots.iter().position(|slot| Some(slot.key) == key);
        found.or_else(|| self.slots.len().checked_sub(1))
    }

    /// Lets the click count no longer, or again.
    pub fn mute(&mut self, at: usize) {
        if let Some(slot) = self.slots.get_mut(at) {
            slot.muted = !slot.muted;
        }
    }

    /// Takes the click out.
    pub fn remove(&mut self, at: usize) {
        if at < self.slots.len() {
            self.slots.remove(at);
        }
    }

    /// Puts another product in the place of the click's.
    pub fn swap(&mut self, at: usize, item: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            (slot.item, slot.new) = (item, true);
        }
    }

    /// Lets the click and the one before it change places.
    pub fn move_back(&mut self, at: usize) {
        if (1..self.slots.len()).contains(&at) {
            self.slots.swap(at - 1, at);
        }
    }

    /// Clicks the same product once more, right after.
    pub fn repeat(&mut self, at: usize) {
        let key = self.base.iter().chain(self.slots.iter().map(|slot| &slot.key)).max().map_or(0, |key| key + 1);
        if let Some(slot) = self.slots.get(at).copied() {
            self.slots.insert(at + 1, Slot { key, new: true, ..slot });
        }
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.slots.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft::of(&[Click { key: 5, item: 50 }, Click { key: 9, item: 90 }, Click { key: 7, item: 50 }])
    }

    #[test]
    fn each_change_is_what_its_name_says() {
        let after = |change: &dyn Fn(&mut Draft)| {
            let mut draft = draft();
            change(&mut draft);
            assert!(draft.has_base_of(&self::draft()));
            draft.items()
        };
        assert_eq!(after(&|_| ()), [50, 90, 50]);
        assert_eq!(after(&|draft| draft.mute(1)), [50, 50]);
        assert_eq!(after(&|draft| [draft.mute(1), draft.mute(1)].into_iter().collect()), [50, 90, 50]);
        assert_eq!(after(&|draft| draft.remove(0)), [90, 50]);
        assert_eq!(after(&|draft| draft.swap(2, 3)), [50, 90, 3]);
        assert_eq!(after(&|draft| draft.move_back(1)), [90, 50, 50]);
        assert_eq!(after(&|draft| draft.move_back(0)), [50, 90, 50]);
        assert_eq!(after(&|draft| draft.repeat(1)), [50, 90, 90, 50]);
        assert_eq!(after(&Draft::reverse), [50, 90, 50]);
        assert_eq!(after(&|draft| draft.remove(3)), [50, 90, 50]);
        assert!(!draft().is_changed());
        let mut moved = draft();
        moved.move_back(2);
        assert!(moved.is_changed());
        moved.move_back(2);
        assert!(!moved.is_changed());
        moved.mute(0);
        assert!(moved.is_changed());
    }

    #[test]
    fn what_is_new_has_a_key_of_its_own() {
        let mut draft = draft();
        draft.remove(1);
        draft.repeat(1);
        let keys: Vec<u32> = draft.slots.iter().map(|slot| slot.key).collect();
        assert_eq!(keys, [5, 7, 10]);
        assert_eq!(draft.slots.iter().map(|slot| slot.new).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!([draft.place(Some(7)), draft.place(Some(9)), draft.place(None)], [Some(1), Some(2), Some(2)]);
        assert_eq!(Draft::default().place(None), None);
    }
}
