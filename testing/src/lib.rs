//! What tests, comparisons, examples and benchmarks share: seeded networks and what holds of them, histories, and how far two
//! answers are apart.
//!
//! Nothing here is part of the page or of the command line.
#![allow(clippy::expect_used, reason = "a configuration of a test that makes no sense stops the test")]

mod difference;
pub mod fixture;
mod networks;
pub mod page;
mod tested;
mod variant;

use model::{Config, NetworkConfig, NetworkKind, Vocabulary, Weights};

use variant::Variant;

pub use difference::{Difference, TOLERANCE, widen};
pub use networks::options;
pub use variant::{config, projected};

/// Items in the seeded catalogues: a few quads and tiles, the last ones not full.
pub const ITEMS: usize = 70;
const CATEGORIES: usize = 5;

/// Histories of these lengths, around a full one of 50, are compared.
pub const LENGTHS: [usize; 7] = [0, 1, 2, 49, 50, 51, 200];

/// A network with seeded weights and the categories of its items.
#[derive(Debug)]
pub struct Seeded {
    /// What distinguishes the network, in a few words.
    pub name: &'static str,
    /// Of the page's sizes.
    pub is_trained: bool,
    /// Compared in the browser too, where a software adapter takes its time.
    pub in_browser: bool,
    /// Seeded weights.
    pub weights: Weights,
    /// The category row of each item, `[item]`.
    pub categories: Vec<u32>,
}

/// Every network with all its options, in sizes as trained and in odd ones.
pub fn networks() -> Vec<Seeded> {
    let variants = NetworkKind::ALL.iter().flat_map(|&kind| networks::variants(kind));
    let network =
        |Variant { name, is_trained, in_browser, config }| Seeded { is_trained, in_browser, ..seeded(name, config) };
    variants.map(network).collect()
}

/// The networks of the page's sizes, one of each kind.
pub fn trained() -> Vec<Seeded> {
    networks().into_iter().filter(|network| network.is_trained).collect()
}

/// Every option of every network with few units, where `width` is H and the interest is as wide.
pub fn every_option(width: usize) -> Vec<NetworkConfig> {
    NetworkKind::ALL.iter().flat_map(|&kind| options(kind, width)).collect()
}

/// Every network in sizes from one number a vector to the most that the shaders have room for. They are too large to be run
/// in every test.
pub fn every_size() -> Vec<Config> {
    NetworkKind::ALL.iter().flat_map(|&kind| networks::sizes(kind)).collect()
}

/// Whether the weights of the clicks are shares of one.
pub fn shares_of_one(network: &NetworkConfig) -> bool {
    networks::tested(network).shares_of_one()
}

/// Whether an answer depends on the order of the clicks.
pub fn knows_order(network: &NetworkConfig) -> bool {
    networks::tested(network).knows_order()
}

/// Seeded weights for `config`.
///
/// # Panics
/// For a configuration that makes no sense.
pub fn seeded(name: &'static str, config: Config) -> Seeded {
    let vocabulary = Vocabulary { items: ITEMS, categories: CATEGORIES };
    let weights = Weights::seeded(config, vocabulary, 20).expect("these configurations make sense");
    let categories = (0..ITEMS as u32).map(|item| item * 3 % CATEGORIES as u32).collect();
    Seeded { name, is_trained: false, in_browser: false, weights, categories }
}

/// A history that walks about the catalogue and comes back to some items.
pub fn history(length: usize) -> Vec<u32> {
    (0..length as u32).map(|step| (step * step * 7 + step * 3 + 1) % ITEMS as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_network_is_there_once_in_the_page_s_sizes() {
        let kinds: Vec<NetworkKind> = trained().iter().map(|one| one.weights.config().network.kind()).collect();
        assert_eq!(kinds, NetworkKind::ALL);
    }
}
