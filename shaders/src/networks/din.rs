//! The Deep Interest Network: a local activation unit scores each click for each candidate, and the interest is the sum of
//! the keys by these weights.

use std::sync::Arc;

use model::{DinConfig, Normalization, Weights};

use super::{Folded, OnCpu, projected_query};
use crate::catalogue::Catalogue;
use crate::cpu::lanes::Vector;
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, Keys, NetworkSpec};
use crate::layers::Layer;
use crate::stages::local_activation::{self, LocalActivation};
use crate::stages::shared::pooling::{self, Pooled};
use crate::stages::weighted_pooling::{self, WeightsOf, cpu::weighted_pooling};

/// The network's attention.
#[derive(Debug)]
pub(crate) struct Din {
    pub unit: Arc<LocalActivation>,
    normalization: Normalization,
    attention_query: Option<Layer>,
    padding: Option<Vec<f32>>,
}

impl Folded for Din {
    type Options = DinConfig;

    fn new(weights: &Weights, options: &DinConfig) -> Self {
        let DinConfig { attention, normalization, padding } = options;
        Self {
            unit: Arc::new(LocalActivation::new(weights, attention)),
            normalization: *normalization,
            attention_query: projected_query(weights, attention),
            padding: padding.then(|| weights.values("embedding.padding").to_vec()),
        }
    }

    fn attention_query(&self) -> Option<&Layer> {
        self.attention_query.as_ref()
    }

    fn padding(&self) -> Option<&[f32]> {
        self.padding.as_deref()
    }

    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
        // Σ_j k_j comes before the keys in `History`.
        let keys = Keys { buffer: Buffer::History, width, start: width, stride: width };
        Ok(NetworkSpec {
            files: &[],
            stages: vec![
                local_activation::spec(constants, &self.unit, keys)?,
                weighted_pooling::spec(constants, WeightsOf::Scores(self.normalization), width),
            ],
            kept: Vec::new(),
            trace: pooling::trace_extent(width),
        })
    }

    fn read_trace(&self, steps: usize, _kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
        pooling::read_trace(self.unit.width(), steps, candidate)
    }
}

/// The network on the CPU.
#[derive(Debug)]
pub(crate) struct Live<V> {
    network: Arc<Din>,
    local_activation: local_activation::cpu::LocalActivation<V>,
    /// `[step, H]`.
    keys: Vec<f32>,
    pooled: Pooled<V>,
}

impl<V: Vector> OnCpu<V> for Live<V> {
    type Folded = Din;

    fn new(zero: V, network: &Arc<Din>) -> Self {
        let local_activation = local_activation::cpu::LocalActivation::new(zero, &network.unit);
        Self { network: network.clone(), local_activation, keys: Vec::new(), pooled: Pooled::new() }
    }

    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], kept: usize) {
        self.local_activation.truncate(kept);
        self.keys.truncate(kept * catalogue.width());
        let stand_in = self.network.padding().filter(|_| history.is_empty());
        for key in catalogue.keys(&history[kept..]).chain(stand_in) {
            self.local_activation.push(key);
            self.keys.extend_from_slice(key);
        }
    }

    #[inline(always)]
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], _inspected: bool) {
        let Self { network, local_activation, keys, pooled: Pooled { scores, weights } } = self;
        local_activation.run(query.of_attention, scores);
        weights.clone_from(scores);
        weighted_pooling(network.normalization, keys, weights, interest);
    }

    fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>> {
        self.pooled.trace(interest, steps, lane)
    }
}
