//! The local activation unit of DIN, and of DIEN by option, `local_activation.wgsl` in Rust.

use std::sync::Arc;

use crate::cpu::dense::Dense;
use crate::cpu::lanes::Vector;
use crate::cpu::mlp::Mlp;
use crate::layers::Matrix;
use crate::stages::local_activation;

/// The unit, and what it keeps of every key.
#[derive(Debug)]
pub(crate) struct LocalActivation<V> {
    zero: V,
    unit: Arc<local_activation::LocalActivation>,
    /// The first hidden layer for each key k, a dense layer in the query:
    /// q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b).
    keys: Vec<Dense<V>>,
    rest: Mlp<V>,
    units: Vec<V>,
}

impl<V: Vector> LocalActivation<V> {
    pub fn new(zero: V, unit: &Arc<local_activation::LocalActivation>) -> Self {
        Self { zero, unit: unit.clone(), keys: Vec::new(), rest: Mlp::new(zero, &unit.rest), units: Vec::new() }
    }

    /// Forgets the keys from step `kept` on.
    pub fn truncate(&mut self, kept: usize) {
        self.keys.truncate(kept);
    }

    /// Appends `key`, `[key]`: makes (2) and (3) of it once a click, not once for every candidate.
    pub fn push(&mut self, key: &[f32]) {
        let local_activation::LocalActivation { query, product, .. } = &*self.unit;
        let weight = key.iter().zip(query.rows().zip(product.rows()));
        let weight = weight.flat_map(|(k, (query, product))| query.iter().zip(product).map(move |(q, p)| q + k * p));
        let weight = Matrix { columns: query.columns, values: weight.collect() }; // (2)
        let mut bias = self.unit.bias.clone();
        self.unit.key.accumulate(key, &mut bias); // (3)
        self.keys.push(Dense::new(self.zero, &weight, &bias));
    }

    /// score_j = MLP([q, k_j, q−k_j, q⊙k_j]) of each candidate, `query` `[key]`, `scores` `[step]`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn run(&mut self, query: &[V], scores: &mut Vec<V>) {
        scores.clear();
        for key in &self.keys {
            key.run(query, &mut self.units); // (2, 3)
            self.unit.activation.apply(&mut self.units); // (1)
            scores.push(self.rest.run(&mut self.units)); // (1)
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Activation, DinConfig, LocalActivationConfig, Normalization};
    use testing::{config, projected};

    use super::*;
    use crate::cpu::lanes::Lanes;
    use crate::networks::Body;
    use crate::seeded::by_hand;

    /// The score of one query and key, and whatever `weights` say.
    fn score(attention: LocalActivationConfig, weights: &[(&str, &[f32])], query: f32, key: f32) -> Lanes {
        let din = DinConfig { attention, normalization: Normalization::None, padding: false };
        let network = by_hand(config([1, 0], din), weights);
        let Body::Din(din) = &network.body else { unreachable!() };
        let mut unit = LocalActivation::new(Lanes::ZERO, &din.unit);
        unit.push(&[key]);
        let query = network
            .body
            .attention_query()
            .map_or(query, |layer| network.catalogue.queries_through::<1>(layer, &[0])[0][0]);
        let mut scores = Vec::new();
        unit.run(&[Lanes::splat(query)], &mut scores);
        scores[0]
    }

    // [q, k, q−k, q⊙k] rows, two units. q = 2 and k = 3 give [2, 3, −1, 6]: 2 + 6 − 3 + 24 + ½ = 29.5 of the first unit,
    // 1 − 3 − 12 − 1 = −15 of the second.
    const WEIGHT: (&str, &[f32]) = ("attention.hidden.0.weight", &[1.0, 0.5, 2.0, -1.0, 3.0, 0.0, 4.0, -2.0]);
    const BIAS: (&str, &[f32]) = ("attention.hidden.0.bias", &[0.5, -1.0]);

    #[test]
    fn a_score_is_the_perceptron_of_the_four_parts() {
        let weights: [(&str, &[f32]); 5] = [
            WEIGHT,
            BIAS,
            ("attention.activation.0.alpha", &[0.1, 0.25]),
            ("attention.output.weight", &[2.0, 3.0]),
            ("attention.output.bias", &[0.75]),
        ];
        // 2·29.5 + 3·(−15/4) + 0.75. All are exact in float32.
        let unit = LocalActivationConfig::new([2], Activation::Prelu);
        assert_eq!(score(unit, &weights, 2.0, 3.0), Lanes::splat(48.5));
    }

    #[test]
    fn further_layers_are_dense() {
        let weights: [(&str, &[f32]); 6] = [
            WEIGHT,
            BIAS,
            // Of the first unit, 29.5; the second is 0.
            ("attention.hidden.1.weight", &[2.0, -1.0, 0.5, 100.0, 100.0, 100.0]),
            ("attention.hidden.1.bias", &[1.0, 1.0, 0.25]),
            ("attention.output.weight", &[1.0, 10.0, 2.0]),
            ("attention.output.bias", &[-0.5]),
        ];
        // ReLU of [60, −28.5, 15] is [60, 0, 15]: 60 + 30 − ½.
        let unit = LocalActivationConfig::new([2, 3], Activation::Relu);
        assert_eq!(score(unit, &weights, 2.0, 3.0), Lanes::splat(89.5));
    }

    #[test]
    fn a_sigmoid_keeps_a_unit_between_0_and_1() {
        // s is 0 of the first unit, −15 of the second.
        let weights: [(&str, &[f32]); 3] =
            [WEIGHT, ("attention.hidden.0.bias", &[-29.0, -1.0]), ("attention.output.weight", &[8.0, 1.0])];
        let unit = LocalActivationConfig::new([2], Activation::Sigmoid);
        let found = score(unit, &weights, 2.0, 3.0).to_array()[0];
        let expected = 8.0 * 0.5 + 1.0 / (1.0 + 15.0f32.exp());
        // A few roundings of numbers about 4.
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    #[test]
    fn a_projected_query_takes_the_place_of_the_query() {
        let weights: [(&str, &[f32]); 9] = [
            // PReLU(4·(−2½) + 2) = −8·(−¼) = 2.
            ("embedding.item.weight", &[4.0]),
            ("attention.query.weight", &[-2.5]),
            ("attention.query.bias", &[2.0]),
            ("attention.query.alpha", &[-0.25]),
            WEIGHT,
            BIAS,
            ("attention.activation.0.alpha", &[0.1, 0.25]),
            ("attention.output.weight", &[2.0, 3.0]),
            ("attention.output.bias", &[0.75]),
        ];
        let unit = projected(&[2], Activation::Prelu);
        assert_eq!(score(unit, &weights, 4.0, 3.0), Lanes::splat(48.5));
    }
}
