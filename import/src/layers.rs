//! Dense layers, batch normalisations, activations and perceptrons, and how our tensors are made of them.

use std::collections::BTreeMap;

use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::options::Plain;
use model::{Activation, Tensor};

/// A dense layer y = x·W + b.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    pub from: usize,
    pub to: usize,
    /// W, [from, to].
    pub weight: Vec<f32>,
    /// b, [to].
    pub bias: Vec<f32>,
}

impl Dense {
    /// From PyTorch's weight, [to, from].
    pub fn from_rows(weight: Tensor, bias: Option<Vec<f32>>) -> Self {
        let (to, from) = (weight.shape[0], weight.shape[1]);
        let transposed =
            (0..from).flat_map(|row| (0..to).map(move |column| column * from + row)).map(|index| weight.values[index]);
        Self { from, to, weight: transposed.collect(), bias: bias.unwrap_or_else(|| vec![0.0; to]) }
    }

    /// Scales unit after unit of the output, and shifts it.
    pub fn scale(&mut self, scale: &[f32], shift: &[f32]) {
        for row in self.weight.chunks_exact_mut(self.to) {
            row.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
        }
        for ((bias, scale), shift) in self.bias.iter_mut().zip(scale).zip(shift) {
            *bias = *bias * scale + shift;
        }
    }

    /// Puts W and b into `tensors`, as the layer `name`.
    pub fn write(self, name: &str, tensors: &mut BTreeMap<String, Tensor>) {
        let Self { from, to, weight, bias } = self;
        tensors.insert(format!("{name}.weight"), Tensor { shape: vec![from, to], values: weight });
        tensors.insert(format!("{name}.bias"), Tensor { shape: vec![to], values: bias });
    }
}

/// A batch normalisation, `[units]` each.
#[derive(Debug, Clone)]
pub(super) struct Norm {
    pub gamma: Option<Vec<f32>>,
    pub beta: Option<Vec<f32>>,
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
    pub epsilon: f32,
}

impl Norm {
    /// Reads γ, β (both may be missing), mean and variance of `units`, by these names.
    pub fn read(
        checkpoint: &mut Checkpoint,
        [gamma, beta, mean, variance]: [String; 4],
        units: usize,
        epsilon: f32,
    ) -> Result<Self, ImportError> {
        let mut affine = |name: String| {
            if checkpoint.has(&name) { checkpoint.vector(&name, Some(units)).map(Some) } else { Ok(None) }
        };
        let (gamma, beta) = (affine(gamma)?, affine(beta)?);
        let (mean, variance) = (checkpoint.vector(&mean, Some(units))?, checkpoint.vector(&variance, Some(units))?);
        Ok(Self { gamma, beta, mean, variance, epsilon })
    }

    /// γ/√(variance + ε) and β − mean·γ/√(variance + ε).
    pub fn scale_and_shift(&self) -> (Vec<f32>, Vec<f32>) {
        let units = 0..self.mean.len();
        let scale = |unit: usize| {
            let gamma = self.gamma.as_ref().map_or(1.0, |gamma| f64::from(gamma[unit]));
            gamma / (f64::from(self.variance[unit]) + f64::from(self.epsilon)).sqrt()
        };
        let shift = |unit: usize| {
            let beta = self.beta.as_ref().map_or(0.0, |beta| f64::from(beta[unit]));
            beta - f64::from(self.mean[unit]) * scale(unit)
        };
        (units.clone().map(|unit| scale(unit) as f32).collect(), units.map(|unit| shift(unit) as f32).collect())
    }
}

/// An activation with its parameters, `[units]` each.
#[derive(Debug, Clone)]
pub(super) enum Units {
    /// One without tensors, still to be asked for.
    Unknown,
    Plain(Plain),
    Prelu(Vec<f32>),
    Dice {
        alpha: Vec<f32>,
        norm: Norm,
    },
}

/// Hidden layers with their activations.
pub(super) type Layers = Vec<(Dense, Units)>;

/// Hidden layers and an output without activation.
#[derive(Debug, Clone)]
pub(super) struct Mlp {
    pub hidden: Layers,
    pub output: Dense,
}

