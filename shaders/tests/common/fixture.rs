//! Burn's answers as JSON, for a browser where burn does not run.

use model::{Config, DienTrace, Inspection, PoolingTrace, Steps, Trace};
use serde::{Deserialize, Serialize};

/// The networks that the browser compares: each as trained, each in odd sizes, and small ones that have every other option
/// between them. Software adapters take their time.
pub const NETWORKS: [&str; 16] = [
    "Embedding & MLP",
    "Embedding & MLP sum, odd",
    "DIN",
    "DIN scaled softmax, odd",
    "DIEN",
    "DIEN AIGRU, odd",
    "DIN, two layers of sigmoid, padding",
    "DIN, three layers of Dice, projected query",
    "DIEN, two layers of ReLU",
    "DIEN, projected query, reset before, authors' gate",
    "DIEN AGRU, local activation, reset before",
    "DIEN GRU, bilinear",
    "DIEN GRU, local activation, reset before",
    "DIEN GRU, without attention",
    "TIN",
    "TIN, odd",
];

/// Candidates whose traces are compared.
pub const INSPECTED: [u32; 2] = [0, 33];

/// Burn's answer of one network for one history.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    /// A name in [`super::networks`].
    pub network: String,
    pub history: Vec<u32>,
    pub probabilities: Vec<f32>,
    pub inspections: Vec<Values>,
}

/// An [`Inspection`] as lists of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Values {
    item: u32,
    logit: f32,
    probability: f32,
    /// The trace's fields in their order.
    trace: Vec<Vec<f32>>,
}

impl Values {
    pub fn new(inspection: &Inspection) -> Self {
        let trace = match &inspection.trace {
            Trace::Pooling(trace) => vec![trace.scores.clone(), trace.weights.clone(), trace.interest.clone()],
            Trace::Dien(trace) => vec![
                trace.interest_states.values().to_vec(),
                trace.scores.clone(),
                trace.attention.clone(),
                trace.reset.values().to_vec(),
                trace.update.values().to_vec(),
                trace.attentional_update.values().to_vec(),
                trace.candidate.values().to_vec(),
                trace.evolution_states.values().to_vec(),
            ],
        };
        let Inspection { item, logit, probability, .. } = *inspection;
        Self { item, logit, probability, trace }
    }

    /// The inspection of a network of `config`; none where the fields are not those of such a network.
    pub fn inspection(&self, config: &Config) -> Option<Inspection> {
        let steps = |values: &Vec<f32>| Steps::new(config.interest_width(), values.clone());
        let trace = match self.trace.as_slice() {
            [scores, weights, interest] => Trace::Pooling(PoolingTrace {
                scores: scores.clone(),
                weights: weights.clone(),
                interest: interest.clone(),
            }),
            [states, scores, attention, reset, update, attentional_update, candidate, evolution] => {
                Trace::Dien(DienTrace {
                    interest_states: steps(states),
                    scores: scores.clone(),
                    attention: attention.clone(),
                    reset: steps(reset),
                    update: steps(update),
                    attentional_update: steps(attentional_update),
                    candidate: steps(candidate),
                    evolution_states: steps(evolution),
                })
            }
            _ => return None,
        };
        Some(Inspection { item: self.item, logit: self.logit, probability: self.probability, trace })
    }
}
