//! DIN's local activation unit.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;

use super::tensors::Source;
use super::{ActivationFunction, Histories};

/// score_j = MLP([q, k_j, q−k_j, q⊙k_j]): how relevant history item j is to the candidate (DIN, section 4.3; the inputs
/// of the authors' code).
#[derive(Module, Debug)]
pub struct LocalActivation {
    hidden: Linear,
    activation: ActivationFunction,
    output: Linear,
}

impl LocalActivation {
    pub(super) fn new(source: &Source, activation: crate::Activation) -> Self {
        Self {
            hidden: source.linear("attention.hidden"),
            activation: ActivationFunction::new(source, "attention.activation", activation),
            output: source.linear("attention.output"),
        }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to scores [batch, candidate, step]. Those of padded
    /// steps mean nothing.
    ///
    /// [q, k, q−k, q⊙k]·W = q·(W₁ + W₃) + k·(W₂ − W₃) + (q⊙k)·W₄: the first part is the same for every step, the second
    /// for every candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Tensor<3> {
        let [batch, steps, width] = keys.dims();
        let candidates = query.dims()[1];
        let rows = batch * candidates * steps;
        let w = self.hidden.weight.val();
        let units = w.dims()[1];
        let [w1, w2, w3, w4] = [0, 1, 2, 3].map(|part| w.clone().slice([part * width..(part + 1) * width, 0..units]));
        let bias = self.hidden.bias.as_ref().map(|bias| bias.val());

        let of_query = query.clone().matmul((w1 + w3.clone()).unsqueeze());
        let of_key = burn::tensor::module::linear(keys.clone(), w2 - w3, bias);
        let product = query.unsqueeze_dim::<4>(2) * keys.unsqueeze_dim::<4>(1);
        let of_pair = product.reshape([rows, width]).matmul(w4).reshape([batch, candidates, steps, units]);
        let s = of_pair + of_query.unsqueeze_dim::<4>(2) + of_key.unsqueeze_dim::<4>(1);

        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand([batch, candidates, steps]);
        let hidden = self.activation.forward(s.reshape([rows, units]), Some(padding.reshape([rows, 1])));
        self.output.forward(hidden).reshape([batch, candidates, steps])
    }
}
