//! What holds of every network in burn tensors: properties of its answers, and its gradients. Equations computed by hand are
//! beside each network, in `src/networks`.
#![cfg(feature = "burn")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod dien;
mod gradients;
mod head;
mod properties;

use burn::prelude::*;
use model::reference::{Histories, Network, item_rows};
use model::{
    Activation, Config, DienConfig, DinConfig, EmbeddingMlpConfig, Evolution, HeadConfig, LocalActivationConfig,
    NetworkConfig, Normalization, Pooling, Vocabulary, Weights,
};
use proptest::prelude::*;
use testing::every_option;

const VOCABULARY: Vocabulary = Vocabulary { items: 12, categories: 3 };

fn item_categories() -> Vec<u32> {
    (0..VOCABULARY.items as u32).map(|item| item % 3).collect()
}

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![7, 5],
        activation: Activation::DICE,
        interest_product: true,
        key_sum: true,
        wide: false,
    };
    Config { item_dim: 4, category_dim: 2, max_history: 8, network, head }
}

fn din(normalization: Normalization) -> Config {
    config(NetworkConfig::Din(DinConfig {
        attention: LocalActivationConfig::new([5], Activation::DICE),
        normalization,
        padding: false,
    }))
}

fn dien(evolution: Evolution) -> Config {
    config(NetworkConfig::Dien(DienConfig::new(6, evolution)))
}

fn pooling(pooling: Pooling) -> Config {
    config(NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling }))
}

const EVERY_EVOLUTION: [Evolution; 5] =
    [Evolution::Gru, Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors];

/// Every network with every option, and every option of the head.
fn every_config() -> Vec<Config> {
    let mut all: Vec<Config> = every_option(4 + 2).into_iter().map(config).collect();
    let mut wide = pooling(Pooling::Mean);
    wide.head.wide = true;
    let mut affine = din(Normalization::None);
    affine.head.activation = Activation::Dice { epsilon: 1e-3, affine: true };
    all.extend([wide, affine]);
    all
}

/// Logits of a batch of histories, each with the same candidates.
fn logits(weights: &Weights, histories: &[&[u32]], candidates: &[u32]) -> Vec<f32> {
    let device = Device::flex();
    let network = Network::new(weights, &item_categories(), &device).unwrap();
    let ids = item_rows(&candidates.repeat(histories.len()), [histories.len(), candidates.len()], &device);
    network.forward(&Histories::new(histories, &device), ids).logits.into_data().iter::<f32>().collect()
}

/// Sums in another order, in networks whose values stay around 1.
const REORDERED: f32 = 1e-5;

fn item() -> impl Strategy<Value = u32> {
    0..VOCABULARY.items as u32
}

/// A few float32 roundings of numbers around 1.
const ROUNDING: f64 = 1e-6;

fn close(found: f32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < ROUNDING, "found {found}, expected {expected}");
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
