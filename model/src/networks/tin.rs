//! Temporal Interest Network: Zhou et al., "Temporal Interest Network for User Response Prediction", WWW 2024.

use serde::Serialize;

#[cfg(feature = "burn")]
use {
    super::tensors::Source,
    super::{Histories, PoolingOutput, masked_softmax},
    burn::module::{Module, Param},
    burn::prelude::*,
};

use super::Definition;
use crate::config::Tensors;
use crate::{Config, PartSpec};

/// Options of [`super::NetworkConfig::Tin`]: it has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TinConfig {}

impl Definition for TinConfig {
    fn name(&self) -> &'static str {
        "tin"
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("α"), PartSpec::INTEREST] }
    }

    fn tensors(&self, config: &Config, tensors: &mut Tensors) {
        tensors.add("embedding.position.weight", [config.max_history + 1, config.width()]);
    }
}

/// Semantics and time of clicks and candidate together, by three parts that the paper names:
///
/// - target-aware temporal encoding: k̃_j = k_j + p(T−j+1), q̃ = q + p(0), where p(i) is a trained vector for each
///   position counted back from the candidate: 1 is the newest click. Clicks older than
///   [`max_history`](crate::Config::max_history) share the last one.
/// - target-aware attention: α = softmax_j(k̃_j·q̃ / √H)
/// - target-aware representation: v = Σ_j α_j (k̃_j ⊙ q̃)
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct Tin {
    embedding: Positions,
}

#[cfg(feature = "burn")]
#[derive(Module, Debug)]
struct Positions {
    position: Position,
}

/// p, [max_history + 1, H].
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
struct Position {
    weight: Param<Tensor<2>>,
}

#[cfg(feature = "burn")]
impl Tin {
    pub(super) fn new(source: &Source) -> Self {
        let position = Position { weight: source.param("embedding.position.weight") };
        Self { embedding: Positions { position } }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, width] = keys.dims();
        let p = self.embedding.position.weight.val();
        let oldest = p.dims()[0] - 1;
        let positions = histories.positions(oldest).reshape([batch * steps]);
        let k = keys + p.clone().select(0, positions).reshape([batch, steps, width]);
        let q = query + p.slice([0..1, 0..width]).unsqueeze_dim::<3>(0);

        let scores = q.clone().matmul(k.clone().swap_dims(1, 2)) / (width as f32).sqrt();
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = masked_softmax(scores.clone(), padding, 2);
        // q̃ is the same for every j, so it comes out of the sum.
        let interest = weights.clone().matmul(k) * q;
        PoolingOutput { scores, weights, interest }
    }
}
