//! A multilayer perceptron for eight candidates, which the head and the local activation unit share.

use super::lanes::{Lanes, Product};
use crate::network::{self, Units};

/// A perceptron's weights, laid out for [`Mlp::run`].
#[derive(Debug)]
pub(crate) struct Mlp {
    layers: Vec<Layer>,
    output: Vec<f32>,
    output_bias: f32,
    units: Vec<Lanes>,
}

#[derive(Debug)]
struct Layer {
    weight: Product,
    bias: Vec<f32>,
    activation: Units,
}

impl Mlp {
    pub fn new(mlp: &network::Mlp) -> Self {
        let layers = mlp.layers.iter().map(|layer| Layer {
            weight: Product::new(&layer.dense.weight),
            bias: layer.dense.bias.clone(),
            activation: layer.activation.clone(),
        });
        Self { layers: layers.collect(), output: mlp.output.clone(), output_bias: mlp.output_bias, units: Vec::new() }
    }

    /// Hidden layers f(x·W + b), then one unit x·W + b. `x` is the input, and afterwards the last hidden layer.
    #[inline(never)]
    pub fn run(&mut self, x: &mut Vec<Lanes>) -> Lanes {
        for layer in &self.layers {
            self.units.clear();
            self.units.extend(layer.bias.iter().map(|&bias| Lanes::splat(bias)));
            layer.weight.accumulate(x, &mut self.units);
            layer.activation.apply(&mut self.units);
            std::mem::swap(x, &mut self.units);
        }
        let mut output = Lanes::splat(self.output_bias);
        for (&unit, &weight) in x.iter().zip(&self.output) {
            output += unit * weight;
        }
        output
    }
}
