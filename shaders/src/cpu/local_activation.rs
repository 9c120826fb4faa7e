//! DIN's local activation unit, `wgsl/local_activation.wgsl` in Rust.

use super::lanes::{Lanes, Product};
use crate::network::{Din, Matrix};

/// The unit for one history item k, a dense layer in the query:
/// q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b).
#[derive(Debug)]
pub(crate) struct HistoryItem {
    weight: Product,
    /// [units].
    bias: Vec<f32>,
}

impl HistoryItem {
    /// `key` is [H].
    pub fn new(din: &Din, key: &[f32]) -> Self {
        let weight = key.iter().zip(din.query.rows().zip(din.product.rows()));
        let weight = weight.flat_map(|(k, (query, product))| query.iter().zip(product).map(move |(q, p)| q + k * p));
        let weight = Matrix { columns: din.query.columns, values: weight.collect() };
        let mut bias = din.bias.clone();
        din.key.accumulate(key, &mut bias);
        Self { weight: Product::new(&weight), bias }
    }
}

/// score_j = MLP([q, k_j, q−k_j, q⊙k_j]) of eight candidates, `query` [H], `scores` [step].
#[inline(never)]
pub(crate) fn local_activation(
    din: &Din,
    history: &[HistoryItem],
    query: &[Lanes],
    units: &mut Vec<Lanes>,
    scores: &mut Vec<Lanes>,
) {
    scores.clear();
    for item in history {
        units.clear();
        units.extend(item.bias.iter().map(|&bias| Lanes::splat(bias)));
        item.weight.accumulate(query, units);
        din.activation.apply(units);
        let mut score = Lanes::splat(din.output_bias);
        for (&unit, &weight) in units.iter().zip(&din.output) {
            score += unit * weight;
        }
        scores.push(score);
    }
}

#[cfg(test)]
mod tests {
    use model::{Activation, Config, DinConfig, HeadConfig, LocalActivationConfig, NetworkConfig, Normalization};

    use super::*;
    use crate::network::Interest;
    use crate::seeded::by_hand;

    #[test]
    fn a_score_is_the_perceptron_of_the_four_parts() {
        let attention = DinConfig {
            attention: LocalActivationConfig::new([2], Activation::Prelu),
            normalization: Normalization::None,
        };
        let head = HeadConfig {
            hidden: vec![1],
            activation: Activation::Prelu,
            interest_product: false,
            key_sum: false,
            wide: false,
        };
        let config =
            Config { item_dim: 1, category_dim: 0, max_history: 1, network: NetworkConfig::Din(attention), head };
        let network = by_hand(
            config,
            &[
                // [q, k, q−k, q⊙k] rows, two units.
                ("attention.hidden.0.weight", &[1.0, 0.5, 2.0, -1.0, 3.0, 0.0, 4.0, -2.0]),
                ("attention.hidden.0.bias", &[0.5, -1.0]),
                ("attention.activation.0.alpha", &[0.1, 0.25]),
                ("attention.output.weight", &[2.0, 3.0]),
                ("attention.output.bias", &[0.75]),
            ],
        );
        let Interest::Din(din) = &network.interest else { unreachable!() };
        let history = [HistoryItem::new(din, &[3.0])];
        let mut scores = Vec::new();
        local_activation(din, &history, &[Lanes::splat(2.0)], &mut Vec::new(), &mut scores);
        // q = 2, k = 3: [2, 3, −1, 6]. Unit 0: 2 + 6 − 3 + 24 + 0.5 = 29.5. Unit 1: 1 − 3 − 12 − 1 = −15, times 0.25.
        // Score: 2·29.5 + 3·(−3.75) + 0.75 = 48.5. All are exact in float32.
        assert_eq!(scores, [Lanes::splat(48.5)]);
    }
}
