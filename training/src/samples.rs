//! From purchases to questions: the two protocols, negatives.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::purchases::{Protocol, Purchase, bought};
use model::Catalogue;

/// What the last item of a user is to be told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negatives {
    /// Every item of the catalogue alike.
    Uniform,
    /// Items in proportion to the number of customers who bought them.
    Popularity,
}

/// One question put to a network: which of these comes next?
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Items known, oldest first.
    pub history: Vec<u32>,
    /// The item really bought, and then the sampled ones.
    pub candidates: Vec<u32>,
}

impl Question {
    /// The last `count` items of the history, or all where there are fewer.
    pub fn last(&self, count: usize) -> &[u32] {
        &self.history[self.history.len().saturating_sub(count)..]
    }
}

/// Draws items that a user did not buy.
#[derive(Debug)]
pub struct Sampler {
    /// Customers of this item and all before it, `[items]`.
    cumulative: Vec<u64>,
}

/// So many draws may fail before the items that are left are listed and one of them is drawn. Whoever left a tenth of the
/// shop fails so often once in 10⁹ times.
const BLIND_DRAWS: usize = 200;

impl Sampler {
    /// For the items of `catalogue`.
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut sum = 0;
        let add = |item: &model::Item| {
            sum += u64::from(item.popularity);
            sum
        };
        Self { cumulative: catalogue.items().iter().map(add).collect() }
    }

    /// One item that is not in `bought`; none where that has every item or, by popularity, every item that somebody
    /// bought. Where nobody bought anything, popularity is the same for all.
    pub fn draw(&self, negatives: Negatives, bought: &HashSet<u32>, rng: &mut StdRng) -> Option<u32> {
        let left = |item: usize| !bought.contains(&(item as u32));
        let (total, items) = (self.total(), self.cumulative.len());
        if items == 0 {
            return None;
        }
        let by_popularity = negatives == Negatives::Popularity && total > 0;
        for _ in 0..BLIND_DRAWS {
            let item = match by_popularity {
                true => {
                    let ticket = rng.random_range(0..total);
                    self.cumulative.partition_point(|&sum| sum <= ticket)
                }
                false => rng.random_range(0..items),
            };
            if left(item) {
                return Some(item as u32);
            }
        }
        let weight = |item: usize| if by_popularity { self.customers(item) } else { 1 };
        let rest: Vec<(usize, u64)> = (0..items).filter(|&item| left(item)).map(|item| (item, weight(item))).collect();
        let sum: u64 = rest.iter().map(|&(_, weight)| weight).sum();
        let mut ticket = (sum > 0).then(|| rng.random_range(0..sum))?;
        let drawn = rest.into_iter().find(|&(_, weight)| match ticket.checked_sub(weight) {
            Some(after) => {
                ticket = after;
                false
            }
            None => true,
        });
        drawn.map(|(item, _)| item as u32)
    }

    /// `count` different items that are not in `bought`, drawn one after the other from what is left; fewer where that is less.
    pub fn draw_different(
        &self,
        negatives: Negatives,
        bought: &HashSet<u32>,
        count: usize,
        rng: &mut StdRng,
    ) -> Vec<u32> {
        let mut taken = bought.clone();
        let draw = || self.draw(negatives, &taken, rng).inspect(|&item| _ = taken.insert(item));
        std::iter::from_fn(draw).take(count).collect()
    }

    /// Whether [`Sampler::draw`] finds an item.
    pub fn has(&self, negatives: Negatives, bought: &HashSet<u32>) -> bool {
        match negatives {
            Negatives::Popularity if self.total() > 0 => {
                bought.iter().map(|&item| self.customers(item as usize)).sum::<u64>() < self.total()
            }
            _ => bought.len() < self.cumulative.len(),
        }
    }

    /// A sentence on those of the users who bought all that such negatives are drawn from, and so are left out of what needs
    /// one; none where there are no such users.
    pub fn left_out(&self, users: &[Vec<Purchase>], negatives: Negatives) -> Option<String> {
        let count = users.iter().filter(|user| !self.has(negatives, &bought(user))).count();
        let of = users.len();
        let which = if negatives == Negatives::Popularity { "popular " } else { "" };
        (count > 0).then(|| {
            format!(
                "{count} of {of} users have every {which}product and are left out: there is none to tell theirs from"
            )
        })
    }

    fn total(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(0)
    }

    fn customers(&self, item: usize) -> u64 {
        self.cumulative[item] - item.checked_sub(1).map_or(0, |before| self.cumulative[before])
    }
}

/// The questions of the protocol: for each user the last `positions` items in turn, each with `count` different
/// negatives that the user never bought, or as many as there are. Users with no history under the protocol, or without negatives, are left out.
/// Reproducible by `seed`.
pub fn questions(
    users: &[Vec<Purchase>],
    sampler: &Sampler,
    (protocol, negatives): (Protocol, Negatives),
    (positions, count): (usize, usize),
    max_history: usize,
    seed: u64,
) -> Vec<Question> {
    let mut questions = Vec::new();
    for (index, user) in users.iter().enumerate() {
        let mut rng = StdRng::seed_from_u64(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let bought = bought(user);
        if !sampler.has(negatives, &bought) {
            continue;
        }
        for position in user.len().saturating_sub(positions)..user.len() {
            let target = user[position];
            let known = protocol.known(user, position);
            if known == 0 {
                continue;
            }
            let history = user[known.saturating_sub(max_history)..known].iter().map(|purchase| purchase.item).collect();
            let drawn = sampler.draw_different(negatives, &bought, count, &mut rng);
            questions.push(Question { history, candidates: std::iter::once(target.item).chain(drawn).collect() });
        }
    }
    questions
}
