//! Layers that several networks are made of, with what depends on the weights alone computed once, for both backends.

use std::ops::Range;

use model::{Activation, Reset, Weights};

/// A matrix in row order, `[rows, columns]`.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub columns: usize,
    pub values: Vec<f32>,
}

impl Matrix {
    /// The matrix of these values in row order.
    pub fn new(columns: usize, values: &[f32]) -> Self {
        Self { columns, values: values.to_vec() }
    }

    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// out += x·self, x `[rows]`, out `[columns]`.
    pub fn accumulate(&self, x: &[f32], out: &mut [f32]) {
        for (x, row) in x.iter().zip(self.rows()) {
            for (out, weight) in out.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
    }
}

/// The activations as the stages tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// f(s) = s·(α + (1−α)·p), where p is 1 or 0 by the sign of s; ReLU is the one with α = 0.
    Prelu,
    /// f(s) = s·(α + (1−α)·p), where p = σ(scale·s + shift).
    Dice,
    /// f(s) = σ(s).
    Sigmoid,
}

impl Function {
    pub fn of(activation: Activation) -> Self {
        match activation {
            Activation::Relu | Activation::Prelu => Self::Prelu,
            Activation::Sigmoid => Self::Sigmoid,
            Activation::Dice { .. } => Self::Dice,
        }
    }
}

/// An activation with its parameters folded, `[units]` each; none of them where the function has no such parameter.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    pub function: Function,
    pub alpha: Vec<f32>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Units {
    /// The activation of this name.
    pub fn new(weights: &Weights, name: &str, activation: Activation, units: usize) -> Self {
        let alpha = match activation {
            Activation::Relu => vec![0.0; units],
            Activation::Sigmoid => Vec::new(),
            Activation::Prelu | Activation::Dice { .. } => weights.values(&format!("{name}.alpha")).to_vec(),
        };
        let function = Function::of(activation);
        let Activation::Dice { epsilon, affine } = activation else {
            return Self { function, alpha, scale: Vec::new(), shift: Vec::new() };
        };
        let [mean, variance, gamma, beta] =
            ["mean", "variance", "gamma", "beta"].map(|part| weights.values(&format!("{name}.{part}")));
        // γ·(s − mean)/√(variance + ε) + β = scale·s + shift.
        let scale: Vec<f32> =
            (0..units).map(|unit| if affine { gamma[unit] } else { 1.0 } / (variance[unit] + epsilon).sqrt()).collect();
        let shift = (0..units).map(|unit| if affine { beta[unit] } else { 0.0 } - mean[unit] * scale[unit]).collect();
        Self { function, alpha, scale, shift }
    }
}

/// A dense layer y = x·W + b.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    pub weight: Matrix,
    pub bias: Vec<f32>,
}

impl Dense {
    /// The layer of this name.
    pub fn new(weights: &Weights, name: &str) -> Self {
        let bias = weights.values(&format!("{name}.bias")).to_vec();
        Self { weight: Matrix::new(bias.len(), weights.values(&format!("{name}.weight"))), bias }
    }
}

/// One hidden layer of a perceptron.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub dense: Dense,
    pub activation: Units,
}

impl Layer {
    /// PReLU(x·W + b), all of this name.
    pub fn prelu(weights: &Weights, name: &str) -> Self {
        let dense = Dense::new(weights, name);
        let activation = Units::new(weights, name, Activation::Prelu, dense.bias.len());
        Self { dense, activation }
    }

    /// W·x of a tensor W `[out, H]` and an x as wide as a query.
    pub fn transposed(weights: &Weights, name: &str) -> Self {
        let (w, width) = (weights.values(name), weights.config().width());
        let columns = w.len() / width;
        let values = (0..width).flat_map(|k| w.iter().skip(k).step_by(width)).copied().collect();
        let dense = Dense { weight: Matrix { columns, values }, bias: vec![0.0; columns] };
        // PReLU of the slope 1 leaves W·x as it is.
        let [scale, shift] = [Vec::new(), Vec::new()];
        let activation = Units { function: Function::Prelu, alpha: vec![1.0; columns], scale, shift };
        Self { dense, activation }
    }
}

/// A multilayer perceptron, or its part from some hidden layer on.
#[derive(Debug, Clone)]
pub(crate) struct Mlp {
    pub layers: Vec<Layer>,
    /// Weights from the last hidden layer to the output, `[units]`.
    pub output: Vec<f32>,
    pub output_bias: f32,
}

impl Mlp {
    /// The hidden layers `layers` of the perceptron `name`, and its output.
    pub fn new(weights: &Weights, name: &str, layers: Range<usize>, activation: Activation) -> Self {
        let layer = |layer| {
            let dense = Dense::new(weights, &format!("{name}.hidden.{layer}"));
            let activation = Units::new(weights, &format!("{name}.activation.{layer}"), activation, dense.bias.len());
            Layer { dense, activation }
        };
        Self {
            layers: layers.map(layer).collect(),
            output: weights.values(&format!("{name}.output.weight")).to_vec(),
            output_bias: weights.values(&format!("{name}.output.bias"))[0],
        }
    }
}

/// A gated recurrent unit, its gates side by side: reset r, update u, candidate n.
#[derive(Debug, Clone)]
pub(crate) struct Gru {
    /// x·W + b, `[in, 3·hidden]`.
    pub input: Dense,
    /// h·U + c, `[hidden, 3·hidden]`.
    pub hidden: Dense,
    pub reset: Reset,
}

impl Gru {
    /// The unit of this name.
    pub fn new(weights: &Weights, name: &str, reset: Reset) -> Self {
        Self {
            input: Dense::new(weights, &format!("{name}.input")),
            hidden: Dense::new(weights, &format!("{name}.hidden")),
            reset,
        }
    }

    /// Width of the state.
    pub fn width(&self) -> usize {
        self.hidden.bias.len() / 3
    }
}
