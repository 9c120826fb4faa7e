//! Burn's answers as JSON, for a browser where burn does not run.

use model::{Config, Inspection, Trace};
use serde::{Deserialize, Serialize};

/// Candidates whose traces are compared.
pub const INSPECTED: [u32; 2] = [0, 33];

/// Burn's answer of one network for one history.
#[derive(Debug, Serialize, Deserialize)]
pub struct Case {
    /// A name in [`networks`](crate::networks()).
    pub network: String,
    /// Rows of the items, the oldest first.
    pub history: Vec<u32>,
    /// Click probability of each candidate.
    pub probabilities: Vec<f32>,
    /// What burn computed for each of [`INSPECTED`].
    pub inspections: Vec<Values>,
}

/// An [`Inspection`] as lists of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Values {
    item: u32,
    logit: f32,
    probability: f32,
    /// The values of each part in the order of the trace.
    trace: Vec<Vec<f32>>,
}

impl Values {
    /// The numbers of `inspection`.
    pub fn new(inspection: &Inspection) -> Self {
        let trace = inspection.trace.parts().iter().map(|part| part.values().to_vec()).collect();
        let Inspection { item, logit, probability, .. } = *inspection;
        Self { item, logit, probability, trace }
    }

    /// The inspection by a network of `config` after `steps` clicks; none where the trace is not that of such a network.
    pub fn inspection(&self, config: &Config, steps: usize) -> Option<Inspection> {
        let (specs, sizes) = (config.network.parts(), config.trace_sizes(steps));
        let parts = specs.iter().zip(&self.trace).map(|(spec, values)| spec.of(sizes, values.clone()));
        let trace = (specs.len() == self.trace.len()).then(|| Trace::new(parts))?;
        Some(Inspection { item: self.item, logit: self.logit, probability: self.probability, trace })
    }
}
