//! PReLU and Dice, with parameters per unit.

use burn::module::{Module, Param, RunningState};
use burn::prelude::*;
use burn::tensor::activation::sigmoid;

use super::tensors::Source;

/// One of the activations of [`crate::Activation`].
#[derive(Module, Debug)]
pub enum Activation {
    /// PReLU.
    Prelu(Prelu),
    /// Dice.
    Dice(Dice),
}

impl Activation {
    pub(super) fn new(source: &Source, name: &str, kind: crate::Activation) -> Self {
        let alpha = source.param(&format!("{name}.alpha"));
        match kind {
            crate::Activation::Prelu => Self::Prelu(Prelu { alpha }),
            crate::Activation::Dice { epsilon, affine } => Self::Dice(Dice {
                alpha,
                gamma: affine.then(|| source.param(&format!("{name}.gamma"))),
                beta: affine.then(|| source.param(&format!("{name}.beta"))),
                mean: RunningState::new(source.tensor(&format!("{name}.mean"))),
                variance: RunningState::new(source.tensor(&format!("{name}.variance"))),
                epsilon,
            }),
        }
    }

    /// f(s) for `s` [row, unit]. Rows where `padding` [row, 1] holds do not count in Dice's statistics.
    pub fn forward(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        match self {
            Self::Prelu(prelu) => prelu.forward(s),
            Self::Dice(dice) => dice.forward(s, padding),
        }
    }
}

/// f(s) = s if s > 0, else α·s (DIN, section "Data Adaptive Activation Function").
#[derive(Module, Debug)]
pub struct Prelu {
    /// Slope below zero, [unit].
    pub alpha: Param<Tensor<1>>,
}

impl Prelu {
    /// f(s) for `s` [row, unit].
    pub fn forward(&self, s: Tensor<2>) -> Tensor<2> {
        burn::tensor::activation::prelu(s, self.alpha.val())
    }
}

/// f(s) = p·s + (1−p)·α·s with p = σ(γ·ŝ + β) and ŝ = (s − E[s]) / √(Var[s] + ε) (DIN, section "Data Adaptive
/// Activation Function"). The paper has neither γ nor β: they are 1 and 0 without the affine option.
///
/// E[s] and Var[s] are those of the batch in training, and their running averages otherwise.
#[derive(Module, Debug)]
pub struct Dice {
    /// Slope below the threshold, [unit].
    pub alpha: Param<Tensor<1>>,
    /// γ, [unit].
    pub gamma: Option<Param<Tensor<1>>>,
    /// β, [unit].
    pub beta: Option<Param<Tensor<1>>>,
    /// Running average of E[s], [unit].
    pub mean: RunningState<Tensor<1>>,
    /// Running average of Var[s], [unit].
    pub variance: RunningState<Tensor<1>>,
    /// ε.
    #[module(skip)]
    pub epsilon: f32,
}

impl Dice {
    /// How much a batch moves the running averages.
    const MOMENTUM: f32 = 0.01;

    /// f(s) for `s` [row, unit]. Rows where `padding` [row, 1] holds do not count in the statistics.
    pub fn forward(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        let (mean, variance) = if s.device().is_autodiff() {
            self.batch_statistics(s.clone(), padding)
        } else {
            (self.mean.value().unsqueeze(), self.variance.value().unsqueeze())
        };
        let mut z = (s.clone() - mean) / (variance + self.epsilon).sqrt();
        if let (Some(gamma), Some(beta)) = (&self.gamma, &self.beta) {
            z = z * gamma.val().unsqueeze() + beta.val().unsqueeze();
        }
        let p = sigmoid(z);
        let alpha = self.alpha.val().unsqueeze::<2>();
        p.clone() * s.clone() + (-p + 1.0) * (s * alpha)
    }

    /// E[s] and Var[s], [1, unit] each, over the rows that are not padding; moves the running averages.
    fn batch_statistics(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> (Tensor<2>, Tensor<2>) {
        let [rows, _] = s.dims();
        let select = |tensor: Tensor<2>| match &padding {
            Some(padding) => {
                let shape = tensor.dims();
                tensor.mask_fill(padding.clone().expand(shape), 0.0)
            }
            None => tensor,
        };
        let valid = match &padding {
            Some(padding) => rows as f32 - padding.clone().int().sum().into_scalar::<i64>() as f32,
            None => rows as f32,
        };
        let n = valid.max(1.0);
        let mean = select(s.clone()).sum_dim(0) / n;
        let variance = select((s - mean.clone()).square()).sum_dim(0) / n;
        if valid > 0.0 {
            let average = |running: &RunningState<Tensor<1>>, now: &Tensor<2>| {
                let now = now.clone().detach().squeeze_dim::<1>(0);
                running.update((running.value_sync() * (1.0 - Self::MOMENTUM) + now * Self::MOMENTUM).detach());
                // What is saved is the value, which an update alone does not touch.
                running.value_sync();
            };
            average(&self.mean, &mean);
            average(&self.variance, &variance);
        }
        (mean, variance)
    }
}
