//! TIN in burn tensors.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::TinConfig;
use crate::networks::layers::embedding::Histories;
use crate::networks::layers::pooling::{PoolingOutput, masked_softmax};
use crate::networks::layers::reference::Reference;
use crate::networks::layers::tensors::Source;

/// Semantics and time of clicks and candidate together, by three parts that the paper names:
///
/// - target-aware temporal encoding: k̃_j = k_j + p(T−j+1), q̃ = q + p(0), where p(i) is a trained vector for each
///   position counted back from the candidate: 1 is the newest click. Clicks older than
///   [`max_history`](crate::Config::max_history) share the last one.
/// - target-aware attention: α = softmax_j(k̃_j·q̃ / √H)
/// - target-aware representation: v = Σ_j α_j (k̃_j ⊙ q̃)
#[derive(Module, Debug)]
pub struct Tin {
    embedding: Positions,
}

#[derive(Module, Debug)]
struct Positions {
    position: Position,
}

/// p, `[max_history + 1, H]`.
#[derive(Module, Debug)]
struct Position {
    weight: Param<Tensor<2>>,
}

impl Reference for Tin {
    type Options = TinConfig;
    type Output = PoolingOutput;

    fn new(source: &Source, _: &TinConfig) -> Self {
        let position = Position { weight: source.param("embedding.position.weight") };
        Self { embedding: Positions { position } }
    }

    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, width] = keys.dims();
        let p = self.embedding.position.weight.val();
        let oldest = p.dims()[0] - 1;
        let positions = histories.positions(oldest).reshape([batch * steps]);
        let k = keys + p.clone().select(0, positions).reshape([batch, steps, width]);
        let q = query + p.slice([0..1, 0..width]).unsqueeze_dim::<3>(0);

        let scores = q.clone().matmul(k.clone().swap_dims(1, 2)) / (width as f32).sqrt();
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = masked_softmax(scores.clone(), padding, 2);
        // q̃ does not depend on j, so it comes out of the sum.
        let interest = weights.clone().matmul(k) * q;
        PoolingOutput { scores, weights, interest }
    }
}
