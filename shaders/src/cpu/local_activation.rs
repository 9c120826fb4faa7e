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
