//! The head, `wgsl/ranking_mlp.wgsl` in Rust.

use model::HeadConfig;

use super::lanes::{Lanes, Product};
use crate::network::{Network, Units};

/// The head's weights, laid out for [`RankingMlp::run`].
#[derive(Debug)]
pub(crate) struct RankingMlp {
    config: HeadConfig,
    layers: Vec<Layer>,
    output: Vec<f32>,
    output_bias: f32,
    input: Vec<Lanes>,
    units: Vec<Lanes>,
}

#[derive(Debug)]
struct Layer {
    weight: Product,
    bias: Vec<f32>,
    activation: Units,
}

impl RankingMlp {
    pub fn new(network: &Network) -> Self {
        let layers = network.head.layers.iter().map(|layer| Layer {
            weight: Product::new(&layer.dense.weight),
            bias: layer.dense.bias.clone(),
            activation: layer.activation.clone(),
        });
        Self {
            config: network.config.head.clone(),
            layers: layers.collect(),
            output: network.head.output.clone(),
            output_bias: network.head.output_bias,
            input: Vec::new(),
            units: Vec::new(),
        }
    }

    /// The logit of eight candidates: an MLP on [interest, q], q⊙interest and [Σk, q⊙Σk] by option.
    /// `interest` is [interest], `query` and `key_sum` are [H].
    pub fn run(&mut self, interest: &[Lanes], query: &[Lanes], key_sum: &[f32]) -> Lanes {
        self.input.clear();
        self.input.extend_from_slice(interest);
        self.input.extend_from_slice(query);
        if self.config.interest_product {
            self.input.extend(query.iter().zip(interest).map(|(&q, &v)| q * v));
        }
        if self.config.key_sum {
            self.input.extend(key_sum.iter().map(|&sum| Lanes::splat(sum)));
            self.input.extend(query.iter().zip(key_sum).map(|(&q, &sum)| q * sum));
        }
        for layer in &self.layers {
            self.units.clear();
            self.units.extend(layer.bias.iter().map(|&bias| Lanes::splat(bias)));
            layer.weight.accumulate(&self.input, &mut self.units);
            layer.activation.apply(&mut self.units);
            std::mem::swap(&mut self.input, &mut self.units);
        }
        let mut logit = Lanes::splat(self.output_bias);
        for (&unit, &weight) in self.input.iter().zip(&self.output) {
            logit += unit * weight;
        }
        logit
    }
}
