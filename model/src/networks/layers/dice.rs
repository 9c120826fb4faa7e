//! Dice in training as one burn operation with its own backward pass.
//!
//! In tensor operations the batch's statistics and the gate are some twenty passes over a tensor of every pair of a
//! candidate and a click; here they are three, and two backward: [`kernels::dice`] has them and their equations.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::prelude::*;
use kernels::dice::{Layer, Pass};

use super::scan::register;
use super::tensors::values;

/// What [`forward`] gives.
pub(super) struct Output {
    /// f, `[row, unit]`.
    pub f: Tensor<2>,
    /// Mean of the rows that are not padding, `[unit]`.
    pub mean: Vec<f32>,
    /// Their variance, `[unit]`.
    pub variance: Vec<f32>,
}

/// f(s) of `s` `[row, unit]`, and the statistics of its rows but for those where `padding` `[row, 1]` holds; `alpha`, `gamma`,
/// `beta` and the `statistics` μ and v are `[unit]`.
///
/// None where the tensors are not float32 with derivatives on burn's CPU backend, or every row is padding.
pub(super) fn forward(
    s: Tensor<2>,
    [alpha, gamma, beta]: [Tensor<1>; 3],
    statistics: [Tensor<1>; 2],
    epsilon: f32,
    padding: Option<Tensor<2, Bool>>,
) -> Option<Output> {
    let tensors = [
        s.try_into_primitive::<Autodiff<Flex>>().ok()?,
        alpha.try_into_primitive::<Autodiff<Flex>>().ok()?,
        gamma.try_into_primitive::<Autodiff<Flex>>().ok()?,
        beta.try_into_primitive::<Autodiff<Flex>>().ok()?,
    ];
    let nodes = tensors.each_ref().map(|tensor| tensor.node());
    let [s, alpha, gamma, beta] = tensors.map(|tensor| tensor.into_primitive().to_contiguous());
    let [rows, units] = s.layout().shape().dims();
    // Read only here, where it is known that they are on the CPU: in a browser nothing can wait for a GPU.
    let [mean, variance] = statistics.map(values);
    let padding = padding.map_or_else(|| vec![false; rows], |padding| padding.into_data().iter::<bool>().collect());
    let valid = padding.iter().filter(|&&padding| !padding).count();
    if valid == 0 {
        return None;
    }
    let inverse = variance.iter().map(|variance| 1.0 / (variance + epsilon).sqrt()).collect();
    let state = State { s, alpha, gamma, beta, mean, inverse, padding: padding.into() };
    let layer = state.layer()?;
    let sums_to_mean = |sums: Vec<f32>| sums.into_iter().map(|sum| sum / valid as f32).collect::<Vec<_>>();
    let mean = sums_to_mean(layer.sums(Pass::Mean, 1));
    let variance = sums_to_mean(Layer { mean: &mean, ..layer }.sums(Pass::Variance, 1));
    let f = FlexTensor::from_data(TensorData::new(layer.tensor(Pass::F), [rows, units]));
    let f = match DiceBackward.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(preparation) => preparation.finish(state, f),
        OpsKind::UnTracked(preparation) => preparation.finish(f),
    };
    Some(Output { f: Tensor::from_primitive::<Autodiff<Flex>>(f), mean, variance })
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
struct State {
    s: FlexTensor,
    alpha: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    /// μ, `[unit]`.
    mean: Vec<f32>,
    /// 1/√(v + ε), `[unit]`.
    inverse: Vec<f32>,
    padding: Arc<[bool]>,
}

impl State {
    /// The same as plain slices. None where a tensor is not float32.
    fn layer(&self) -> Option<Layer<'_>> {
        Some(Layer {
            s: self.s.as_slice()?,
            alpha: self.alpha.as_slice()?,
            gamma: self.gamma.as_slice()?,
            beta: self.beta.as_slice()?,
            mean: &self.mean,
            inverse: &self.inverse,
            padding: &self.padding,
        })
    }
}

#[derive(Debug)]
struct DiceBackward;

impl Backward<Flex, 4> for DiceBackward {
    type State = State;

    fn backward(self, ops: Ops<State, 4>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (Some(layer), Some(gradient)) = (ops.state.layer(), gradient.as_slice()) else {
            unreachable!("the forward pass has read the same tensors");
        };
        let [of_alpha, of_gamma, of_beta] = layer.of_parameters(gradient);
        let of_s = layer.tensor(Pass::S(gradient));
        let like = [&ops.state.s, &ops.state.alpha, &ops.state.gamma, &ops.state.beta];
        let values = [of_s, of_alpha, of_gamma, of_beta];
        register(gradients, ops.parents.map(|parent| parent.map(|parent| parent.id)), like, values);
    }
}
