//! The networks that arrived.

use std::sync::Arc;

use model::browser::Parsed;
use model::{Config, Json, Weights};

use super::projection::Projection;
use crate::explain::labels;

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
