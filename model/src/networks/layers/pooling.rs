//! A weight for each click, and the interest as the weighted sum.

use burn::prelude::*;

use super::reference::Computed;
use super::tensors::values;
use crate::config::attention::Normalization;

/// A weight for each history item, and the interest as the weighted sum.
#[derive(Debug)]
pub struct PoolingOutput {
    /// What the weights are made of, `[batch, candidate, step]`. Those of padded steps mean nothing.
    pub scores: Tensor<3>,
    /// Weights, `[batch, candidate, step]`; 0 at padded steps.
    pub weights: Tensor<3>,
    /// Interest, `[batch, candidate, H]`; 0 for an empty history.
    pub interest: Tensor<3>,
}

impl Computed for PoolingOutput {
    fn interest(&self) -> Tensor<3> {
        self.interest.clone()
    }

    fn parts(&self, candidate: usize, steps: usize) -> Vec<Vec<f32>> {
        // `[1, candidate, width]`
        let row = |tensor: &Tensor<3>| -> Vec<f32> {
            let width = tensor.dims()[2];
            values(tensor.clone())[candidate * width..][..width].to_vec()
        };
        let of_steps = |tensor| row(tensor)[..steps].to_vec();
        vec![of_steps(&self.scores), of_steps(&self.weights), row(&self.interest)]
    }
}

/// Weights from scores over dimension `dim`, 0 at padding; `width` is H.
pub fn normalized(
    normalization: Normalization,
    scores: Tensor<3>,
    padding: Tensor<3, Bool>,
    dim: usize,
    width: usize,
) -> Tensor<3> {
    match normalization {
        Normalization::None => scores.mask_fill(padding, 0.0),
        Normalization::Softmax => masked_softmax(scores, padding, dim),
        Normalization::ScaledSoftmax => masked_softmax(scores / (width as f32).sqrt(), padding, dim),
    }
}

/// Softmax over dimension `dim` of the entries that are not padding; 0 at padding.
pub fn masked_softmax(scores: Tensor<3>, padding: Tensor<3, Bool>, dim: usize) -> Tensor<3> {
    // A finite number: −∞ in every entry, as of an empty history, would give NaN.
    let scores = scores.mask_fill(padding.clone(), -1e30);
    burn::tensor::activation::softmax(scores, dim).mask_fill(padding, 0.0)
}
