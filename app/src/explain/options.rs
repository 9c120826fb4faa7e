//! The options of networks in words: in lists to choose from, in sentences, and in a line about a model.

use model::{Activation, Config, Evolution, LocalActivationConfig, Normalization};

use super::settings::Options;
use super::{card, explained};
use crate::language::t;

/// What turns the scores of clicks, which are H wide, into weights.
pub fn normalizations() -> Options<Normalization> {
    normalizations_by("H")
}

/// What turns the scores of states, which are d wide, into weights.
pub fn normalizations_of_states() -> Options<Normalization> {
    normalizations_by("d")
}

fn normalizations_by(width: &str) -> Options<Normalization> {
    let option = |value, name: &str, words: &str| (value, name.to_owned(), words.to_owned());
    let root = format!("√{width}");
    Options {
        id: "normalization",
        label: t!("Weights by"),
        options: vec![
            option(Normalization::None, t!("no softmax"), t!("no softmax")),
            option(Normalization::Softmax, "softmax", "softmax"),
            option(
                Normalization::ScaledSoftmax,
                &t!("softmax of score / {root}"),
                &t!("softmax of scores divided by {root}"),
            ),
        ],
    }
}

/// How attention enters the evolution layer. A second GRU, which knows no attention, is not among them.
pub fn evolutions() -> Options<Evolution> {
    let option = |value, name: &str, words: &str| (value, name.to_owned(), words.to_owned());
    Options {
        id: "evolution",
        label: t!("Evolution by"),
        options: vec![
            option(Evolution::Aigru, "AIGRU: x = a·h", "AIGRU"),
            option(Evolution::Agru, "AGRU: ũ = a", "AGRU"),
            option(Evolution::Augru, t!("AUGRU: ũ = a·u (paper)"), t!("the paper’s AUGRU")),
            option(
                Evolution::AugruAuthors,
                t!("AUGRU: ũ = 1 − (1−a)(1−u) (authors’ code)"),
                t!("the gate of the authors’ code"),
            ),
        ],
    }
}

/// Kind, options and sizes of a network in a line: "DIEN: AUGRU, hidden 24, …; embeddings …; head …".
pub fn in_a_line(config: &Config) -> String {
    let (kind, options) = (card(config.network.kind()).name, explained(&config.network).options(config));
    let head = &config.head;
    let more = [
        (head.interest_product, t!("q⊙interest")),
        (head.key_sum, t!("sum of the clicks")),
        (head.wide, t!("a wide part")),
    ];
    let more: Vec<&str> = more.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    let embeddings = embeddings(config);
    let head = perceptron(&head.hidden, head.activation);
    if more.is_empty() {
        t!("{kind}: {options}; embeddings {embeddings}; head {head}")
    } else {
        let more = more.join(", ");
        t!("{kind}: {options}; embeddings {embeddings}; head {head} with {more}")
    }
}

/// The widths of what an embedding consists of.
fn embeddings(config: &Config) -> String {
    match (config.item_dim, config.category_dim) {
        (item, 0) => t!("item {item}"),
        (item, category) => t!("item {item} ‖ category {category}"),
    }
}

/// A local activation unit in a list of options.
pub fn local_activation(unit: &LocalActivationConfig) -> String {
    let layers = perceptron(&unit.hidden, unit.activation);
    if unit.query_projection {
        t!("local activation unit {layers} on a projected query")
    } else {
        t!("local activation unit {layers}")
    }
}

/// A normalization in a list of options, where `width` is the letter for the width of what is scored: H of a click, d of a
/// state.
pub fn normalization(normalization: Normalization, width: &str) -> String {
    match normalization {
        Normalization::None => t!("not normalised").to_owned(),
        Normalization::Softmax => "softmax".to_owned(),
        Normalization::ScaledSoftmax => t!("softmax of score/√{width}"),
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
