//! The gated recurrent unit: DIEN's interest extractor, and what its interest evolution layer is made of.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;
use burn::tensor::activation::{sigmoid, tanh};

use super::scan::Scan;
use super::tensors::Source;
use crate::networks::dien::Reset;

/// A gated recurrent unit with two biases (Cho et al. 2014; DIEN, section "Interest Extractor Layer"). u writes, 1−u keeps:
///
/// - r = σ(x·W_r + b_r + h·U_r + c_r)
/// - u = σ(x·W_u + b_u + h·U_u + c_u)
/// - n = tanh(x·W_n + b_n + r ⊙ (h·U_n + c_n)), reset after the product (cuDNN's and PyTorch's form);
///   n = tanh(x·W_n + b_n + (r ⊙ h)·U_n + c_n), reset before it (the first form of the paper, and TensorFlow's GRUCell)
/// - h' = (1−u) ⊙ h + u ⊙ n
///
/// W, b and U, c hold their gates side by side in the order r, u, n.
#[derive(Module, Debug)]
pub struct Gru {
    input: Linear,
    hidden: Linear,
    #[module(skip)]
    reset: Reset,
}

/// The gates and the candidate state of one step, `[row, hidden]` each.
#[derive(Debug)]
pub struct Gates {
    /// r.
    pub reset: Tensor<2>,
    /// u.
    pub update: Tensor<2>,
    /// n.
    pub candidate: Tensor<2>,
}

impl Gru {
    pub(crate) fn new(source: &Source, name: &str, reset: Reset) -> Self {
        let linear = |part| source.linear(&format!("{name}.{part}"));
        Self { input: linear("input"), hidden: linear("hidden"), reset }
    }

    /// Width of the state.
    pub fn width(&self) -> usize {
        self.hidden.weight.dims()[0]
    }

    /// x·W, without b, of an input `x` [row, in]: `[row, 3·hidden]`.
    pub fn input_product(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.input.weight.val())
    }

    /// b, `[1, 3·hidden]`.
    pub fn input_bias(&self) -> Tensor<2> {
        let bias = self.input.bias.as_ref().map(|bias| bias.val());
        bias.unwrap_or_else(|| Tensor::zeros([3 * self.width()], &self.hidden.weight.device())).unsqueeze()
    }

    /// The layer over the whole of `x` `[batch, step, in]`, with a_t `[batch, candidate, step]` from `attention`; none where the
    /// gate resets before the product.
    pub fn scan(&self, x: Tensor<3>, attention: Tensor<3>) -> Option<Scan> {
        (self.reset == Reset::After).then(|| Scan {
            product: burn::tensor::module::linear(x, self.input.weight.val(), None),
            input_bias: self.input_bias().squeeze_dim(0),
            hidden: self.hidden.weight.val(),
            hidden_bias: self
                .hidden
                .bias
                .as_ref()
                .map_or_else(|| Tensor::zeros([3 * self.width()], &self.hidden.weight.device()), |bias| bias.val()),
            attention,
        })
    }

    /// Gates of a step from its `input_half` x·W + b `[row, 3·hidden]` and the state before, `h` `[row, hidden]`.
    pub fn gates(&self, input_half: Tensor<2>, h: Tensor<2>) -> Gates {
        let [rows, d] = h.dims();
        let hidden_half = self.hidden.forward(h.clone());
        let part = |half: &Tensor<2>, from: usize, to: usize| half.clone().slice([0..rows, from * d..to * d]);
        let ru = sigmoid(part(&input_half, 0, 2) + part(&hidden_half, 0, 2));
        let (reset, update) = (part(&ru, 0, 1), part(&ru, 1, 2));
        let hidden_part = match self.reset {
            Reset::After => reset.clone() * part(&hidden_half, 2, 3),
            Reset::Before => part(&self.hidden.forward(reset.clone() * h), 2, 3),
        };
        let candidate = tanh(part(&input_half, 2, 3) + hidden_part);
        Gates { reset, update, candidate }
    }

    /// One step: `x` `[row, in]` and the state before, `h` `[row, hidden]`, to the state after.
    pub fn step(&self, x: Tensor<2>, h: Tensor<2>) -> Tensor<2> {
        let Gates { update: u, candidate: n, .. } = self.gates(self.input_product(x) + self.input_bias(), h.clone());
        write(h, u, n)
    }
}

/// h' = (1−u) ⊙ h + u ⊙ n, as h + u ⊙ (n − h).
pub(super) fn write(h: Tensor<2>, u: Tensor<2>, n: Tensor<2>) -> Tensor<2> {
    h.clone() + u * (n - h)
}
