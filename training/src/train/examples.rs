//! The training users' purchases, each an example to learn from.

use std::collections::HashSet;

use model::Vocabulary;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::options::{FineTuning, TrainConfig};
use crate::purchases::{Protocol, Purchase, bought};
use crate::samples::{Negatives, Sampler};

/// One purchase to be told from items that were not bought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Example {
    pub user: usize,
    /// Of the item bought, among the user's purchases.
    pub position: usize,
    /// The items from here to `until` are the history.
    pub from: usize,
    pub until: usize,
}

/// What is the same in every epoch: the training users' purchases and how often each embedding is an input.
#[derive(Debug)]
pub(super) struct Shoppers {
    /// Items of each user, oldest first.
    pub items: Vec<Vec<u32>>,
    /// The same, to ask what was bought.
    pub bought: Vec<HashSet<u32>>,
    /// Every purchase.
    pub examples: Vec<Example>,
    pub item_categories: Vec<u32>,
    /// n_j of each item: in how many examples it is a click of the history or the item bought.
    pub item_counts: Vec<u32>,
    /// n_j of each category, likewise.
    pub category_counts: Vec<u32>,
}

impl Shoppers {
    pub fn new(
        users: &[Vec<Purchase>],
        sampler: &Sampler,
        (protocol, max_history): (Protocol, usize),
        item_categories: &[u32],
        vocabulary: Vocabulary,
    ) -> Self {
        let mut shoppers = Self {
            items: vec![Vec::new(); users.len()],
            bought: vec![HashSet::new(); users.len()],
            examples: Vec::new(),
            item_categories: item_categories.to_vec(),
            item_counts: vec![0; vocabulary.items],
            category_counts: vec![0; vocabulary.categories],
        };
        for (user, purchases) in users.iter().enumerate() {
            shoppers.items[user] = purchases.iter().map(|purchase| purchase.item).collect();
            shoppers.bought[user] = bought(purchases);
            if !sampler.has(Negatives::Uniform, &shoppers.bought[user]) {
                continue;
            }
            for position in 0..purchases.len() {
                let until = protocol.known(purchases, position);
                let from = until.saturating_sub(max_history);
                shoppers.examples.push(Example { user, position, from, until });
            }
        }
        for example in &shoppers.examples {
            let items = &shoppers.items[example.user];
            let seen: HashSet<u32> =
                items[example.from..example.until].iter().chain([&items[example.position]]).copied().collect();
            let categories: HashSet<u32> = seen.iter().map(|&item| item_categories[item as usize]).collect();
            seen.iter().for_each(|&item| shoppers.item_counts[item as usize] += 1);
            categories.iter().for_each(|&category| shoppers.category_counts[category as usize] += 1);
        }
        shoppers
    }

    pub fn history(&self, example: &Example) -> &[u32] {
        &self.items[example.user][example.from..example.until]
    }
}

/// All examples of an epoch in random order, in batches of histories of about the same length, so that little of a batch
/// is padding.
pub(super) fn batches(examples: &[Example], size: usize, seed: u64, epoch: usize) -> Vec<Vec<Example>> {
    let mut rng = StdRng::seed_from_u64(seed ^ ((epoch as u64 + 1) << 32));
    let mut shuffled = examples.to_vec();
    shuffled.shuffle(&mut rng);
    let mut batches = Vec::new();
    for pool in shuffled.chunks_mut(size * 32) {
        pool.sort_by_key(|example| example.until - example.from);
        batches.extend(pool.chunks(size).map(<[_]>::to_vec));
    }
    batches.shuffle(&mut rng);
    batches
}

/// The batches of a pass of fine-tuning, whose own clicks are the last user's: in every step all of these, or as many as a batch has
/// room for, in random order, and `replay` purchases of the others.
pub(super) fn fine_tuning_batches(
    shoppers: &Shoppers,
    tuning: &FineTuning,
    train: &TrainConfig,
    epoch: usize,
) -> Vec<Vec<Example>> {
    let mut rng = StdRng::seed_from_u64(train.seed ^ ((epoch as u64 + 1) << 32));
    let own_user = shoppers.items.len().saturating_sub(1);
    let (mut own, others): (Vec<Example>, Vec<Example>) =
        shoppers.examples.iter().partition(|example| example.user == own_user);
    let batch = |_| {
        own.shuffle(&mut rng);
        let replayed = others.sample(&mut rng, tuning.replay);
        own.iter().take(train.batch).chain(replayed).copied().collect()
    };
    (0..tuning.steps).map(batch).collect()
}

#[cfg(test)]
mod tests {
    use model::{Catalogue, Item};

    use super::*;

    /// Customers who bought these items, each of them a basket of its own; items 0 and 1 are of category 0, all others of 1.
    fn shoppers(bought: &[&[u32]], max_history: usize) -> Shoppers {
        let purchase = |(basket, &item): (u32, &u32)| Purchase { item, basket };
        let user = |items: &&[u32]| (0..).zip(items.iter()).map(purchase).collect();
        let users: Vec<Vec<Purchase>> = bought.iter().map(user).collect();
        let vocabulary = Vocabulary { items: 5, categories: 2 };
        let item = |id: u32| Item { id: id.to_string(), title: String::new(), category: 0, price: None, popularity: 1 };
        let sampler = Sampler::new(&Catalogue::new((0..5).map(|id| (item(id), String::new()))));
        let scope = (Protocol::NextItem, max_history);
        Shoppers::new(&users, &sampler, scope, &[0, 0, 1, 1, 1], vocabulary)
    }

    #[test]
    fn counts_are_of_examples_with_the_feature() {
        // Examples of the first customer: {0}, {0, 1}, {1, 2}, {2, 3}; of the second: {4}, {4, 0}.
        let shoppers = shoppers(&[&[0, 1, 2, 3], &[4, 0]], 1);
        assert_eq!(shoppers.examples.len(), 6);
        assert_eq!(shoppers.item_counts, [3, 2, 2, 1, 2]);
        assert_eq!(shoppers.category_counts, [4, 4]);
    }
}
