//! Embedding & MLP in burn tensors.

use burn::module::Module;
use burn::prelude::*;

use super::{EmbeddingMlpConfig, Pooling};
use crate::networks::layers::embedding::Histories;
use crate::networks::layers::pooling::PoolingOutput;
use crate::networks::layers::reference::Reference;
use crate::networks::layers::tensors::Source;

/// Interest v = Σ_j w_j k_j with w_j = 1 (sum pooling) or 1/T (mean pooling), equal for every candidate.
#[derive(Module, Debug)]
pub struct EmbeddingMlp {
    #[module(skip)]
    pooling: Pooling,
}

impl Reference for EmbeddingMlp {
    type Options = EmbeddingMlpConfig;
    type Output = PoolingOutput;

    fn new(_: &Source, options: &EmbeddingMlpConfig) -> Self {
        Self { pooling: options.pooling }
    }

    /// Of `query`, only the shape counts.
    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, _] = keys.dims();
        let candidates = query.dims()[1];
        let weight = |length: usize| match self.pooling {
            Pooling::Sum => 1.0,
            Pooling::Mean => 1.0 / length.max(1) as f32,
        };
        let w: Vec<f32> = histories.lengths.iter().map(|&length| weight(length)).collect();
        let w = Tensor::<3>::from_data(TensorData::new(w, [batch, 1, 1]), &keys.device()).expand([batch, 1, steps]);
        let weights = w.clone().mask_fill(histories.padding.clone().unsqueeze_dim::<3>(1), 0.0);
        let v = weights.clone().matmul(keys);
        let width = v.dims()[2];
        PoolingOutput {
            scores: w.expand([batch, candidates, steps]),
            weights: weights.expand([batch, candidates, steps]),
            interest: v.expand([batch, candidates, width]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EmbeddingMlpConfig, Pooling};
    use crate::reference::by_hand::{answer, by_hand, close};

    #[test]
    fn pooling_counts_every_key_alike() {
        for (pooling, weight) in [(Pooling::Sum, 1.0), (Pooling::Mean, 0.5)] {
            let inspection = answer(&by_hand(EmbeddingMlpConfig { pooling }, 8, &[]), &[0, 2], 1);
            assert_eq!(inspection.trace.attention(), [weight, weight]);
            close(inspection.logit, f64::from(weight) * (0.5 + 2.0));
        }
    }
}
