//! Deep Interest Network: Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", KDD 2018.

use serde::{Deserialize, Serialize};

#[cfg(feature = "burn")]
use {
    super::tensors::Source,
    super::{Histories, LocalActivation, PoolingOutput, masked_softmax},
    burn::module::{Module, Param},
    burn::prelude::*,
};

use super::{Definition, LocalActivationConfig};
use crate::config::Tensors;
use crate::{Config, PartSpec};

/// Options of [`super::NetworkConfig::Din`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DinConfig {
    /// Where scores come from.
    pub attention: LocalActivationConfig,
    /// What turns scores into weights.
    pub normalization: Normalization,
    /// Whether an empty history counts as one padding item with a representation of its own, as in DeepCTR, where a softmax
    /// over nothing but padding is a mean of it. Otherwise the interest of an empty history is 0.
    pub padding: bool,
}

/// What turns attention scores into weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// w_j = score_j: DIN's paper, which keeps the intensity of an interest.
    None,
    /// w = softmax(score): DIEN's paper.
    #[default]
    Softmax,
    /// w = softmax(score / √H).
    ScaledSoftmax,
}

#[cfg(feature = "burn")]
impl Normalization {
    /// Weights from scores over dimension `dim`, 0 at padding; `width` is H.
    pub(super) fn weights(self, scores: Tensor<3>, padding: Tensor<3, Bool>, dim: usize, width: usize) -> Tensor<3> {
        match self {
            Self::None => scores.mask_fill(padding, 0.0),
            Self::Softmax => masked_softmax(scores, padding, dim),
            Self::ScaledSoftmax => masked_softmax(scores / (width as f32).sqrt(), padding, dim),
        }
    }
}

impl Definition for DinConfig {
    fn name(&self) -> &'static str {
        "din"
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("w"), PartSpec::INTEREST] }
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.attention.sizes().collect()
    }

    fn problem(&self, _: usize) -> Option<String> {
        self.attention.problem()
    }

    fn tensors(&self, config: &Config, tensors: &mut Tensors) {
        if self.padding {
            tensors.add("embedding.padding", [config.width()]);
        }
        self.attention.tensors(config.width(), config.width(), tensors);
    }
}

/// v = Σ_j w_j k_j with w_j from the local activation unit (DIN, equation 3).
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct Din {
    attention: LocalActivation,
    /// What stands for an empty history, if not 0.
    embedding: Option<Padding>,
    /// As in [`DinConfig`].
    #[module(skip)]
    normalization: Normalization,
}

/// The representation of padding, [H].
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
struct Padding {
    padding: Param<Tensor<1>>,
}

#[cfg(feature = "burn")]
impl Din {
    pub(super) fn new(source: &Source, config: &DinConfig) -> Self {
        Self {
            attention: LocalActivation::new(source, &config.attention),
            embedding: config.padding.then(|| Padding { padding: source.param("embedding.padding") }),
            normalization: config.normalization,
        }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, width] = keys.dims();
        let (mut keys, mut padding) = (keys, histories.padding.clone());
        if let Some(Padding { padding: k }) = &self.embedding {
            let first_of_empty = |&length: &usize| (0..steps).map(move |t| length == 0 && t == 0);
            let first_of_empty: Vec<bool> = histories.lengths.iter().flat_map(first_of_empty).collect();
            let here = Tensor::<2, Bool>::from_data(TensorData::new(first_of_empty, [batch, steps]), &keys.device());
            padding = padding.mask_fill(here.clone(), false);
            let k = k.val().reshape([1, 1, width]).expand([batch, steps, width]);
            keys = keys.mask_where(here.unsqueeze_dim::<3>(2).expand([batch, steps, width]), k);
        }
        let scores = self.attention.forward(keys.clone(), query, histories);
        let padding = padding.unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = self.normalization.weights(scores.clone(), padding, 2, width);
        let interest = weights.clone().matmul(keys);
        PoolingOutput { scores, weights, interest }
    }
}
