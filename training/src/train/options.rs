//! How to train.

use serde::{Deserialize, Serialize};

use crate::samples::Protocol;

/// How to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Where every random number comes from.
    pub seed: u64,
    /// How much of the history is known in training.
    pub protocol: Protocol,
    /// Passes over all purchases of the training users, at most.
    pub epochs: usize,
    /// Stop after this many epochs that did not improve the validation GAUC.
    pub patience: usize,
    /// Histories a step.
    pub batch: usize,
    /// Negatives a history, drawn uniformly or by popularity with equal chance.
    pub negatives: usize,
    /// Step size of Adam at the start; it falls in a straight line to a tenth of this in the last epoch.
    pub learning_rate: f64,
    /// α, the weight of DIEN's auxiliary loss.
    pub auxiliary: f32,
    /// λ of the mini-batch aware regularization of the embeddings.
    pub regularization: f32,
}
