//! What the page and its trainer, which runs in a worker, say to each other.
//!
//! As JavaScript a message is an object of one field, its name in snake case, or that name alone where nothing belongs to it;
//! bytes are `Uint8Array`s.

use model::Config;
use serde::{Deserialize, Serialize};

use crate::options::TrainConfig;
use crate::scores::Scores;
use crate::state::State;

/// From so many clicks on, fine-tuning does without the last one to measure itself: of fewer it would say nothing.
pub const MEASURED_FROM: usize = 10;

/// What the page asks for. What makes no sense at a time, such as a pause where nothing is trained, is passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Train: [`Report::Started`], or [`Report::Failed`].
    Start(Box<Start>),
    /// Wait before the next step.
    Pause,
    /// Go on.
    Resume,
    /// End: [`Report::Finished`] with what there is.
    Stop,
    /// [`Report::Checkpoint`].
    Checkpoint,
    /// [`Report::Weights`].
    Weights,
}

/// What is to be trained, how and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The network.
    pub config: Config,
    /// How to train it.
    pub train: TrainConfig,
    /// The products, CSV.
    #[serde(with = "serde_bytes")]
    pub catalogue: Vec<u8>,
    /// The training users' purchases, a file of [`crate::packed`].
    #[serde(with = "serde_bytes")]
    pub training: Vec<u8>,
    /// The validation users', likewise.
    #[serde(with = "serde_bytes")]
    pub validation: Vec<u8>,
    /// Evaluates every so many steps of an epoch beside its end. Which epoch is the best is decided at their ends alone.
    pub evaluate_every: Option<usize>,
    /// The weights to begin with, safetensors, where they are to be fine-tuned.
    #[serde(with = "serde_bytes")]
    pub from: Option<Vec<u8>>,
    /// For fine-tuning the visitor's own clicks, rows of the catalogue, oldest first.
    pub own: Vec<u32>,
    /// What to go on from, in place of the beginning.
    pub checkpoint: Option<Saved>,
}

/// A checkpoint of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// How far it has come.
    pub state: State,
    /// The weights at this step, safetensors.
    #[serde(with = "serde_bytes")]
    pub now: Vec<u8>,
    /// Those of the best epoch; of the start before the first one is over.
    #[serde(with = "serde_bytes")]
    pub best: Vec<u8>,
    /// The optimizer's moments.
    #[serde(with = "serde_bytes")]
    pub optimizer: Vec<u8>,
}

/// What the trainer tells. Scores are those of the validation questions against uniform and against popular negatives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// It begins.
    Started(Started),
    /// It has trained: at most ten times a second, and before it waits, ends or gives a checkpoint.
    Step(Stepped),
    /// It has asked the validation questions.
    Evaluated(Evaluated),
    /// What it can go on from.
    Checkpoint(Box<Saved>),
    /// What the network is at this step.
    Weights(Snapshot),
    /// It is over, or was stopped.
    Finished(Finished),
    /// It cannot begin or go on.
    Failed(Failed),
}

/// What is known before the first step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Steps an epoch.
    pub steps: usize,
    /// What the floor scores that knows the number of customers of each product and no history. It has no logloss.
    pub popularity: [Scores; 2],
}

/// Steps that were done since the last report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stepped {
    /// Counted from 1.
    pub epoch: usize,
    /// The last of the steps, counted from 1 within the epoch.
    pub step: usize,
    /// Loss of each of the steps' batches, the oldest first; the first ones may be of the epoch before.
    pub losses: Vec<f32>,
    /// Mean loss of the epoch so far.
    pub mean: f32,
    /// Steps a second, since the last report.
    pub rate: f64,
}

/// What the network scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps of the epoch that were done.
    pub step: usize,
    /// The scores.
    pub scores: [Scores; 2],
    /// In fine-tuning how the visitor's last click, which is not trained on, does against all products that were not clicked;
    /// none where there are too few clicks to do without one.
    pub own: Option<Scores>,
    /// At the end of an epoch, whether it is the best so far.
    pub best: Option<bool>,
}

/// The network at a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Counted from 1.
    pub epoch: usize,
    /// Steps of the epoch that were done.
    pub step: usize,
    /// Its weights, safetensors.
    #[serde(with = "serde_bytes")]
    pub weights: Vec<u8>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The weights of the best epoch, safetensors; those at the last step where no epoch was over.
    #[serde(with = "serde_bytes")]
    pub weights: Vec<u8>,
}

/// Why training ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// In a sentence.
    pub problem: String,
    /// The first tensor that holds something other than numbers, where one does.
    pub tensor: Option<String>,
    /// The weights of the best epoch, safetensors, where an epoch was over.
    #[serde(with = "serde_bytes")]
    pub best: Option<Vec<u8>>,
}
