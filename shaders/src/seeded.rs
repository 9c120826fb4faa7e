//! Networks for the unit tests.

use std::collections::BTreeMap;

use model::{
    Activation, Config, DienAttention, DienConfig, DinConfig, EmbeddingMlpConfig, Evolution, HeadConfig,
    LocalActivationConfig, NetworkConfig, Normalization, Pooling, Reset, Tensor, TinConfig, Vocabulary, Weights,
};

use crate::network::Network;

/// Embedding & MLP of these sizes.
pub(crate) fn embedding_mlp(sizes: [usize; 2], pooling: Pooling) -> Config {
    config(sizes, NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling }))
}

/// TIN of these sizes.
pub(crate) fn tin([item_dim, category_dim, max_history]: [usize; 3]) -> Config {
    Config { max_history, ..config([item_dim, category_dim], NetworkConfig::Tin(TinConfig {})) }
}

/// DIN of these sizes.
pub(crate) fn din([item_dim, category_dim, units]: [usize; 3], normalization: Normalization) -> Config {
    din_with([item_dim, category_dim], LocalActivationConfig::new([units], Activation::DICE), normalization)
}

/// DIN of these sizes with this unit.
pub(crate) fn din_with(sizes: [usize; 2], attention: LocalActivationConfig, normalization: Normalization) -> Config {
    config(sizes, NetworkConfig::Din(DinConfig { attention, normalization, padding: false }))
}

/// DIEN of these sizes.
pub(crate) fn dien(sizes: [usize; 3], evolution: Evolution) -> Config {
    dien_with(sizes, evolution, DienAttention::Bilinear, Reset::After)
}

/// DIEN of these sizes and options.
pub(crate) fn dien_with(
    [item_dim, category_dim, hidden]: [usize; 3],
    evolution: Evolution,
    attention: DienAttention,
    reset: Reset,
) -> Config {
    let dien = DienConfig { attention, reset, ..DienConfig::new(hidden, evolution) };
    config([item_dim, category_dim], NetworkConfig::Dien(dien))
}

/// A local activation unit with a projected query.
pub(crate) fn projected(hidden: &[usize], activation: Activation) -> LocalActivationConfig {
    LocalActivationConfig { query_projection: true, ..LocalActivationConfig::new(hidden, activation) }
}

fn config([item_dim, category_dim]: [usize; 2], network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![5, 3],
        activation: Activation::Prelu,
        interest_product: false,
        key_sum: true,
        wide: false,
    };
    Config { item_dim, category_dim, max_history: 50, network, head }
}

/// A network with seeded weights and a catalogue of `items` in three categories.
pub(crate) fn network(config: Config, items: usize) -> Network {
    let weights = Weights::seeded(config, Vocabulary { items, categories: 3 }, 7).unwrap();
    let categories: Vec<u32> = (0..items as u32).map(|item| item % 3).collect();
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
