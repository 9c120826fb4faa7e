//! DIN in burn tensors.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::DinConfig;
use crate::config::attention::Normalization;
use crate::networks::layers::embedding::Histories;
use crate::networks::layers::local_activation::LocalActivation;
use crate::networks::layers::pooling::{PoolingOutput, normalized};
use crate::networks::layers::reference::Reference;
use crate::networks::layers::tensors::Source;

/// v = Σ_j w_j k_j with w_j from the local activation unit (DIN, equation 3).
#[derive(Module, Debug)]
pub struct Din {
    attention: LocalActivation,
    /// What stands for an empty history, if not 0.
    embedding: Option<Padding>,
    /// What turns scores into weights.
    #[module(skip)]
    normalization: Normalization,
}

/// The representation of padding, `[H]`.
#[derive(Module, Debug)]
struct Padding {
    padding: Param<Tensor<1>>,
}

impl Reference for Din {
    type Options = DinConfig;
    type Output = PoolingOutput;

    fn new(source: &Source, options: &DinConfig) -> Self {
        Self {
            attention: LocalActivation::new(source, &options.attention),
            embedding: options.padding.then(|| Padding { padding: source.param("embedding.padding") }),
            normalization: options.normalization,
        }
    }

    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
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
        let weights = normalized(self.normalization, scores.clone(), padding, 2, width);
        let interest = weights.clone().matmul(keys);
        PoolingOutput { scores, weights, interest }
    }
}
