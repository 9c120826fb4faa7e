//! Activation functions; those with parameters have them per unit.

use burn::module::{Module, Param, RunningState};
use burn::prelude::*;
use burn::tensor::activation::{relu, sigmoid};

use super::tensors::Source;
use crate::config::activation::Activation as Kind;

/// One of the activations of [`crate::Activation`].
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are a few of them in a network, and on 32 bits they are smaller")]
pub enum Activation {
    /// One without parameters.
    Plain(Plain),
    /// PReLU.
    Prelu(Prelu),
    /// Dice.
    Dice(Dice),
}

impl Activation {
    pub(crate) fn new(source: &Source, name: &str, kind: Kind) -> Self {
        match kind {
            Kind::Relu | Kind::Sigmoid => Self::Plain(Plain { kind }),
            Kind::Prelu => Self::Prelu(Prelu { alpha: source.param(&format!("{name}.alpha")) }),
            Kind::Dice { epsilon, affine } => Self::Dice(Dice {
                alpha: source.param(&format!("{name}.alpha")),
                gamma: affine.then(|| source.param(&format!("{name}.gamma"))),
                beta: affine.then(|| source.param(&format!("{name}.beta"))),
                mean: RunningState::new(source.tensor(&format!("{name}.mean"))),
                variance: RunningState::new(source.tensor(&format!("{name}.variance"))),
                epsilon,
            }),
        }
    }

    /// f(s) for `s` `[row, unit]`. Rows where `padding` `[row, 1]` holds do not count in Dice's statistics.
    pub fn forward(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        match self {
            Self::Plain(plain) => plain.forward(s),
            Self::Prelu(prelu) => prelu.forward(s),
            Self::Dice(dice) => dice.forward(s, padding),
        }
    }
}

/// f(s) = max(s, 0) or f(s) = σ(s).
#[derive(Module, Debug)]
pub struct Plain {
    #[module(skip)]
    kind: Kind,
}

impl Plain {
    /// f(s) for `s` `[row, unit]`.
    pub fn forward(&self, s: Tensor<2>) -> Tensor<2> {
        match self.kind {
            Kind::Sigmoid => sigmoid(s),
            Kind::Relu | Kind::Prelu | Kind::Dice { .. } => relu(s),
        }
    }
}

/// f(s) = s if s > 0, else α·s (DIN, section "Data Adaptive Activation Function").
#[derive(Module, Debug)]
pub struct Prelu {
    /// Slope below zero, `[unit]`.
    pub alpha: Param<Tensor<1>>,
}

impl Prelu {
    /// f(s) for `s` `[row, unit]`.
    pub fn forward(&self, s: Tensor<2>) -> Tensor<2> {
        burn::tensor::activation::prelu(s, self.alpha.val())
    }
}

/// f(s) = p·s + (1−p)·α·s with p = σ(γ·ŝ + β) and ŝ = (s − E[s]) / √(Var[s] + ε) (DIN, section "Data Adaptive
/// Activation Function"). The paper has neither γ nor β: they are 1 and 0 without the affine option.
///
/// E[s] and Var[s] are running averages over the batches, in training too, where the paper takes the batch's own: batches of
/// histories of one length have statistics of that length, and a network that learned by them would answer by others.
#[derive(Module, Debug)]
pub struct Dice {
    /// Slope below the threshold, `[unit]`.
    pub alpha: Param<Tensor<1>>,
    /// γ, `[unit]`.
    pub gamma: Option<Param<Tensor<1>>>,
    /// β, `[unit]`.
    pub beta: Option<Param<Tensor<1>>>,
    /// Running average of E[s], `[unit]`.
    pub mean: RunningState<Tensor<1>>,
    /// Running average of Var[s], `[unit]`.
    pub variance: RunningState<Tensor<1>>,
    /// ε.
    #[module(skip)]
    pub epsilon: f32,
}

impl Dice {
    /// How much a batch moves the running averages.
    const MOMENTUM: f32 = 0.01;

    /// f(s) for `s` `[row, unit]`. In training the running averages then move towards those of `s`, in which rows where `padding`
    /// `[row, 1]` holds do not count, and f is one operation where the device has it.
    pub fn forward(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        if !s.device().is_autodiff() {
            return self.gate(s);
        }
        let device = s.device();
        let unit = |param: &Option<Param<Tensor<1>>>, constant: f32| match param {
            Some(param) => param.val(),
            None => Tensor::full([s.dims()[1]], constant, &device),
        };
        let parameters = [self.alpha.val(), unit(&self.gamma, 1.0), unit(&self.beta, 0.0)];
        let statistics = [&self.mean, &self.variance].map(RunningState::value);
        match super::dice::forward(s.clone(), parameters, statistics, self.epsilon, padding.clone()) {
            Some(output) => {
                let average = |values| Tensor::<1>::from_data(TensorData::new(values, [s.dims()[1]]), &device);
                let share = Tensor::full([1], Self::MOMENTUM, &device);
                self.move_averages([average(output.mean), average(output.variance)], share);
                output.f
            }
            None => self.in_tensor_operations(s, padding),
        }
    }

    /// The same as [`Dice::forward`] in training, in tensor operations of any device.
    pub fn in_tensor_operations(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        let f = self.gate(s.clone());
        self.move_averages_to(s, padding);
        f
    }

    /// f(s) for `s` `[row, unit]` by the running averages.
    fn gate(&self, s: Tensor<2>) -> Tensor<2> {
        let (mean, variance) = (self.mean.value().unsqueeze(), self.variance.value().unsqueeze::<2>());
        let mut z = (s.clone() - mean) / (variance + self.epsilon).sqrt();
        if let (Some(gamma), Some(beta)) = (&self.gamma, &self.beta) {
            z = z * gamma.val().unsqueeze() + beta.val().unsqueeze();
        }
        let p = sigmoid(z);
        let alpha = self.alpha.val().unsqueeze::<2>();
        p.clone() * s.clone() + (-p + 1.0) * (s * alpha)
    }

    /// Moves the running averages towards E[s] and Var[s] over the rows of `s` that are not padding, if there are any.
    fn move_averages_to(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) {
        let [rows, _] = s.dims();
        let select = |tensor: Tensor<2>| match &padding {
            Some(padding) => {
                let shape = tensor.dims();
                tensor.mask_fill(padding.clone().expand(shape), 0.0)
            }
            None => tensor,
        };
        // Rows that count, as tensors: a browser cannot wait for a GPU to tell.
        let (n, any) = match &padding {
            Some(padding) => {
                let valid = -padding.clone().float().sum_dim(0) + rows as f32;
                (valid.clone().clamp_min(1.0), valid.clamp_max(1.0))
            }
            None => (Tensor::full([1, 1], rows as f32, &s.device()), Tensor::ones([1, 1], &s.device())),
        };
        let s = s.detach();
        let mean = select(s.clone()).sum_dim(0) / n.clone();
        let variance = select((s - mean.clone()).square()).sum_dim(0) / n;
        let share = any.squeeze_dim(0) * Self::MOMENTUM;
        self.move_averages([mean.squeeze_dim(0), variance.squeeze_dim(0)], share);
    }

    /// Moves the running averages towards a batch's E[s] and Var[s], `[unit]` each, `share` `[1]` of the way.
    fn move_averages(&self, now: [Tensor<1>; 2], share: Tensor<1>) {
        for (running, now) in [&self.mean, &self.variance].into_iter().zip(now) {
            let before = running.value_sync();
            running.update((before.clone() * (-share.clone() + 1.0) + now.detach() * share.clone()).detach());
            // What is saved is the value, which an update alone does not touch.
            running.value_sync();
        }
    }
}
