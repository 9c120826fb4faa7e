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
    pub fn from_rows(weight: Tensor, bias: Vec<f32>) -> Self {
        let (to, from) = (weight.shape[0], weight.shape[1]);
        let transposed =
            (0..from).flat_map(|row| (0..to).map(move |column| column * from + row)).map(|index| weight.values[index]);
        Self { from, to, weight: transposed.collect(), bias }
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

    /// Gives the input's `blocks` of `from` rows each `to` rows, of which its own begin at row `at` and the others count
    /// nothing.
    pub fn spread(&mut self, blocks: usize, from: usize, to: usize, at: usize) {
        let mut weight = vec![0.0; blocks * to * self.to];
        for block in 0..blocks {
            let own = &self.weight[block * from * self.to..][..from * self.to];
            weight[(block * to + at) * self.to..][..own.len()].copy_from_slice(own);
        }
        (self.weight, self.from) = (weight, blocks * to);
    }

    /// Takes `from` numbers to `to` numbers, of which those from `at` on are the first `count` of them and the others 0.
    pub fn selector(from: usize, to: usize, count: usize, at: usize) -> Self {
        let mut weight = vec![0.0; from * to];
        for index in 0..count {
            weight[index * to + at + index] = 1.0;
        }
        Self { from, to, weight, bias: vec![0.0; to] }
    }

    /// Takes back that the input was scaled: what was x is (x − shift) / scale for every input.
    fn unscale_input(&mut self, scale: f32, shift: f32) {
        for row in self.weight.chunks_exact_mut(self.to) {
            for (weight, bias) in row.iter_mut().zip(&mut self.bias) {
                *bias += shift * *weight;
                *weight *= scale;
            }
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
    /// Reads γ and β, where the library's has them, mean and variance of `units`, by these names.
    pub fn read(
        checkpoint: &mut Checkpoint,
        [gamma, beta, mean, variance]: [String; 4],
        units: usize,
        affine: bool,
        epsilon: f32,
    ) -> Result<Self, ImportError> {
        let mut affine = |name: String| affine.then(|| checkpoint.vector(&name, Some(units))).transpose();
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

/// γ of a Dice that is a ReLU: s·σ(γ·s) is off from max(s, 0) by 0.28/γ at most.
const STEP: f32 = 1e9;

impl Units {
    /// The slopes below zero of units that are s above it: one for all, or `[units]`. None of others.
    fn slope(&self) -> Option<Vec<f32>> {
        match self {
            Self::Unknown | Self::Plain(Plain::Relu) => Some(vec![0.0]),
            Self::Plain(Plain::LeakyRelu) => Some(vec![0.01]),
            Self::Plain(Plain::Linear) => Some(vec![1.0]),
            Self::Prelu(alpha) => Some(alpha.clone()),
            _ => None,
        }
    }

    /// s·σ(s) where α = 0: Dice of no statistics.
    pub fn swish(alpha: Vec<f32>, epsilon: f32) -> Self {
        let (mean, variance) = (vec![0.0; alpha.len()], vec![1.0; alpha.len()]);
        Self::Dice { alpha, norm: Norm { gamma: None, beta: None, mean, variance, epsilon } }
    }
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
    /// How many layers have an activation without tensors that is still to be asked for.
    pub fn unknown(&self) -> usize {
        self.hidden.iter().filter(|(_, units)| matches!(units, Units::Unknown)).count()
    }

    /// Gives the layers whose activation has no tensors one of `plain` each, or the only one. Whether they are as many.
    pub fn settle(&mut self, plain: &[Plain]) -> bool {
        let fits = plain.len() == 1 || plain.len() == self.unknown();
        let unknown = self.hidden.iter_mut().filter(|(_, units)| matches!(units, Units::Unknown));
        for ((_, units), plain) in unknown.zip(plain.iter().cycle()) {
            *units = Units::Plain(*plain);
        }
        fits
    }

    /// The perceptron with σ(s) in place of its output s: one more hidden layer.
    pub fn with_sigmoid(mut self) -> Self {
        self.hidden.push((self.output, Units::Plain(Plain::Sigmoid)));
        Self { hidden: self.hidden, output: Dense { from: 1, to: 1, weight: vec![1.0], bias: vec![0.0] } }
    }

    /// A perceptron whose layers all end in a sigmoid, the last as well: what comes before that is the logit.
    pub fn of_sigmoids(mut layers: Layers) -> Option<Self> {
        let (output, _) = layers.pop()?;
        let mut mlp = Self { hidden: layers, output };
        mlp.settle(&[Plain::Sigmoid]);
        Some(mlp)
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.hidden.first().map_or(self.output.from, |(dense, _)| dense.from)
    }

    /// The layer that takes the input.
    pub fn first(&mut self) -> &mut Dense {
        self.hidden.first_mut().map_or(&mut self.output, |(dense, _)| dense)
    }

    /// Folds a batch normalisation of the input into the first layer: (s·x + t)·W + b.
    pub fn fold_input(&mut self, norm: &Norm) {
        let (scale, shift) = norm.scale_and_shift();
        let first = self.first();
        for ((row, scale), shift) in first.weight.chunks_exact_mut(first.to).zip(scale).zip(shift) {
            for (weight, bias) in row.iter_mut().zip(&mut first.bias) {
                *bias += shift * *weight;
                *weight *= scale;
            }
        }
    }

    /// Units of the hidden layers, and their activation; tensors of the perceptron `name` go into `tensors`.
    pub fn write(
        mut self,
        file: &str,
        name: &str,
        tensors: &mut BTreeMap<String, Tensor>,
    ) -> Result<(Vec<usize>, Activation), ImportError> {
        let activation = self.unify().map_err(|problem| ImportError::Unsupported {
            file: file.to_owned(),
            problem: format!("{name} {problem}"),
        })?;
        let mut units = Vec::new();
        for (layer, (dense, kind)) in self.hidden.into_iter().enumerate() {
            let to = dense.to;
            units.push(to);
            dense.write(&format!("{name}.hidden.{layer}"), tensors);
            let mut put = |part: &str, values: Vec<f32>| {
                tensors.insert(format!("{name}.activation.{layer}.{part}"), Tensor { shape: vec![to], values });
            };
            match kind {
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

    /// Says all hidden layers by one activation, and which it is; a sentence's end where there are none.
    ///
    /// tanh(s) = 2·σ(2s) − 1 is a sigmoid between dense layers; ReLU, its leaky kind and the identity are PReLUs; and every one
    /// is a Dice.
    fn unify(&mut self) -> Result<Activation, String> {
        let all = |of: fn(&Units) -> bool| self.hidden.iter().all(|(_, units)| of(units));
        if self.hidden.is_empty() {
            Err("has no hidden layer; it needs one to eight".to_owned())
        } else if all(|units| matches!(units, Units::Plain(Plain::Relu) | Units::Unknown)) {
            Ok(Activation::Relu)
        } else if all(|units| matches!(units, Units::Plain(Plain::Sigmoid | Plain::Tanh))) {
            for layer in 0..self.hidden.len() {
                self.tanh_to_sigmoid(layer);
            }
            Ok(Activation::Sigmoid)
        } else if all(|units| units.slope().is_some()) {
            for (dense, units) in &mut self.hidden {
                let slope = units.slope().unwrap_or_default();
                *units = Units::Prelu(slope.into_iter().cycle().take(dense.to).collect());
            }
            Ok(Activation::Prelu)
        } else {
            Ok(self.all_by_dice())
        }
    }

    /// The layer after a hidden one.
    fn next(&mut self, layer: usize) -> &mut Dense {
        self.hidden.get_mut(layer + 1).map_or(&mut self.output, |(dense, _)| dense)
    }

    /// Says a hidden layer of tanh by a sigmoid, and leaves others.
    fn tanh_to_sigmoid(&mut self, layer: usize) {
        let (dense, units) = &mut self.hidden[layer];
        if matches!(units, Units::Plain(Plain::Tanh)) {
            *units = Units::Plain(Plain::Sigmoid);
            dense.scale(&vec![2.0; dense.to], &vec![0.0; dense.to]);
            self.next(layer).unscale_input(2.0, -1.0);
        }
    }

    /// Says all hidden layers by Dice, p·s + (1 − p)·α·s with p = σ(γ·s + β): of one kind where they are already, else with
    /// mean 0 and variance 1.
    fn all_by_dice(&mut self) -> Activation {
        let kind = |units: &Units| match units {
            Units::Dice { norm, .. } => Some((norm.epsilon, norm.gamma.is_some())),
            _ => None,
        };
        let first = self.hidden.first().and_then(|(_, units)| kind(units));
        if let Some((epsilon, affine)) = first.filter(|_| self.hidden.iter().all(|(_, units)| kind(units) == first)) {
            return Activation::Dice { epsilon, affine };
        }
        for layer in 0..self.hidden.len() {
            self.tanh_to_sigmoid(layer);
            if matches!(self.hidden[layer].1, Units::Plain(Plain::Sigmoid)) {
                self.sigmoid_to_dice(layer);
            }
            let (dense, units) = &mut self.hidden[layer];
            let (alpha, gamma, beta) = match units {
                Units::Dice { alpha, norm } => {
                    let (gamma, beta) = norm.scale_and_shift();
                    (std::mem::take(alpha), gamma, beta)
                }
                // s·σ(s), and the identity for every p.
                Units::Plain(Plain::Silu) => (vec![0.0], vec![1.0], vec![0.0]),
                Units::Plain(Plain::Linear) => (vec![1.0], vec![1.0], vec![0.0]),
                _ => (units.slope().unwrap_or_default(), vec![STEP], vec![0.0]),
            };
            let spread = |values: Vec<f32>| values.into_iter().cycle().take(dense.to).collect::<Vec<f32>>();
            let (mean, variance) = (vec![0.0; dense.to], vec![1.0; dense.to]);
            let (gamma, beta) = (Some(spread(gamma)), Some(spread(beta)));
            let norm = Norm { gamma, beta, mean, variance, epsilon: f32::MIN_POSITIVE };
            *units = Units::Dice { alpha: spread(alpha), norm };
        }
        Activation::Dice { epsilon: f32::MIN_POSITIVE, affine: true }
    }

    /// Says a hidden layer of sigmoids by Dice of twice as many units: (1 + s)·σ(s) and (1 − s)·σ(s), whose mean is σ(s).
    fn sigmoid_to_dice(&mut self, layer: usize) {
        let (dense, units) = &mut self.hidden[layer];
        let to = 2 * dense.to;
        dense.weight = dense.weight.iter().flat_map(|&weight| [weight, -weight]).collect();
        dense.bias = dense.bias.iter().flat_map(|&bias| [1.0 + bias, 1.0 - bias]).collect();
        dense.to = to;
        let pairs = |one: f32, other: f32| [one, other].into_iter().cycle().take(to).collect::<Vec<f32>>();
        // s = (1 + s) − 1 = 1 − (1 − s).
        let (gamma, beta) = (Some(pairs(1.0, -1.0)), Some(pairs(-1.0, 1.0)));
        let norm = Norm { gamma, beta, mean: vec![0.0; to], variance: vec![1.0; to], epsilon: f32::MIN_POSITIVE };
        *units = Units::Dice { alpha: vec![0.0; to], norm };
        let next = self.next(layer);
        let halves = |row: &[f32]| -> Vec<f32> { row.iter().map(|weight| 0.5 * weight).collect() };
        let rows = next.weight.chunks_exact(next.to).map(halves);
        next.weight = rows.flat_map(|row| [row.clone(), row].concat()).collect();
        next.from = to;
    }
}
