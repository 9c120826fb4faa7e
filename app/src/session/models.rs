//! The networks that arrived.

use std::sync::Arc;

use model::browser::Parsed;
use model::{Config, Json, Weights};

use super::projection::Projection;
use crate::explain::labels;

/// A network that arrived.
#[derive(Debug, Clone)]
pub struct Model {
    weights: Arc<Weights>,
    /// The projection of the network's evolution states, where it has one.
    pub projection: Option<Arc<Projection>>,
}

impl Model {
    /// Takes weights with the projection that came with them.
    pub fn new(weights: Weights) -> Self {
        let projection = Projection::of(&weights).map(Arc::new);
        Self { weights: weights.into(), projection }
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
    /// `metric` auc, gauc or logloss.
    pub fn metric(&self, protocol: &str, negatives: &str, metric: &str) -> Option<f64> {
        let metrics = Parsed::new(self.weights.note("metrics")?)?;
        metrics.field(protocol)?.field(negatives)?.field(metric)?.number()
    }

    /// What one attention number of the network is, in words for a label.
    pub fn attention_label(&self) -> &'static str {
        labels(&self.config().network).attention()
    }
}
