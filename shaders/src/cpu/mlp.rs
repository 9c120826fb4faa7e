//! A multilayer perceptron for several candidates, which the head and the local activation unit share.

use super::dense::{Dense, dot};
use super::lanes::Vector;
use crate::layers::{self, Units};

/// A perceptron's weights, laid out for [`Mlp::run`].
#[derive(Debug)]
pub(crate) struct Mlp<V> {
    layers: Vec<(Dense<V>, Units)>,
    output: Vec<f32>,
    output_bias: f32,
    units: Vec<V>,
}

impl<V: Vector> Mlp<V> {
    pub fn new(zero: V, mlp: &layers::Mlp) -> Self {
        let layers = mlp
            .layers
            .iter()
            .map(|layer| (Dense::new(zero, &layer.dense.weight, &layer.dense.bias), layer.activation.clone()));
        Self { layers: layers.collect(), output: mlp.output.clone(), output_bias: mlp.output_bias, units: Vec::new() }
    }

    /// Hidden layers f(x·W + b), then one unit x·W + b. `x` is the input, and afterwards the last hidden layer.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn run(&mut self, x: &mut Vec<V>) -> V {
        for (dense, activation) in &self.layers {
            dense.run(x, &mut self.units);
            activation.apply(&mut self.units);
            std::mem::swap(x, &mut self.units);
        }
        dot(x, &self.output) + self.output_bias
    }
}
