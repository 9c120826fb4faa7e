//! A network and a catalogue in a line.

use model::{
    Activation, Catalogue, Config, DienAttention, DienConfig, Evolution, LocalActivationConfig, NetworkConfig,
    Normalization, Pooling, Reset,
};

use crate::explain::networks::Network;
use crate::ui::format;

/// 120 products in 5 categories.
pub fn catalogue(catalogue: &Catalogue) -> String {
    let products = format::plural(catalogue.items().len(), "product", "products");
    format!("{products} in {}", format::plural(catalogue.categories().len(), "category", "categories"))
}

/// Kind, options and sizes: "DIEN: AUGRU, bilinear attention, softmax; …".
pub fn network(config: &Config) -> String {
    let body = match &config.network {
        NetworkConfig::EmbeddingMlp(options) => match options.pooling {
            Pooling::Sum => "sum of the clicks".to_owned(),
            Pooling::Mean => "mean of the clicks".to_owned(),
        },
        NetworkConfig::Din(options) => {
            format!("{}, {}", local_activation(&options.attention), normalization(options.normalization, "H"))
        }
        NetworkConfig::Dien(options) => dien(options),
        NetworkConfig::Tin(_) => format!("{} positions, softmax of score/√H", config.max_history),
    };
    let kind = Network::of_kind(config.network.name()).name;
    let mut head = perceptron(&config.head.hidden, config.head.activation);
    let options = [
        (config.head.interest_product, "q⊙interest"),
        (config.head.key_sum, "sum of the clicks"),
        (config.head.wide, "a wide part"),
    ];
    let mut with = options.iter().filter(|(is, _)| *is).map(|(_, what)| *what);
    if let Some(first) = with.next() {
        head.push_str(" with ");
        head.push_str(first);
        with.for_each(|more| head = format!("{head}, {more}"));
    }
    format!("{kind}: {body}; embeddings item {} ‖ category {}; head {head}", config.item_dim, config.category_dim)
}

fn dien(options: &DienConfig) -> String {
    let evolution = match options.evolution {
        Evolution::Gru => "two GRUs, attention on the second",
        Evolution::Aigru => "AIGRU",
        Evolution::Agru => "AGRU",
        Evolution::Augru => "AUGRU",
        Evolution::AugruAuthors => "AUGRU with the gate of the authors’ code",
    };
    let attention = match &options.attention {
        DienAttention::Bilinear => format!("bilinear attention, {}", normalization(options.normalization, "d")),
        DienAttention::LocalActivation(unit) => {
            format!("{}, {}", local_activation(unit), normalization(options.normalization, "d"))
        }
        DienAttention::None => "no attention".to_owned(),
    };
    let reset = match options.reset {
        Reset::After => "",
        Reset::Before => ", reset before the product",
    };
    format!("{evolution}, hidden {}{reset}, {attention}", options.hidden)
}

fn local_activation(unit: &LocalActivationConfig) -> String {
    let query = if unit.query_projection { " on a projected query" } else { "" };
    format!("local activation unit {}{query}", perceptron(&unit.hidden, unit.activation))
}

/// `width` is the letter for the width of what is scored: H of a click, d of a state.
fn normalization(normalization: Normalization, width: &str) -> String {
    match normalization {
        Normalization::None => "not normalised".to_owned(),
        Normalization::Softmax => "softmax".to_owned(),
        Normalization::ScaledSoftmax => format!("softmax of score/√{width}"),
    }
}

/// 64 → 32 Dice.
fn perceptron(hidden: &[usize], activation: Activation) -> String {
    let units: Vec<String> = hidden.iter().map(usize::to_string).collect();
    let activation = match activation {
        Activation::Relu => "ReLU",
        Activation::Sigmoid => "sigmoid",
        Activation::Prelu => "PReLU",
        Activation::Dice { .. } => "Dice",
    };
    format!("{} {activation}", units.join(" → "))
}

#[cfg(test)]
mod tests {
    use model::NetworkKind;

    use super::*;

    #[test]
    fn a_line_has_kind_options_and_sizes() {
        assert_eq!(
            network(&NetworkKind::Dien.shipped()),
            "DIEN: AUGRU, hidden 24, bilinear attention, softmax; embeddings item 16 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest, sum of the clicks"
        );
        assert_eq!(
            network(&NetworkKind::Din.shipped()),
            "DIN: local activation unit 36 Dice, not normalised; embeddings item 16 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest"
        );
    }
}
