//! How far training has come.

use model::Config;
use serde::{Deserialize, Serialize};

use crate::options::TrainConfig;

/// How far training has come, beside weights and optimizer. Random numbers are seeded by epoch and step, so that these say where
/// their generator is, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// How it trains.
    pub train: TrainConfig,
    /// What it trains.
    pub config: Config,
    /// Hash of the vocabulary.
    pub vocabulary: String,
    /// Hash of the data.
    pub split: String,
    /// Epochs that are over.
    pub epoch: usize,
    /// Steps of the epoch that are done.
    pub step: usize,
    /// Sum of their losses.
    pub loss_sum: f64,
    /// The best validation GAUC so far.
    pub best_gauc: f64,
    /// Epochs since the one that had it.
    pub epochs_since_best: usize,
}
