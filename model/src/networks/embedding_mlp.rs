//! Embedding & MLP: the base model of the DIN paper, without attention (section "Base Model").
//!
//! Wide & Deep and PNN are this body under another head: [`crate::HeadConfig::wide`] and
//! [`crate::HeadConfig::interest_product`].

use serde::{Deserialize, Serialize};

#[cfg(feature = "burn")]
use {
    super::{Histories, PoolingOutput},
    burn::{module::Module, prelude::*},
};

use super::Definition;
use crate::config::Tensors;
use crate::{Config, PartSpec};

/// Options of [`super::NetworkConfig::EmbeddingMlp`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbeddingMlpConfig {
    /// How the keys become one interest.
    pub pooling: Pooling,
}

/// How keys that all count alike become one interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Σ_j k_j.
    Sum,
    /// 1/T Σ_j k_j.
    Mean,
}

impl Definition for EmbeddingMlpConfig {
    fn name(&self) -> &'static str {
        "embedding-mlp"
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("w"), PartSpec::INTEREST] }
    }

    fn tensors(&self, _: &Config, _: &mut Tensors) {}
}

/// Interest v = Σ_j w_j k_j with w_j = 1 (sum pooling) or 1/T (mean pooling), the same for every candidate.
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct EmbeddingMlp {
    #[module(skip)]
    pooling: Pooling,
}

#[cfg(feature = "burn")]
impl EmbeddingMlp {
    pub(super) fn new(config: &EmbeddingMlpConfig) -> Self {
        Self { pooling: config.pooling }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H], of which only the shape counts, to the interest.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
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
