//! The Temporal Interest Network: attention, and the interest, by meaning and by position.

use std::sync::Arc;

use model::{TinConfig, Weights};

use super::{Folded, OnCpu};
use crate::catalogue::Catalogue;
use crate::cpu::lanes::Vector;
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::NetworkSpec;
use crate::stages::shared::pooling::{self, Pooled};
use crate::stages::temporal_attention::{self, Positions, cpu};

/// The network's positions.
#[derive(Debug)]
pub(crate) struct Tin {
    pub positions: Positions,
}

impl Folded for Tin {
    type Options = TinConfig;

    fn new(weights: &Weights, _options: &TinConfig) -> Self {
        Self { positions: Positions::new(weights) }
    }

    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
        Ok(NetworkSpec {
            files: &[],
            stages: vec![temporal_attention::spec(constants, &self.positions)],
            kept: Vec::new(),
            trace: pooling::trace_extent(width),
        })
    }

    fn read_trace(&self, steps: usize, _kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
        pooling::read_trace(self.positions.of_candidate().len(), steps, candidate)
    }
}

/// The network on the CPU.
#[derive(Debug)]
pub(crate) struct Live<V> {
    network: Arc<Tin>,
    /// k̃, `[step, H]`.
    keys: Vec<f32>,
    /// q̃, `[H]`.
    query: Vec<V>,
    pooled: Pooled<V>,
}

impl<V: Vector> OnCpu<V> for Live<V> {
    type Folded = Tin;

    fn new(_zero: V, network: &Arc<Tin>) -> Self {
        Self { network: network.clone(), keys: Vec::new(), query: Vec::new(), pooled: Pooled::new() }
    }

    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], _kept: usize) {
        // A new click moves every other one back by a position.
        cpu::encode_keys(&self.network.positions, catalogue.keys(history), &mut self.keys);
    }

    #[inline(always)]
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], _inspected: bool) {
        let Self { network, keys, query: encoded, pooled: Pooled { scores, weights } } = self;
        cpu::encode_query(&network.positions, query.own, encoded);
        cpu::temporal_attention(keys, encoded, scores, weights, interest);
    }

    fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>> {
        self.pooled.trace(interest, steps, lane)
    }
}
