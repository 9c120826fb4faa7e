//! The networks that are timed: DIN and DIEN of the page's sizes, with seeded weights.

use model::{
    Activation, Config, DienConfig, DinConfig, Evolution, HeadConfig, LocalActivationConfig, NetworkConfig,
    Normalization, Vocabulary, Weights, WeightsError,
};

/// Items in the catalogue.
pub const ITEMS: usize = 5000;
/// Clicks in the history that is timed.
pub const STEPS: usize = 50;
/// Candidates that are ranked, from the first on.
pub const CANDIDATES: u32 = 1000;
const CATEGORIES: usize = 40;
const SEED: u64 = 5;

/// Each network by its name in files.
pub fn networks() -> Result<[(&'static str, Weights); 2], WeightsError> {
    let attention = LocalActivationConfig::new([36], Activation::DICE);
    let din = DinConfig { attention, normalization: Normalization::None, padding: false };
    let dien = DienConfig::new(24, Evolution::Augru);
    let weights = |network, key_sum| {
        let hidden = vec![64, 32];
        let head = HeadConfig { hidden, activation: Activation::DICE, interest_product: true, key_sum, wide: false };
        let config = Config { item_dim: 16, category_dim: 8, max_history: 100, network, head };
        Weights::seeded(config, Vocabulary { items: ITEMS, categories: CATEGORIES }, SEED)
    };
    Ok([("din", weights(NetworkConfig::Din(din), false)?), ("dien", weights(NetworkConfig::Dien(dien), true)?)])
}

/// The category row of each item.
pub fn categories() -> Vec<u32> {
    (0..ITEMS as u32).map(|item| item % CATEGORIES as u32).collect()
}

/// A history of `steps` clicks, another one at each `turn`.
pub fn history(turn: usize, steps: usize) -> Vec<u32> {
    (0..steps).map(|step| ((37 * step + turn) % ITEMS) as u32).collect()
}
