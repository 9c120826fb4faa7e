//! The histories of one step, and their loss.

use std::collections::BTreeSet;

use burn::prelude::*;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use model::reference::{Histories, Network, item_rows};
use rand::RngExt;
use rand::rngs::StdRng;

use super::examples::{Example, Shoppers};
use crate::options::TrainConfig;
use crate::samples::{Negatives, Sampler};

/// One step's histories with the item bought next and sampled ones.
pub(super) struct Batch<'a> {
    histories: Vec<&'a [u32]>,
    /// For each history an item of each step that was not bought, for the auxiliary loss.
    sampled: Vec<Vec<u32>>,
    /// For each history the item bought next, then the negatives.
    candidates: Vec<u32>,
}

impl<'a> Batch<'a> {
    pub fn draw(
        examples: &[Example],
        shoppers: &'a Shoppers,
        sampler: &Sampler,
        train: &TrainConfig,
        rng: &mut StdRng,
    ) -> Self {
        let mut batch = Self { histories: Vec::new(), sampled: Vec::new(), candidates: Vec::new() };
        for example in examples {
            let bought = &shoppers.bought[example.user];
            // Who bought every popular product has left others, or there would be no example.
            let negative = |rng: &mut StdRng| {
                let kind = if rng.random_bool(0.5) { Negatives::Uniform } else { Negatives::Popularity };
                let drawn = sampler.draw(kind, bought, rng);
                drawn.or_else(|| sampler.draw(Negatives::Uniform, bought, rng))
            };
            let history = shoppers.history(example);
            if train.auxiliary > 0.0 {
                batch.sampled.push(history.iter().filter_map(|_| negative(rng)).collect());
            }
            batch.candidates.push(shoppers.items[example.user][example.position]);
            batch.candidates.extend((0..train.negatives).filter_map(|_| negative(rng)));
            batch.histories.push(history);
        }
        batch
    }

    /// The loss of the logits, α times the auxiliary loss, and the regularization of the embeddings.
    pub fn loss(&self, network: &Network, train: &TrainConfig, shoppers: &Shoppers, device: &Device) -> Tensor<1> {
        let rows = self.histories.len();
        let columns = 1 + train.negatives;
        let histories = Histories::new(&self.histories, device);
        let candidates = item_rows(&self.candidates, [rows, columns], device);
        let output = network.forward(&histories, candidates);
        let mut loss = of_logits(output.logits.clone(), train.softmax);
        if train.auxiliary > 0.0 {
            let sampled = Histories::new(&self.sampled, device);
            if let Some(auxiliary) = network.auxiliary_loss(&output.body, &histories, &sampled) {
                loss = loss + auxiliary * train.auxiliary;
            }
        }
        if train.regularization > 0.0 {
            loss = loss + self.regularization(network, shoppers) * train.regularization;
        }
        loss
    }

    /// Mini-batch aware regularization (DIN, section "Mini-batch Aware Regularization"): ½ Σ_j α_j/n_j ‖w_j‖² over the
    /// rows w_j of the embedding tables, α_j being 1 for rows that this batch looks up and 0 for all others, n_j the
    /// number of examples with feature j in the training data. Sampled negatives are drawn anew each time and are not
    /// in n_j, which is at least 1.
    fn regularization(&self, network: &Network, shoppers: &Shoppers) -> Tensor<1> {
        let clicks = self.histories.iter().copied().flatten();
        let items: BTreeSet<u32> = clicks.chain(&self.candidates).copied().collect();
        let categories: BTreeSet<u32> = items.iter().map(|&item| shoppers.item_categories[item as usize]).collect();
        let weighed = |rows: BTreeSet<u32>, counts: &[u32]| -> Vec<(u32, f32)> {
            rows.into_iter().map(|row| (row, 0.5 / counts[row as usize].max(1) as f32)).collect()
        };
        network
            .embedding
            .square_norm(&weighed(items, &shoppers.item_counts), &weighed(categories, &shoppers.category_counts))
    }
}

