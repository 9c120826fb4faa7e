//! What the reference of every network offers.

use burn::prelude::*;

use super::embedding::Histories;
use super::tensors::Source;

/// The computation of one network between the embeddings and the head, in burn tensors.
pub trait Reference: Sized {
    /// The network's options.
    type Options;
    /// What it computes for a batch.
    type Output: Computed;

    /// Takes the network's tensors from `source`.
    fn new(source: &Source, options: &Self::Options) -> Self;

    /// `keys` `[batch, step, H]` and `query` `[batch, candidate, H]` to the interest of each candidate.
    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Self::Output;

    /// The interest of each candidate with every step of recurrent layers kept, in plain tensor operations of any device. A
    /// network without recurrent layers has one way only.
    fn step_by_step(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Self::Output {
        self.forward(keys, query, histories)
    }

    /// The network's auxiliary loss, where it has one.
    fn auxiliary_loss(&self, _output: &Self::Output, _next: &NextClicks, _histories: &Histories) -> Option<Tensor<1>> {
        None
    }
}

/// What a reference computed for a batch.
pub trait Computed {
    /// The interest that goes into the head, `[batch, candidate, interest]`.
    fn interest(&self) -> Tensor<3>;

    /// The values of each part of one candidate's trace, in the order of the network's parts, for a batch of one history of
    /// `steps` items that was computed step by step.
    fn parts(&self, candidate: usize, steps: usize) -> Vec<Vec<f32>>;
}

/// The representations of what was clicked, and of items that were not, for an auxiliary loss.
#[derive(Debug, Clone)]
pub struct NextClicks {
    /// The item of each step, `[batch, step, H]`.
    pub clicked: Tensor<3>,
    /// For each step an item that was not clicked, `[batch, step, H]`.
    pub sampled: Tensor<3>,
}
