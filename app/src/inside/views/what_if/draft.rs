//! A history that is tried out: the real one with changes that count nowhere else.

use shaders::MAX_HISTORY;

use crate::session::shop::clicks::Click;
use crate::session::shop::products::{ids, quoted};

/// What stands before a click that does not count, in an address.
const MUTED: &str = "~";

/// What stands before the id of a product that the history does not have there, in an address.
const NEW: &str = "*";

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
        let key = self.new_key();
        if let Some(slot) = self.slots.get(at).copied() {
            self.slots.insert(at + 1, Slot { key, new: true, ..slot });
        }
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.slots.reverse();
    }

    /// The draft in an address, oldest click first: clicks of the history by their places in it, from 1, with the first and the last
    /// of several that follow one another there (`3-7`, or `7-3` in reverse), and other products by `id`.
    pub fn text(&self, id: &dyn Fn(u32) -> String) -> String {
        let place = |slot: &Slot| self.base.iter().position(|key| *key == slot.key && !slot.new);
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(slot) = self.slots.get(at) {
            let mark = if slot.muted { MUTED } else { "" };
            at += 1;
            let Some(first) = place(slot) else {
                parts.push(quoted(&format!("{mark}{NEW}{}", id(slot.item))));
                continue;
            };
            let mut last = first;
            let mut follows = |next: &&Slot| {
                let next = place(next).filter(|_| next.muted == slot.muted);
                let goes_on =
                    next.filter(|next| next.abs_diff(last) == 1 && next.abs_diff(first) > last.abs_diff(first));
                last = goes_on.unwrap_or(last);
                goes_on.is_some()
            };
            at += self.slots[at..].iter().take_while(|next| follows(next)).count();
            let to = if first == last { String::new() } else { format!("-{}", last + 1) };
            parts.push(format!("{mark}{}{to}", first + 1));
        }
        parts.join(",")
    }

    /// The draft of which an address has the text, where this one is the real history; none where that is of another one, or no
    /// draft.
    pub fn read(&self, text: &str, row: &dyn Fn(&str) -> Option<u32>) -> Option<Self> {
        let mut read = Self { base: self.base.clone(), slots: Vec::new() };
        for part in ids(text) {
            let (muted, part) = part.strip_prefix(MUTED).map_or((false, part.as_str()), |part| (true, part));
            if let Some(id) = part.strip_prefix(NEW) {
                read.slots.push(Slot { key: read.new_key(), item: row(id)?, muted, new: true });
            } else {
                let (first, last) = part.split_once('-').unwrap_or((part, part));
                let place = |text: &str| text.parse::<usize>().ok()?.checked_sub(1);
                let (first, last) = (place(first)?, place(last)?);
                let clicks = self.slots.get(first.min(last)..=first.max(last))?;
                let before = read.slots.len();
                read.slots.extend(clicks.iter().map(|slot| Slot { muted, ..*slot }));
                if first > last {
                    read.slots[before..].reverse();
                }
            }
            // A longer one does not run.
            if read.slots.len() > MAX_HISTORY {
                return None;
            }
        }
        // Each click is there once.
        let mut keys: Vec<u32> = read.slots.iter().map(|slot| slot.key).collect();
        keys.sort_unstable();
        keys.windows(2).all(|keys| keys[0] != keys[1]).then_some(read)
    }

    /// A key that neither a click of the history nor one of the draft has.
    fn new_key(&self) -> u32 {
        self.base.iter().chain(self.slots.iter().map(|slot| &slot.key)).max().map_or(0, |key| key + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    /// Ids that no list can take as they are.
    fn id(item: u32) -> String {
        format!("{item},\"~*{item}")
    }

    fn row(id: &str) -> Option<u32> {
        id.split(',').next()?.parse().ok()
    }

    #[test]
    fn a_draft_is_short_in_an_address() {
        let clicks: Vec<Click> = (0..9).map(|key| Click { key: 70 + key, item: key }).collect();
        let mut draft = Draft::of(&clicks);
        assert_eq!(draft.text(&|item| item.to_string()), "1-9");
        draft.reverse();
        assert_eq!(draft.text(&|item| item.to_string()), "9-1");
        draft.mute(2);
        draft.swap(4, 6);
        assert_eq!(draft.text(&|item| item.to_string()), "9-8,~7,6,*6,4-1");
        draft.repeat(8);
        draft.remove(0);
        assert_eq!(draft.text(&|item| item.to_string()), "8,~7,6,*6,4-1,*0");
        assert_eq!(
            Draft::of(&clicks).read("8,~7,6,*6,4-1,*0", &|id| id.parse().ok()).unwrap().items(),
            [7, 5, 6, 3, 2, 1, 0, 0]
        );
        for broken in ["0", "10", "1,1", "1-3,2", "*x", "-", "1-", "1-2-3", "~", "x", "1-99999999999"] {
            assert_eq!(Draft::of(&clicks).read(broken, &|id| id.parse().ok()), None, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn what_an_address_says_of_a_draft_is_that_draft(
            items in prop::collection::vec(0u32..5, 0..12),
            changes in prop::collection::vec((0u8..6, 0usize..12, 0u32..5), 0..20),
        ) {
            let clicks: Vec<Click> = (30..).zip(&items).map(|(key, item)| Click { key, item: *item }).collect();
            let real = Draft::of(&clicks);
            let mut draft = real.clone();
            for (change, at, item) in changes {
                match change {
                    0 => draft.mute(at),
                    1 => draft.remove(at),
                    2 => draft.swap(at, item),
                    3 => draft.move_back(at),
                    4 => draft.repeat(at),
                    _ => draft.reverse(),
                }
            }
            let text = draft.text(&id);
            let read = real.read(&text, &row).unwrap();
            let plain = |draft: &Draft| draft.slots.iter().map(|slot| (slot.item, slot.muted, slot.new)).collect::<Vec<_>>();
            prop_assert_eq!(plain(&read), plain(&draft));
            prop_assert!(read.has_base_of(&real));
            prop_assert_eq!(read.text(&id), text);
        }

        #[test]
        fn of_any_text_a_draft_is_read_or_none(text in "[-0-9~*,\" x]{0,20}|.{0,20}") {
            if let Some(read) = draft().read(&text, &row) {
                let again = read.text(&id);
                prop_assert_eq!(draft().read(&again, &row).map(|read| read.items()), Some(read.items()));
            }
        }
    }
}
