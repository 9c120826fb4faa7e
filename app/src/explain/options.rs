//! The options of networks in words: in lists to choose from, in sentences, and in a line about a model.

use model::{Activation, Config, Evolution, LocalActivationConfig, Normalization};

use super::settings::Options;
use super::{card, explained};

const NO_SOFTMAX: (Normalization, &str, &str) = (Normalization::None, "no softmax", "no softmax");
const SOFTMAX: (Normalization, &str, &str) = (Normalization::Softmax, "softmax", "softmax");

/// What turns the scores of clicks, which are H wide, into weights.
pub const NORMALIZATIONS: Options<Normalization> = Options {
    id: "normalization",
    label: "Weights by",
    options: &[
        NO_SOFTMAX,
        SOFTMAX,
        (Normalization::ScaledSoftmax, "softmax of score / √H", "softmax of scores divided by √H"),
    ],
};

/// What turns the scores of states, which are d wide, into weights.
pub const NORMALIZATIONS_OF_STATES: Options<Normalization> = Options {
    options: &[
        NO_SOFTMAX,
        SOFTMAX,
        (Normalization::ScaledSoftmax, "softmax of score / √d", "softmax of scores divided by √d"),
    ],
    ..NORMALIZATIONS
};

/// How attention enters the evolution layer. A second GRU, which knows no attention, is not among them.
pub const EVOLUTIONS: Options<Evolution> = Options {
    id: "evolution",
    label: "Evolution by",
    options: &[
        (Evolution::Aigru, "AIGRU: x = a·h", "AIGRU"),
        (Evolution::Agru, "AGRU: ũ = a", "AGRU"),
        (Evolution::Augru, "AUGRU: ũ = a·u (paper)", "the paper’s AUGRU"),
        (Evolution::AugruAuthors, "AUGRU: ũ = 1 − (1−a)(1−u) (authors’ code)", "the gate of the authors’ code"),
    ],
};

/// Kind, options and sizes of a network in a line: "DIEN: AUGRU, hidden 24, …; embeddings …; head …".
pub fn in_a_line(config: &Config) -> String {
    let (kind, options) = (card(config.network.kind()).name, explained(&config.network).options(config));
    let head = &config.head;
    let more = [(head.interest_product, "q⊙interest"), (head.key_sum, "sum of the clicks"), (head.wide, "a wide part")];
    let more: Vec<&str> = more.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    let embeddings = embeddings(config);
    let head = perceptron(&head.hidden, head.activation);
    if more.is_empty() {
        format!("{kind}: {options}; embeddings {embeddings}; head {head}")
    } else {
        let more = more.join(", ");
        format!("{kind}: {options}; embeddings {embeddings}; head {head} with {more}")
    }
}

/// The widths of what an embedding consists of.
fn embeddings(config: &Config) -> String {
    match (config.item_dim, config.category_dim) {
        (item, 0) => format!("item {item}"),
        (item, category) => format!("item {item} ‖ category {category}"),
    }
}

/// A local activation unit in a list of options.
pub fn local_activation(unit: &LocalActivationConfig) -> String {
    let layers = perceptron(&unit.hidden, unit.activation);
    if unit.query_projection {
        format!("local activation unit {layers} on a projected query")
    } else {
        format!("local activation unit {layers}")
    }
}

/// A normalization in a list of options, where `width` is the letter for the width of what is scored: H of a click, d of a
/// state.
pub fn normalization(normalization: Normalization, width: &str) -> String {
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
            in_a_line(&NetworkKind::Dien.shipped()),
            "DIEN: AUGRU, hidden 32, bilinear attention, softmax; embeddings item 24 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest, sum of the clicks"
        );
        assert_eq!(
            in_a_line(&NetworkKind::Din.shipped()),
            "DIN: local activation unit 36 Dice, not normalised; embeddings item 24 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest"
        );
        // Nothing is said of categories that the network does not have.
        let none = Config { category_dim: 0, ..NetworkKind::Din.shipped() };
        assert_eq!(
            in_a_line(&none),
            "DIN: local activation unit 36 Dice, not normalised; embeddings item 24; head 64 → 32 Dice with q⊙interest"
        );
    }
}