impl Mlp {
    /// Gives the layers whose activation has no tensors the one that `ask` says.
    pub fn settle(&mut self, ask: impl FnOnce() -> Plain) {
        let mut unknown = self.hidden.iter_mut().filter(|(_, units)| matches!(units, Units::Unknown)).peekable();
        if unknown.peek().is_some() {
            let plain = ask();
            unknown.for_each(|(_, units)| *units = Units::Plain(plain));
        }
    }

    /// A perceptron whose layers all end in a sigmoid, the last as well: what comes before that is the logit.
    pub fn of_sigmoids(mut layers: Layers) -> Option<Self> {
        let (output, _) = layers.pop()?;
        let mut mlp = Self { hidden: layers, output };
        mlp.settle(|| Plain::Sigmoid);
        Some(mlp)
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.hidden.first().map_or(self.output.from, |(dense, _)| dense.from)
    }

    /// Folds a batch normalisation of the input into the first layer: (s·x + t)·W + b.
    pub fn fold_input(&mut self, norm: &Norm) {
        let (scale, shift) = norm.scale_and_shift();
        let first = self.hidden.first_mut().map_or(&mut self.output, |(dense, _)| dense);
        for ((row, scale), shift) in first.weight.chunks_exact_mut(first.to).zip(scale).zip(shift) {
            for (weight, bias) in row.iter_mut().zip(&mut first.bias) {
                *bias += shift * *weight;
                *weight *= scale;
            }
        }
    }

    /// Units of the hidden layers, and their activation; tensors of the perceptron `name` go into `tensors`.
    pub fn write(
        self,
        file: &str,
        name: &str,
        tensors: &mut BTreeMap<String, Tensor>,
    ) -> Result<(Vec<usize>, Activation), ImportError> {
        let activation = activation_of(file, name, &self.hidden)?;
        let mut units = Vec::new();
        for (layer, (dense, kind)) in self.hidden.into_iter().enumerate() {
            let to = dense.to;
            units.push(to);
            dense.write(&format!("{name}.hidden.{layer}"), tensors);
            let mut put = |part: &str, values: Vec<f32>| {
                tensors.insert(format!("{name}.activation.{layer}.{part}"), Tensor { shape: vec![to], values });
            };
            match kind {
                Units::Plain(Plain::Linear) => put("alpha", vec![1.0; to]),
                Units::Plain(_) | Units::Unknown => {}
                Units::Prelu(alpha) => put("alpha", alpha),
                Units::Dice { alpha, norm } => {
                    put("alpha", alpha);
                    if let (Some(gamma), Some(beta)) = (norm.gamma, norm.beta) {
                        put("gamma", gamma);
                        put("beta", beta);
                    }
                    put("mean", norm.mean);
                    put("variance", norm.variance);
                }
            }
        }
        self.output.write(&format!("{name}.output"), tensors);
        Ok((units, activation))
    }
}

/// The one activation of all hidden layers.
fn activation_of(file: &str, name: &str, hidden: &[(Dense, Units)]) -> Result<Activation, ImportError> {
    let kind = |units: &Units| match units {
        Units::Plain(Plain::Relu) | Units::Unknown => Activation::Relu,
        Units::Plain(Plain::Sigmoid) => Activation::Sigmoid,
        // PReLU with α = 1.
        Units::Plain(Plain::Linear) | Units::Prelu(_) => Activation::Prelu,
        Units::Dice { norm, .. } => Activation::Dice { epsilon: norm.epsilon, affine: norm.gamma.is_some() },
    };
    let kinds: Vec<Activation> = hidden.iter().map(|(_, units)| kind(units)).collect();
    match kinds.split_first() {
        Some((first, rest)) if rest.iter().all(|kind| kind == first) => Ok(*first),
        Some(_) => {
            let problem = format!("the hidden layers of {name} have different activations; they must have one");
            Err(ImportError::Unsupported { file: file.to_owned(), problem })
        }
        None => {
            let problem = format!("{name} has no hidden layer; it needs one to eight");
            Err(ImportError::Unsupported { file: file.to_owned(), problem })
        }
    }
}
