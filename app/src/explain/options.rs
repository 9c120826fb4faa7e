//! The options of networks in words: in lists to choose from, in sentences, and in a line about a model.

use model::{Activation, Config, Evolution, LocalActivationConfig, Normalization};

use super::settings::Settings;
use super::{card, explained, explained_mut};

/// What turns scores into weights: in a list, and in a sentence.
pub const NORMALIZATIONS: [(Normalization, &str, &str); 3] = [
    (Normalization::None, "no softmax", "no softmax"),
    (Normalization::Softmax, "softmax", "softmax"),
    (Normalization::ScaledSoftmax, "softmax of score / √H", "softmax of scores divided by √H"),
];

/// How attention enters the evolution layer: in a list, and in a sentence.
pub const EVOLUTIONS: [(Evolution, &str, &str); 4] = [
    (Evolution::Aigru, "AIGRU: x = a·h", "AIGRU"),
    (Evolution::Agru, "AGRU: ũ = a", "AGRU"),
    (Evolution::Augru, "AUGRU: ũ = a·u (paper)", "the paper’s AUGRU"),
    (Evolution::AugruAuthors, "AUGRU: ũ = 1 − (1−a)(1−u) (authors’ code)", "the gate of the authors’ code"),
];

impl Settings {
    /// The settings that a configuration has.
    pub fn of(config: &Config) -> Self {
        explained(&config.network).settings()
    }

    /// The configuration under these settings, as far as it has them.
    pub fn applied_to(self, config: &Config) -> Config {
        let mut config = config.clone();
        let has = Self::of(&config);
        explained_mut(&mut config.network).set(Self {
            normalization: has.normalization.and(self.normalization),
            evolution: has.evolution.and(self.evolution),
        });
        config
    }
}

/// What is honest to say of weights trained under one configuration that run under another; none where they run as trained.
pub fn caveat(trained: &Config, run: &Config) -> Option<String> {
    let [trained, run] = [trained, run].map(Settings::of);
    if trained == run {
        return None;
    }
    let normalization = |settings: Settings| {
        NORMALIZATIONS.iter().find(|(one, ..)| Some(*one) == settings.normalization).map(|(.., words)| *words)
    };
    let evolution = |settings: Settings| {
        EVOLUTIONS.iter().find(|(one, ..)| Some(*one) == settings.evolution).map(|(.., words)| *words)
    };
    let [n, e] = [normalization(trained).zip(normalization(run)), evolution(trained).zip(evolution(run))];
    Some(match (n, e) {
        (Some((trained_n, run_n)), Some((trained_e, run_e))) => format!(
            "These weights were trained with {trained_n} and {trained_e}. With {run_n} and {run_e}, this shows what the equation \
             does, not what a network trained so would say."
        ),
        (Some((trained, run)), None) | (None, Some((trained, run))) => format!(
            "These weights were trained with {trained}. With {run}, this shows what the equation does, not what a network trained \
             so would say."
        ),
        (None, None) => return None,
    })
}

/// Kind, options and sizes of a network in a line: "DIEN: AUGRU, hidden 24, …; embeddings …; head …".
pub fn in_a_line(config: &Config) -> String {
    let (kind, options) = (card(config.network.kind()).name, explained(&config.network).options(config));
    let head = &config.head;
    let more = [(head.interest_product, "q⊙interest"), (head.key_sum, "sum of the clicks"), (head.wide, "a wide part")];
    let more: Vec<&str> = more.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    let (item, category, head) = (config.item_dim, config.category_dim, perceptron(&head.hidden, head.activation));
    if more.is_empty() {
        format!("{kind}: {options}; embeddings item {item} ‖ category {category}; head {head}")
    } else {
        let more = more.join(", ");
        format!("{kind}: {options}; embeddings item {item} ‖ category {category}; head {head} with {more}")
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
    use model::{DienConfig, DinConfig, HeadConfig, NetworkConfig, NetworkKind};

    use super::*;

    fn config(network: NetworkConfig) -> Config {
        let head = HeadConfig {
            hidden: vec![2],
            activation: Activation::Relu,
            interest_product: false,
            key_sum: false,
            wide: false,
        };
        Config { item_dim: 2, category_dim: 1, max_history: 5, network, head }
    }

    #[test]
    fn a_network_takes_the_settings_that_it_has() {
        let dien = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Augru)));
        let wanted = Settings { normalization: Some(Normalization::None), evolution: Some(Evolution::Agru) };
        assert_eq!(Settings::of(&wanted.applied_to(&dien)), wanted);
        assert_eq!(Settings::default().applied_to(&dien), dien);
        let attention = LocalActivationConfig::new([2], Activation::Relu);
        let din =
            config(NetworkConfig::Din(DinConfig { attention, normalization: Normalization::Softmax, padding: false }));
        let found = Settings::of(&wanted.applied_to(&din));
        assert_eq!(found, Settings { normalization: Some(Normalization::None), evolution: None });
        // A second GRU knows no attention that could enter it in another way.
        let plain = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Gru)));
        assert_eq!(Settings::of(&wanted.applied_to(&plain)).evolution, None);
    }

    #[test]
    fn weights_that_run_otherwise_than_trained_are_said_to() {
        let trained = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Augru)));
        assert_eq!(caveat(&trained, &trained), None);
        let settings = Settings { normalization: None, evolution: Some(Evolution::AugruAuthors) };
        let says = caveat(&trained, &settings.applied_to(&trained)).unwrap();
        assert!(says.contains("trained with softmax and the paper’s AUGRU"), "{says}");
        assert!(says.contains("With softmax and the gate of the authors’ code"), "{says}");
    }

    #[test]
    fn a_line_has_kind_options_and_sizes() {
        assert_eq!(
            in_a_line(&NetworkKind::Dien.shipped()),
            "DIEN: AUGRU, hidden 24, bilinear attention, softmax; embeddings item 16 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest, sum of the clicks"
        );
        assert_eq!(
            in_a_line(&NetworkKind::Din.shipped()),
            "DIN: local activation unit 36 Dice, not normalised; embeddings item 16 ‖ category 8; \
             head 64 → 32 Dice with q⊙interest"
        );
    }
}
