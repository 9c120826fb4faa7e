//! Deep Interest Network: Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", KDD 2018.

use burn::module::Module;
use burn::prelude::*;
use burn::tensor::activation::softmax;

use super::tensors::Source;
use super::{Histories, LocalActivation};
use crate::{DinConfig, Normalization};

/// v = Σ_j w_j k_j with w_j from the local activation unit (DIN, equation 3).
#[derive(Module, Debug)]
pub struct Din {
    attention: LocalActivation,
    /// As in [`DinConfig`].
    #[module(skip)]
    normalization: Normalization,
    /// H.
    #[module(skip)]
    width: usize,
}

/// What [`Din::forward`] computed.
#[derive(Debug)]
pub struct DinOutput {
    /// The local activation unit's scores, [batch, candidate, step].
    pub scores: Tensor<3>,
    /// Weights w_j, [batch, candidate, step]; 0 at padded steps.
    pub weights: Tensor<3>,
    /// Interest v, [batch, candidate, H]; 0 for an empty history.
    pub interest: Tensor<3>,
}

impl Din {
    pub(super) fn new(source: &Source, config: &DinConfig, width: usize) -> Self {
        let attention = LocalActivation::new(source, config.activation);
        Self { attention, normalization: config.normalization, width }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> DinOutput {
        let scores = self.attention.forward(keys.clone(), query, histories);
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = match self.normalization {
            Normalization::None => scores.clone(),
            Normalization::Softmax => masked_softmax(scores.clone(), padding.clone(), 2),
            Normalization::ScaledSoftmax => {
                masked_softmax(scores.clone() / (self.width as f32).sqrt(), padding.clone(), 2)
            }
        };
        let weights = weights.mask_fill(padding, 0.0);
        let interest = weights.clone().matmul(keys);
        DinOutput { scores, weights, interest }
    }
}

/// Softmax over dimension `dim` of the entries that are not padding; 0 at padding.
pub(super) fn masked_softmax(scores: Tensor<3>, padding: Tensor<3, Bool>, dim: usize) -> Tensor<3> {
    // A finite number: −∞ in every entry, as of an empty history, would give NaN.
    softmax(scores.mask_fill(padding.clone(), -1e30), dim).mask_fill(padding, 0.0)
}
