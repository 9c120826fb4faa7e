//! The multilayer perceptron inside the head, the local activation unit and the auxiliary task.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;

use super::activation::Activation;
use super::tensors::Source;
use crate::config::activation::Activation as Kind;

/// Hidden layers f(x·W + b), then one unit x·W + b without activation.
#[derive(Module, Debug)]
pub struct Mlp {
    hidden: Vec<Linear>,
    activation: Vec<Activation>,
    output: Linear,
}

impl Mlp {
    /// The perceptron `name` with `layers` hidden layers.
    pub(crate) fn new(source: &Source, name: &str, layers: usize, activation: Kind) -> Self {
        Self {
            hidden: (0..layers).map(|layer| source.linear(&format!("{name}.hidden.{layer}"))).collect(),
            activation: (0..layers)
                .map(|layer| Activation::new(source, &format!("{name}.activation.{layer}"), activation))
                .collect(),
            output: source.linear(&format!("{name}.output")),
        }
    }

    /// W `[in, unit]` and b `[unit]` of the first hidden layer.
    pub(super) fn first(&self) -> (Tensor<2>, Option<Tensor<1>>) {
        let Linear { weight, bias } = &self.hidden[0];
        (weight.val(), bias.as_ref().map(|bias| bias.val()))
    }

    /// The activation of each hidden layer.
    pub fn activation(&self) -> &[Activation] {
        &self.activation
    }

    /// `x` `[row, in]` to `[row, 1]`. Rows where `padding` `[row, 1]` holds do not count in Dice's statistics.
    pub fn forward(&self, x: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        self.after_first_product(self.hidden[0].forward(x), padding)
    }

    /// The same from the first layer's x·W + b, `s` `[row, unit]`.
    pub(super) fn after_first_product(&self, s: Tensor<2>, padding: Option<Tensor<2, Bool>>) -> Tensor<2> {
        let mut x = self.activation[0].forward(s, padding.clone());
        for (hidden, activation) in self.hidden.iter().zip(&self.activation).skip(1) {
            x = activation.forward(hidden.forward(x), padding.clone());
        }
        self.output.forward(x)
    }
}