/// (1 − λ) times the logistic loss and λ times the softmax loss, λ being `softmax`, of `logits` `[row, candidate]`, the item
/// bought first.
///
/// - logistic: mean binary cross entropy, the item bought and the negatives together weighing the same
/// - softmax: mean of −ln softmax(logits)₁. A constant in all logits of a row does not change it, so that σ(logit) is a
///   probability by the logistic part alone
fn of_logits(logits: Tensor<2>, softmax: f32) -> Tensor<1> {
    let [rows, columns] = logits.dims();
    let clicked = logits.clone().slice([0..rows, 0..1]);
    let others = logits.clone().slice([0..rows, 1..columns]);
    let logistic = (-log_sigmoid(clicked)).mean() / 2.0 + (-log_sigmoid(-others)).mean() / 2.0;
    if softmax == 0.0 {
        return logistic;
    }
    let chosen = -log_softmax(logits, 1).slice([0..rows, 0..1]).mean();
    logistic * (1.0 - softmax) + chosen * softmax
}

#[cfg(test)]
mod tests {
    use model::{Config, NetworkKind, Vocabulary, Weights};

    use super::*;

    #[test]
    fn the_loss_of_logits_by_hand() {
        let logits = [[1.0, -0.5, 2.0], [0.0, 0.3, -1.0]];
        let of = |softmax| {
            let logits = Tensor::<2>::from_data(TensorData::from(logits), &Device::flex());
            f64::from(of_logits(logits, softmax).into_scalar::<f32>())
        };
        let softplus = |x: f64| (1.0 + x.exp()).ln();
        let clicked = (softplus(-1.0) + softplus(0.0)) / 2.0;
        let others = (softplus(-0.5) + softplus(2.0) + softplus(0.3) + softplus(-1.0)) / 4.0;
        let logistic = (clicked + others) / 2.0;
        let chosen = logits.map(|row: [f64; 3]| row.map(f64::exp).iter().sum::<f64>().ln() - row[0]);
        let softmax = (chosen[0] + chosen[1]) / 2.0;
        // A dozen roundings of float32 of numbers near 1.
        for (share, expected) in [(0.0, logistic), (1.0, softmax), (0.25, 0.75 * logistic + 0.25 * softmax)] {
            assert!((of(share) - expected).abs() < 1e-6, "{share}: {} and {expected}", of(share));
        }
    }

    #[test]
    fn regularization_weighs_rows_of_the_batch_by_their_frequency() {
        let shoppers = Shoppers {
            items: Vec::new(),
            bought: Vec::new(),
            examples: Vec::new(),
            item_categories: vec![0, 0, 1, 1, 1],
            item_counts: vec![3, 2, 2, 1, 2],
            category_counts: vec![4, 4],
        };
        let config = Config { item_dim: 2, category_dim: 1, ..NetworkKind::EmbeddingMlp.shipped() };
        let weights = Weights::seeded(config, Vocabulary { items: 5, categories: 2 }, 6).expect("sizes are sensible");
        let network = Network::new(&weights, &[0, 0, 1, 1, 1], &Device::flex()).expect("five items");
        // Items 0 (twice), 1 and 4, both categories.
        let history = [0, 1];
        let batch = Batch { histories: vec![&history], sampled: Vec::new(), candidates: vec![4, 0] };
        let items = weights.values("embedding.item.weight");
        let square = |row: usize| f64::from(items[2 * row].powi(2) + items[2 * row + 1].powi(2));
        let categories: f64 = weights.values("embedding.category.weight").iter().map(|w| f64::from(w * w) / 4.0).sum();
        let expected = 0.5 * (square(0) / 3.0 + square(1) / 2.0 + square(4) / 2.0 + categories);
        let found = batch.regularization(&network, &shoppers).into_scalar::<f32>();
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} and {expected}");
    }
}
