//! Products in the order of their click probability, and how that order changed.

pub use model::sort_rows;

/// An order of the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranks {
    order: Vec<u32>,
    /// Place of each item, counted from 1; 0 where the item is left out.
    places: Vec<u32>,
}

/// How a product's place differs from the place before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No change of place, or nothing to compare with.
    None,
    /// So many places up.
    Up(u32),
    /// So many places down.
    Down(u32),
    /// The product was left out before.
    New,
}

impl Ranks {
    /// Orders the items by `probabilities` `[items]`, highest first, equal ones by row; `without` are left out.
    pub fn new(probabilities: &[f32], without: &[u32]) -> Self {
        let mut places = vec![1; probabilities.len()];
        for &item in without {
            if let Some(place) = places.get_mut(item as usize) {
                *place = 0;
            }
        }
        let mut order: Vec<u32> = (0..).zip(&places).filter(|(_, place)| **place > 0).map(|(item, _)| item).collect();
        sort_rows(&mut order, &|a, b| probabilities[b as usize].total_cmp(&probabilities[a as usize]));
        for (place, &item) in (1..).zip(&order) {
            places[item as usize] = place;
        }
        Self { order, places }
    }

    /// Rows of the products, first place first.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The product's place, counted from 1; none where it is left out.
    pub fn place(&self, item: u32) -> Option<u32> {
        self.places.get(item as usize).copied().filter(|place| *place > 0)
    }

    /// How the product's place changed since `before`.
    pub fn change(&self, before: Option<&Ranks>, item: u32) -> Change {
        let (Some(before), Some(now)) = (before, self.place(item)) else { return Change::None };
        match before.place(item) {
            None => Change::New,
            Some(place) if place > now => Change::Up(place - now),
            Some(place) if place < now => Change::Down(now - place),
            Some(_) => Change::None,
        }
    }
}

/// Which product a part of the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Whichever product is ranked best among those that may be.
    Best,
    /// A product, wherever it is ranked.
    Item(u32),
    /// No product.
    Nothing,
}

impl Focus {
    /// The product meant; the best one is the first that `may` be it.
    pub fn resolve(self, ranks: &Ranks, may: &dyn Fn(u32) -> bool) -> Option<u32> {
        match self {
            Self::Best => ranks.order.iter().copied().find(|item| may(*item)),
            Self::Item(item) => Some(item).filter(|item| (*item as usize) < ranks.places.len()),
            Self::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_probability_comes_first_and_ties_keep_their_rows() {
        let ranks = Ranks::new(&[0.2, 0.9, 0.5, 0.9], &[]);
        assert_eq!(ranks.order(), [1, 3, 2, 0]);
        assert_eq!(ranks.place(0), Some(4));
        assert_eq!(ranks.place(9), None);
    }

    #[test]
    fn items_left_out_have_no_place() {
        let ranks = Ranks::new(&[0.2, 0.9, 0.5], &[1, 1, 7]);
        assert_eq!(ranks.order(), [2, 0]);
        assert_eq!(ranks.place(1), None);
    }

    #[test]
    fn a_place_closer_to_the_first_is_up() {
        let before = Ranks::new(&[0.9, 0.8, 0.7, 0.6], &[3]);
        let now = Ranks::new(&[0.6, 0.8, 0.9, 0.7], &[]);
        let changes = [0, 1, 2, 3].map(|item| now.change(Some(&before), item));
        assert_eq!(changes, [Change::Down(3), Change::None, Change::Up(2), Change::New]);
        assert_eq!(now.change(None, 0), Change::None);
    }

    #[test]
    fn the_best_is_the_first_that_may_be() {
        let ranks = Ranks::new(&[0.2, 0.9, 0.5], &[]);
        assert_eq!(Focus::Best.resolve(&ranks, &|_| true), Some(1));
        assert_eq!(Focus::Best.resolve(&ranks, &|item| item != 1), Some(2));
        assert_eq!(Focus::Best.resolve(&ranks, &|_| false), None);
        assert_eq!(Focus::Item(0).resolve(&ranks, &|_| false), Some(0));
        assert_eq!(Focus::Item(8).resolve(&ranks, &|_| true), None);
        assert_eq!(Focus::Nothing.resolve(&ranks, &|_| true), None);
        assert_eq!(Focus::Best.resolve(&Ranks::default(), &|_| true), None);
    }
}
