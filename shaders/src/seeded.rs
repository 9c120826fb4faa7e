//! Networks for the unit tests.

use std::collections::BTreeMap;

use model::{Config, Tensor, Vocabulary, Weights};
use testing::Seeded;

use crate::network::Network;

/// A network with seeded weights.
pub(crate) fn network(config: Config) -> Network {
    let Seeded { weights, categories, .. } = testing::seeded("", config);
    Network::new(&weights, &categories).unwrap()
}

/// A network of one item and one category whose weights are these and else 0.
pub(crate) fn by_hand(config: Config, values: &[(&str, &[f32])]) -> Network {
    let vocabulary = Vocabulary { items: 1, categories: 1 };
    let mut tensors: BTreeMap<String, Tensor> = config
        .tensors(vocabulary)
        .into_iter()
        .map(|(name, shape)| (name, Tensor { values: vec![0.0; shape.iter().product()], shape }))
        .collect();
    for (name, values) in values {
        let tensor = tensors.get_mut(*name).unwrap_or_else(|| panic!("no tensor {name}"));
        assert_eq!(tensor.values.len(), values.len(), "{name}");
        tensor.values = values.to_vec();
    }
    let weights = Weights::new("by hand", config, vocabulary, String::new(), tensors).unwrap();
    Network::new(&weights, &[0]).unwrap()
}
