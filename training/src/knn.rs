//! Item-based collaborative filtering, a floor that needs no training by gradients: an item is likely to come next if it
//! shares customers with what was bought before.
//!
//! Source: Sarwar, B., Karypis, G., Konstan, J. and Riedl, J. (2001), "Item-based collaborative filtering
//! recommendation algorithms", WWW, doi 10.1145/371920.372071, section 3.1.1: cosine similarity, here of purchases that
//! either happened or did not. With no ratings, the weighted sum of section 3.2.1 is 1 for every item that is similar to
//! any in the history; a plain mean takes its place.

use crate::sequences::Sequences;

/// Length of the history that is best on the validation users of Online Retail (GAUC, next item, uniform negatives).
pub const MAX_HISTORY: usize = 5;

/// Similarity of each item to each other, over the customers of a training set.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemKnn {
    /// Uᵢ of each item, in order, `[items, …]`: as long as all purchases together, where all similarities would be items².
    customers: Vec<Vec<usize>>,
}

impl ItemKnn {
    /// Learns from all purchases:
    ///
    /// sim(i, j) = |Uᵢ ∩ Uⱼ| / √(|Uᵢ| · |Uⱼ|)
    ///
    /// where Uᵢ are the users who bought item i; 0 for an item that none of them bought. All neighbours are kept: k is the
    /// number of items. Every event's item must be below `items`.
    pub fn fit(sequences: &Sequences, items: usize) -> Self {
        let mut customers = vec![Vec::new(); items];
        for (row, user) in sequences.users.iter().enumerate() {
            for event in &user.events {
                customers[event.item as usize].push(row);
            }
        }
        for customers in &mut customers {
            customers.sort_unstable();
            customers.dedup();
        }
        Self { customers }
    }

    /// sim(i, j), from 0 to 1.
    pub fn similarity(&self, i: u32, j: u32) -> f32 {
        let (a, b) = (&self.customers[i as usize], &self.customers[j as usize]);
        let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
        match few.iter().filter(|user| many.binary_search(user).is_ok()).count() {
            0 => 0.0,
            both => both as f32 / (a.len() as f32 * b.len() as f32).sqrt(),
        }
    }

    /// 1/T · Σ sim(candidate, j) over the T items j of `history`; 0 for an empty one. Within one history it orders
    /// candidates as their sum does; the mean makes short and long histories comparable. It is no probability.
    pub fn score(&self, history: &[u32], candidate: u32) -> f32 {
        let sum: f32 = history.iter().map(|&item| self.similarity(candidate, item)).sum();
        sum / history.len().max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::sequences::{Event, User};

    fn sequences(users: &[Vec<u32>]) -> Sequences {
        let user = |(id, items): (usize, &Vec<u32>)| {
            let event = |&item| Event { item, basket: 0, time: DateTime::default() };
            User { id: id.to_string(), events: items.iter().map(event).collect() }
        };
        Sequences { users: users.iter().enumerate().map(user).collect() }
    }

    #[test]
    fn by_hand() {
        // Item 0 has three customers, 1 two, 2 and 3 one each, 4 none. User 3 is not in the training set.
        let users = [vec![0, 1], vec![0, 1, 2], vec![3, 0], vec![4, 0]];
        let knn = ItemKnn::fit(&sequences(&users[..3]), 5);
        // Tolerance: counts are exact in f32; a product, a root and a quotient round by 3 ulp together.
        let close =
            |found: f32, expected: f64| assert!((f64::from(found) - expected).abs() < 3e-7, "{found} {expected}");
        close(knn.similarity(0, 1), 2.0 / 6f64.sqrt());
        close(knn.similarity(0, 2), 1.0 / 3f64.sqrt());
        close(knn.similarity(1, 2), 1.0 / 2f64.sqrt());
        close(knn.similarity(0, 0), 1.0);
        for (a, b) in [(1, 3), (2, 3), (0, 4), (4, 4)] {
            assert_eq!(knn.similarity(a, b), 0.0, "{a} {b}");
        }
        close(knn.score(&[0, 1], 2), (1.0 / 3f64.sqrt() + 1.0 / 2f64.sqrt()) / 2.0);
        assert_eq!(knn.score(&[0, 1, 2], 4), 0.0, "bought with nothing");
        assert_eq!(knn.score(&[], 0), 0.0, "nothing known");
    }

    /// Up to 12 users with distinct items below 8, and a history.
    fn data() -> impl Strategy<Value = (Vec<Vec<u32>>, Vec<u32>)> {
        let items = || prop::sample::subsequence((0..8).collect::<Vec<u32>>(), 0..=8).prop_shuffle();
        (prop::collection::vec(items(), 0..12), items())
    }

    proptest! {
        #[test]
        fn similarities_are_symmetric_and_no_more_than_1((users, _) in data()) {
            let knn = ItemKnn::fit(&sequences(&users), 8);
            for i in 0..8 {
                let bought = users.iter().any(|items| items.contains(&i));
                for j in 0..8 {
                    prop_assert_eq!(knn.similarity(i, j), knn.similarity(j, i));
                    // 2 ulp for the root and the quotient.
                    prop_assert!((0.0..=1.0 + 2.0 * f32::EPSILON).contains(&knn.similarity(i, j)));
                }
                prop_assert_eq!(knn.similarity(i, i), if bought { 1.0 } else { 0.0 });
            }
        }

        #[test]
        fn the_order_of_the_history_and_of_the_users_does_not_matter((users, history) in data()) {
            let backwards: Vec<Vec<u32>> = users.iter().rev().cloned().collect();
            let (knn, other) = (ItemKnn::fit(&sequences(&users), 8), ItemKnn::fit(&sequences(&backwards), 8));
            for (i, j) in (0..8).flat_map(|i| (0..8).map(move |j| (i, j))) {
                prop_assert_eq!(knn.similarity(i, j), other.similarity(i, j));
            }
            let reversed: Vec<u32> = history.iter().rev().copied().collect();
            for candidate in 0..8 {
                // A sum of up to 8 terms of at most 1 rounds by less than 8 · 4 ulp of 1, and its mean by less.
                let difference = knn.score(&history, candidate) - knn.score(&reversed, candidate);
                prop_assert!(difference.abs() <= 32.0 * f32::EPSILON);
            }
        }
    }
}
