//! The networks that arrived, and the engines that run them.

use std::sync::Arc;

use model::browser::Parsed;
use model::{Config, Json, Weights};
use shaders::{Engine, Host, Warm};

use super::answer::Answered;
use super::answer::projection::Projection;
use crate::explain::labels;
use crate::explain::networks::Network;

/// A network that arrived.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name of the file that it came from, for errors.
    pub file: Arc<str>,
    weights: Arc<Weights>,
    /// The projection of the network's evolution states, where it has one.
    pub projection: Option<Arc<Projection>>,
}

impl Model {
    /// Takes the weights that `file` holds, with the projection that came with them.
    pub fn new(file: &str, weights: Weights) -> Self {
        let projection = Projection::of(&weights).map(Arc::new);
        Self { file: file.into(), weights: weights.into(), projection }
    }

    /// The weights.
    pub fn weights(&self) -> &Arc<Weights> {
        &self.weights
    }

    /// Sizes and options.
    pub fn config(&self) -> &Config {
        self.weights.config()
    }

    /// A number measured on held-out users: `protocol` next_item or next_basket, `negatives` uniform or popularity,
    /// `metric` auc, gauc or logloss. None where the file says none, or a number that it cannot be.
    pub fn metric(&self, protocol: &str, negatives: &str, metric: &str) -> Option<f64> {
        let metrics = Parsed::new(self.weights.note("metrics")?)?;
        let value = metrics.field(protocol)?.field(negatives)?.field(metric)?.number()?;
        can_be(metric, value).then_some(value)
    }

    /// GAUC on the validation users, who chose the epoch: against negatives that are uniform or popularity. None where the file
    /// says none.
    pub fn validated(&self, negatives: &str) -> Option<f64> {
        let scores = Parsed::new(self.weights.note("validation")?)?;
        scores.field(negatives)?.field("gauc")?.number().filter(|gauc| can_be("gauc", *gauc))
    }

    /// Whether what was clicked and what was drawn at random counted the same in training, so that a click probability of one
    /// half is as good as chance: so this project trains, and notes that it did.
    pub fn has_even_odds(&self) -> bool {
        self.weights.note("training").is_some()
    }

    /// What one attention number of the network is, in words for a label.
    pub fn attention_label(&self) -> &'static str {
        labels(&self.config().network).attention()
    }
}

/// Whether a metric can have this value: a share of pairs in the right order, or a loss.
fn can_be(metric: &str, value: f64) -> bool {
    value.is_finite() && value >= 0.0 && (metric == "logloss" || value <= 1.0)
}

/// A network that was trained on this page.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The number of its training.
    pub number: usize,
    /// The network.
    pub model: Model,
}

/// The place of a network's engine, which whoever lets it compute borrows for as long as that takes.
#[derive(Default)]
pub enum Slot {
    /// No engine.
    #[default]
    Empty,
    /// The engine is being made, or at work.
    Lent,
    /// The engine waits for the next question.
    Here(Engine),
}

impl Slot {
    /// Lends the engine out; none where there is none yet: whoever asked then makes one, and gives that back.
    pub fn lend(&mut self) -> Option<Engine> {
        match std::mem::replace(self, Self::Lent) {
            Self::Here(engine) => Some(engine),
            Self::Empty | Self::Lent => None,
        }
    }

    /// Takes an engine back, unless another has taken its place meanwhile.
    pub fn give_back(&mut self, engine: Engine) {
        if matches!(self, Self::Lent) {
            *self = Self::Here(engine);
        }
    }

    /// The engine, unless it is out.
    pub fn here(&self) -> Option<&Engine> {
        match self {
            Self::Here(engine) => Some(engine),
            Self::Empty | Self::Lent => None,
        }
    }
}

/// What the answering loop keeps between its turns.
#[derive(Default)]
pub struct Machine {
    /// What engines run on, once known.
    pub host: Option<Host>,
    /// The engines, by [`Network::index`].
    pub engines: [Slot; Network::COUNT],
    /// Whose weights somebody asked for.
    pub wanted: [bool; Network::COUNT],
    /// What those engines are to go on with, each with the weights that it is for.
    pub warm: [Option<(Arc<Weights>, Warm)>; Network::COUNT],
    /// The visitor's model with newer weights, which its engine has, until their first answer is there.
    pub renewed: Option<Model>,
    /// Counts the changes that an answer must reflect.
    pub version: u64,
    /// Whether an answer is being computed.
    pub running: bool,
    /// When history or network changed last without an answer yet.
    pub changed_at: Option<f64>,
    /// The latest answer, while answers are withheld.
    pub withheld: Option<Option<Arc<Answered>>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::networks::Network;

    #[test]
    fn every_network_of_the_page_was_trained_at_even_odds() {
        for network in Network::shipped() {
            let file = format!("{}/../{}", env!("CARGO_MANIFEST_DIR"), network.file());
            let weights = Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap();
            assert!(Model::new(&file, weights).has_even_odds(), "{file}");
        }
    }

    #[test]
    fn what_no_metric_can_be_is_none() {
        for value in [0.0, 0.875, 1.0] {
            assert!(can_be("auc", value) && can_be("gauc", value) && can_be("logloss", value));
        }
        assert!(can_be("logloss", 1.5) && !can_be("auc", 1.5));
        for value in [-5.0, f64::INFINITY, f64::NAN] {
            assert!(!can_be("auc", value) && !can_be("logloss", value));
        }
    }
}
