//! TIN in burn tensors.

use burn::module::Module;
use burn::prelude::*;

use super::TinConfig;
use crate::networks::layers::embedding::{Histories, PositionTable};
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
    /// p, `[max_history + 1, H]`.
    embedding: PositionTable,
}

impl Reference for Tin {
    type Options = TinConfig;
    type Output = PoolingOutput;

    fn new(source: &Source, _: &TinConfig) -> Self {
        Self { embedding: PositionTable::new(source) }
    }

    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, width] = keys.dims();
        let p = self.embedding.vectors();
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

#[cfg(test)]
mod tests {
    use super::super::TinConfig;
    use crate::reference::by_hand::{ITEMS, answer, by_hand, close};

    #[test]
    fn an_answer_follows_the_equations() {
        // p(0) = 0.25, p(1) = −0.5, p(2) = 0.75 and so on.
        let p = [0.25, -0.5, 0.75, 1.5, -1.25, 0.5, 0.0, -0.75, 1.0];
        let weights = by_hand(TinConfig {}, 8, &[("embedding.position.weight", &p)]);
        let p = p.map(f64::from);
        // Ten clicks of item 0 and then 2 and 1: positions 12 to 1, of which 8 is the last with a vector of its own.
        let history = [[0; 10].as_slice(), &[2, 1]].concat();
        let keys: Vec<f64> = history.iter().map(|&item| ITEMS[item as usize].into()).collect();
        let inspection = answer(&weights, &history, 2);
        let trace = &inspection.trace;
        let q = 2.0 + p[0];
        let k: Vec<f64> = keys.iter().enumerate().map(|(j, k)| k + p[(keys.len() - j).min(8)]).collect();
        let exp: Vec<f64> = k.iter().map(|k| (k * q).exp()).collect();
        let sum: f64 = exp.iter().sum();
        let mut v = 0.0;
        for j in 0..keys.len() {
            close(trace.scores()[j] / 4.0, k[j] * q / 4.0);
            close(trace.attention()[j], exp[j] / sum);
            v += exp[j] / sum * k[j] * q;
        }
        close(inspection.logit / 4.0, v / 4.0);
    }
}
