//! Dice in training as one burn operation with its own backward pass.
//!
//! In tensor operations the batch's statistics and the gate are some twenty passes over a tensor of every pair of a
//! candidate and a click; here they are three, and two backward. With ŝ = (s − μ)/√(v + ε), p = σ(γ·ŝ + β) and
//! f = s ⊙ (α + (1 − α) ⊙ p), where μ and v are constants, and ∂ standing for the derivative of the loss:
//!
//! - ∂z = ∂f ⊙ s ⊙ (1 − α) ⊙ p ⊙ (1 − p), ∂α = Σ ∂f ⊙ s ⊙ (1 − p), ∂γ = Σ ∂z ⊙ ŝ, ∂β = Σ ∂z
//! - ∂s = ∂f ⊙ (α + (1 − α) ⊙ p) + γ/√(v + ε) ⊙ ∂z

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::prelude::*;
use rayon::prelude::*;

use super::scan::{register, sigmoid};

/// What [`forward`] gives.
pub(super) struct Output {
    /// f, `[row, unit]`.
    pub f: Tensor<2>,
    /// Mean of the rows that are not padding, `[unit]`.
    pub mean: Vec<f32>,
    /// Their variance, `[unit]`.
    pub variance: Vec<f32>,
}

/// f(s) of `s` `[row, unit]`, and the statistics of its rows but for those where `padding` `[row]` holds; `alpha`, `gamma`, `beta`, μ
/// and v are `[unit]`.
///
/// None where the tensors are not float32 with derivatives on burn's CPU backend, or every row is padding.
pub(super) fn forward(
    s: Tensor<2>,
    [alpha, gamma, beta]: [Tensor<1>; 3],
    [mean, variance]: [Vec<f32>; 2],
    epsilon: f32,
    padding: Option<Vec<bool>>,
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
    let padding = padding.unwrap_or_else(|| vec![false; rows]);
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

/// Rows a task. Sums are those of the tasks, in their order, so they do not depend on the number of threads.
const CHUNK: usize = 512;

/// The arithmetic, on plain slices: s `[row, unit]`, padding `[row]`, everything else `[unit]`.
#[derive(Debug, Clone, Copy)]
struct Layer<'a> {
    s: &'a [f32],
    alpha: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    mean: &'a [f32],
    inverse: &'a [f32],
    padding: &'a [bool],
}

/// One pass over the rows. The first three add up over the rows, the others make a tensor `[row, unit]`.
#[derive(Debug, Clone, Copy)]
enum Pass<'a> {
    /// Σ s over the rows that are not padding.
    Mean,
    /// Σ (s − μ)² over the rows that are not padding, μ being theirs.
    Variance,
    /// ∂α, ∂γ and ∂β from ∂f `[row, unit]`.
    Parameters(&'a [f32]),
    /// f.
    F,
    /// ∂s from ∂f `[row, unit]`.
    S(&'a [f32]),
}

impl Layer<'_> {
    fn of_parameters(&self, gradient: &[f32]) -> [Vec<f32>; 3] {
        let units = self.alpha.len();
        let sums = self.sums(Pass::Parameters(gradient), 3);
        [0, 1, 2].map(|part| sums[part * units..][..units].to_vec())
    }

    /// `count` sums over the rows, `[unit]` each.
    fn sums(&self, pass: Pass, count: usize) -> Vec<f32> {
        let units = self.alpha.len();
        let chunks: Vec<Vec<f32>> = (0..self.padding.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut out = vec![0.0; count * units];
                pulp::Arch::new().dispatch(Chunk { layer: *self, pass, first: chunk * CHUNK, out: &mut out });
                out
            })
            .collect();
        let total = |unit| chunks.iter().map(|chunk| f64::from(chunk[unit])).sum::<f64>() as f32;
        (0..count * units).map(total).collect()
    }

    /// A tensor `[row, unit]`.
    fn tensor(&self, pass: Pass) -> Vec<f32> {
        let mut out = vec![0.0; self.s.len()];
        out.par_chunks_mut(CHUNK * self.alpha.len().max(1)).enumerate().for_each(|(chunk, out)| {
            pulp::Arch::new().dispatch(Chunk { layer: *self, pass, first: chunk * CHUNK, out });
        });
        out
    }
}

/// A pass over a chunk of rows, which is compiled for the vector instructions that the machine turns out to have.
struct Chunk<'a> {
    layer: Layer<'a>,
    pass: Pass<'a>,
    first: usize,
    out: &'a mut [f32],
}

impl pulp::WithSimd for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { layer: Layer { s, alpha, gamma, beta, mean, inverse, padding }, pass, first, out } = self;
        let units = alpha.len();
        // One length for all, so that the loops need no checks.
        let [gamma, beta, mean, inverse] = [gamma, beta, mean, inverse].map(|values| &values[..units]);
        for index in first..(first + CHUNK).min(padding.len()) {
            let s = &s[index * units..][..units];
            match pass {
                Pass::Mean if padding[index] => {}
                Pass::Mean => {
                    for (sum, s) in out.iter_mut().zip(s) {
                        *sum += s;
                    }
                }
                Pass::Variance if padding[index] => {}
                Pass::Variance => {
                    for ((sum, s), mean) in out.iter_mut().zip(s).zip(mean) {
                        *sum += (s - mean) * (s - mean);
                    }
                }
                Pass::F => {
                    let out = &mut out[(index - first) * units..][..units];
                    for i in 0..units {
                        let p = sigmoid(gamma[i] * (s[i] - mean[i]) * inverse[i] + beta[i]);
                        out[i] = s[i] * (alpha[i] + (1.0 - alpha[i]) * p);
                    }
                }
                Pass::Parameters(gradient) => {
                    let of_f = &gradient[index * units..][..units];
                    let (of_alpha, rest) = out.split_at_mut(units);
                    let (of_gamma, of_beta) = rest.split_at_mut(units);
                    for i in 0..units {
                        let normal = (s[i] - mean[i]) * inverse[i];
                        let p = sigmoid(gamma[i] * normal + beta[i]);
                        let of_z = of_f[i] * s[i] * (1.0 - alpha[i]) * p * (1.0 - p);
                        of_alpha[i] += of_f[i] * s[i] * (1.0 - p);
                        of_gamma[i] += of_z * normal;
                        of_beta[i] += of_z;
                    }
                }
                Pass::S(gradient) => {
                    let of_f = &gradient[index * units..][..units];
                    let out = &mut out[(index - first) * units..][..units];
                    for i in 0..units {
                        let p = sigmoid(gamma[i] * (s[i] - mean[i]) * inverse[i] + beta[i]);
                        let of_z = of_f[i] * s[i] * (1.0 - alpha[i]) * p * (1.0 - p);
                        out[i] = of_f[i] * (alpha[i] + (1.0 - alpha[i]) * p) + gamma[i] * inverse[i] * of_z;
                    }
                }
            }
        }
    }
}
