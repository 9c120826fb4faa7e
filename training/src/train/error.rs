//! Why training stops before its end.

use model::WeightsError;

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Weights are not what they should be.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A checkpoint could not be written or read.
    #[error("{file}: {problem}")]
    Checkpoint {
        /// Name of the file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The loss is no number any more.
    #[error("the loss is {loss} at step {step} of epoch {epoch}; try a smaller learning rate")]
    Diverged {
        /// The loss.
        loss: f32,
        /// Counted from 1.
        step: usize,
        /// Counted from 1.
        epoch: usize,
        /// The first tensor of the network that holds something other than numbers, where one does.
        tensor: Option<String>,
    },
    /// The network's options do not go together with its auxiliary loss.
    #[error("{0}")]
    Auxiliary(String),
    /// There is nobody to train on or to validate with.
    #[error("no {0} users: there are too few customers in the data")]
    NoUsers(&'static str),
    /// One click tells nothing of what follows another.
    #[error("fine-tuning takes two clicks at least, and there are {0}")]
    TooFewClicks(usize),
    /// Whoever is there bought everything, or one thing.
    #[error("no {0} user has a purchase that can be told from a product left in the shop")]
    NoNegatives(&'static str),
}
