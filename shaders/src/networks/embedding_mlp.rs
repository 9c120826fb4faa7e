//! Embedding & MLP, the base model of the DIN paper: the interest is the sum or the mean of the keys.

use std::sync::Arc;

use model::{EmbeddingMlpConfig, Normalization, Pooling, Weights};

use super::{Folded, OnCpu};
use crate::catalogue::Catalogue;
use crate::cpu::lanes::Vector;
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::NetworkSpec;
use crate::stages::shared::pooling::{self, Pooled};
use crate::stages::weighted_pooling::{self, WeightsOf, cpu::weighted_pooling};

/// The network, which has no weights between the embeddings and the head.
#[derive(Debug)]
pub(crate) struct EmbeddingMlp {
    pooling: Pooling,
    /// H.
    width: usize,
}

impl Folded for EmbeddingMlp {
    type Options = EmbeddingMlpConfig;

    fn new(weights: &Weights, options: &EmbeddingMlpConfig) -> Self {
        Self { pooling: options.pooling, width: weights.config().width() }
    }

    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
        Ok(NetworkSpec {
            files: &[],
            stages: vec![weighted_pooling::spec(constants, WeightsOf::Pooling(self.pooling), width)],
            kept: Vec::new(),
            trace: pooling::trace_extent(width),
        })
    }

    fn read_trace(&self, steps: usize, _kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
        pooling::read_trace(self.width, steps, candidate)
    }
}

/// The network on the CPU.
#[derive(Debug)]
pub(crate) struct Live<V> {
    pooling: Pooling,
    /// `[step, H]`.
    keys: Vec<f32>,
    pooled: Pooled<V>,
}

impl<V: Vector> OnCpu<V> for Live<V> {
    type Folded = EmbeddingMlp;

    fn new(_zero: V, network: &Arc<EmbeddingMlp>) -> Self {
        Self { pooling: network.pooling, keys: Vec::new(), pooled: Pooled::new() }
    }

    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], kept: usize) {
        self.keys.truncate(kept * catalogue.width());
        self.keys.extend(catalogue.keys(&history[kept..]).flatten());
    }

    #[inline(always)]
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], _inspected: bool) {
        let Self { pooling, keys, pooled: Pooled { scores, weights } } = self;
        let steps = keys.len() / interest.len();
        let weight = match pooling {
            Pooling::Sum => 1.0,
            Pooling::Mean => 1.0 / steps as f32,
        };
        scores.clear();
        scores.resize(steps, query.own[0].broadcast(weight));
        weights.clone_from(scores);
        weighted_pooling(Normalization::None, keys, weights, interest);
    }

    fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>> {
        self.pooled.trace(interest, steps, lane)
    }
}
