//! The networks that are timed: DIN and DIEN of the page's sizes, with seeded weights.

use model::{Config, NetworkKind, Vocabulary, Weights, WeightsError};

/// Items in the catalogue.
pub const ITEMS: usize = 5000;
/// Clicks in the history that is timed.
pub const STEPS: usize = 50;
/// Candidates that are ranked, from the first on.
pub const CANDIDATES: u32 = 1000;
const CATEGORIES: usize = 40;
const SEED: u64 = 5;

/// Each network by its name in files.
///
/// # Errors
/// None for sizes that make sense.
pub fn networks() -> Result<[(&'static str, Weights); 2], WeightsError> {
    let weights = |config| {
        let config = Config { max_history: 100, ..config };
        Weights::seeded(config, Vocabulary { items: ITEMS, categories: CATEGORIES }, SEED)
    };
    Ok([("din", weights(NetworkKind::Din.shipped())?), ("dien", weights(NetworkKind::Dien.shipped())?)])
}

/// The category row of each item.
pub fn categories() -> Vec<u32> {
    (0..ITEMS as u32).map(|item| item % CATEGORIES as u32).collect()
}

/// A history of `steps` clicks, another one at each `turn`.
pub fn history(turn: usize, steps: usize) -> Vec<u32> {
    (0..steps).map(|step| ((37 * step + turn) % ITEMS) as u32).collect()
}
