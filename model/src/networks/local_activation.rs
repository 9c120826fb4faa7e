//! DIN's local activation unit.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;

use super::tensors::Source;
use super::{Activation, Histories};

/// score_j = MLP([q, k_j, q−k_j, q⊙k_j]): how relevant history item j is to the candidate (DIN, section 4.3; the inputs
/// of the authors' code).
#[derive(Module, Debug)]
pub struct LocalActivation {
    hidden: Linear,
    activation: Activation,
    output: Linear,
}

impl LocalActivation {
    pub(super) fn new(source: &Source, activation: crate::Activation) -> Self {
        Self {
            hidden: source.linear("attention.hidden"),
            activation: Activation::new(source, "attention.activation", activation),
            output: source.linear("attention.output"),
        }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to scores [batch, candidate, step]. Those of padded
    /// steps mean nothing.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Tensor<3> {
        let [batch, steps, width] = keys.dims();
        let candidates = query.dims()[1];
        let rows = batch * candidates * steps;
        let k = keys.unsqueeze_dim::<4>(1).expand([batch, candidates, steps, width]);
        let q = query.unsqueeze_dim::<4>(2).expand([batch, candidates, steps, width]);
        let input = Tensor::cat(vec![q.clone(), k.clone(), q.clone() - k.clone(), q * k], 3).reshape([rows, 4 * width]);
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand([batch, candidates, steps]);
        let hidden = self.activation.forward(self.hidden.forward(input), Some(padding.reshape([rows, 1])));
        self.output.forward(hidden).reshape([batch, candidates, steps])
    }
}
