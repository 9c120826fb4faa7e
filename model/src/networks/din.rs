//! Deep Interest Network: Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", KDD 2018.

use serde::{Deserialize, Serialize};

#[cfg(feature = "burn")]
use {
    super::tensors::Source,
    super::{Histories, LocalActivation, PoolingOutput, masked_softmax},
    burn::{module::Module, prelude::*},
};

use super::Definition;
use crate::config::Tensors;
use crate::{Activation, Config};

/// Options of [`super::NetworkConfig::Din`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DinConfig {
    /// Units in the hidden layer of the local activation unit.
    pub attention_hidden: usize,
    /// Activation of that layer.
    pub activation: Activation,
    /// What turns scores into weights.
    pub normalization: Normalization,
}

/// What turns DIN's attention scores into weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// w_j = score_j: the paper, which keeps the intensity of an interest.
    None,
    /// w = softmax(score).
    Softmax,
    /// w = softmax(score / √H).
    ScaledSoftmax,
}

impl Definition for DinConfig {
    fn name(&self) -> &'static str {
        "din"
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        vec![("network.attention_hidden", self.attention_hidden)]
    }

    fn activation(&self) -> Option<Activation> {
        Some(self.activation)
    }

    fn tensors(&self, config: &Config, tensors: &mut Tensors) {
        tensors.local_activation(config.width(), self.attention_hidden, self.activation);
    }
}

/// v = Σ_j w_j k_j with w_j from the local activation unit (DIN, equation 3).
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct Din {
    attention: LocalActivation,
    /// As in [`DinConfig`].
    #[module(skip)]
    normalization: Normalization,
}

#[cfg(feature = "burn")]
impl Din {
    pub(super) fn new(source: &Source, config: &DinConfig) -> Self {
        Self { attention: LocalActivation::new(source, config.activation), normalization: config.normalization }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let width = keys.dims()[2] as f32;
        let scores = self.attention.forward(keys.clone(), query, histories);
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = match self.normalization {
            Normalization::None => scores.clone().mask_fill(padding, 0.0),
            Normalization::Softmax => masked_softmax(scores.clone(), padding, 2),
            Normalization::ScaledSoftmax => masked_softmax(scores.clone() / width.sqrt(), padding, 2),
        };
        let interest = weights.clone().matmul(keys);
        PoolingOutput { scores, weights, interest }
    }
}
