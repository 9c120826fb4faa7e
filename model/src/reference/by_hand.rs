//! Networks small enough to compute by hand.

use std::collections::BTreeMap;

use super::inspect;
use crate::config::activation::Activation;
use crate::config::head::HeadConfig;
use crate::config::{Config, Vocabulary};
use crate::networks::NetworkConfig;
use crate::trace::Inspection;
use crate::weights::{Tensor, Weights};

/// A network of three items that are one number each, without categories, whose head passes the interest on.
pub(crate) fn by_hand(
    network: impl Into<NetworkConfig>,
    max_history: usize,
    tensors: &[(&'static str, &[f32])],
) -> Weights {
    let head = HeadConfig {
        hidden: vec![1],
        activation: Activation::Prelu,
        interest_product: false,
        key_sum: false,
        wide: false,
    };
    let config = Config { item_dim: 1, category_dim: 0, max_history, network: network.into(), head };
    let vocabulary = Vocabulary { items: ITEMS.len(), categories: 1 };
    let fixed: [(&str, &[f32]); 7] = [
        ("embedding.item.weight", &ITEMS),
        ("embedding.category.weight", &[]),
        ("head.hidden.0.weight", &[1.0, 0.0]),
        ("head.hidden.0.bias", &[0.0]),
        ("head.activation.0.alpha", &[1.0]),
        ("head.output.weight", &[1.0]),
        ("head.output.bias", &[0.0]),
    ];
    let mut values: BTreeMap<&str, &[f32]> = fixed.into_iter().chain(tensors.iter().copied()).collect();
    let mut take = |(name, shape): (String, Vec<usize>)| {
        let values = values.remove(name.as_str()).unwrap_or_else(|| panic!("{name} is not given")).to_vec();
        (name, Tensor { shape, values })
    };
    let tensors = config.tensors(vocabulary).into_iter().map(&mut take).collect();
    assert!(values.is_empty(), "there is no {values:?}");
    Weights::new("by hand", config, vocabulary, String::new(), tensors).unwrap()
}

/// The number of each item.
pub(crate) const ITEMS: [f32; 3] = [0.5, -1.0, 2.0];

/// What the network computes for one item.
pub(crate) fn answer(weights: &Weights, history: &[u32], item: u32) -> Inspection {
    inspect(weights, &[0; ITEMS.len()], history, &[item]).unwrap().remove(0)
}

/// Asserts that a number is the expected one but for a few float32 roundings of numbers around 1.
pub(crate) fn close(found: f32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < 1e-6, "found {found}, expected {expected}");
}

/// σ in double precision.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
