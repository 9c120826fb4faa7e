//! A network under other settings than those that its weights were trained with.

use model::{Config, NetworkKind};

use super::explained_mut;
use super::settings::{Choices, Setting, Walk};
use crate::language::t;

/// The settings that a configuration has.
pub fn settings(config: &Config) -> Vec<Setting> {
    under(config, &Choices::new()).1
}

/// The settings of every network that comes with the page, as these were trained.
pub fn all_settings() -> Vec<Setting> {
    NetworkKind::ALL.iter().flat_map(|kind| settings(&kind.shipped())).collect()
}

/// A configuration under what was chosen of the settings that it has, and these settings.
pub fn under(config: &Config, chosen: &Choices) -> (Config, Vec<Setting>) {
    let mut config = config.clone();
    let mut walk = Walk::new(chosen);
    explained_mut(&mut config.network).settings(&mut walk);
    (config, walk.noted())
}

/// What is honest to say of weights trained under one configuration that run under another; none where they run as trained.
pub fn caveat(trained: &Config, run: &Config) -> Option<String> {
    let [trained, run] = [trained, run].map(settings);
    if trained == run {
        return None;
    }
    let words: Vec<[&str; 2]> =
        trained.iter().zip(&run).map(|(trained, run)| [trained.words.as_str(), &run.words]).collect();
    match *words.as_slice() {
        [] => None,
        [[trained, run]] => Some(t!(
            "These weights were trained with {trained}. With {run}, this shows what the equation does, not what a network trained \
             so would say."
        )),
        [[trained, run], [trained_too, run_too], ..] => Some(t!(
            "These weights were trained with {trained} and {trained_too}. With {run} and {run_too}, this shows what the equation \
             does, not what a network trained so would say."
        )),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Activation, DienConfig, DinConfig, Evolution, HeadConfig, LocalActivationConfig, NetworkConfig, Normalization,
    };

    use super::super::explained;
    use super::super::options::{evolutions, normalizations};
    use super::super::settings::{Options, read, written};
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

    fn choose<T: PartialEq>(options: &Options<T>, value: T) -> (&'static str, usize) {
        (options.id, options.options.iter().position(|(one, ..)| *one == value).unwrap())
    }

    /// Settings by name, each with the place of its option.
    fn places(config: &Config) -> Choices {
        settings(config).into_iter().map(|setting| (setting.id, setting.place)).collect()
    }

    #[test]
    fn a_network_takes_the_settings_that_it_has() {
        let dien = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Augru)));
        let normalization = choose(&normalizations(), Normalization::None);
        let wanted = Choices::from([normalization, choose(&evolutions(), Evolution::Agru)]);
        let (changed, found) = under(&dien, &wanted);
        assert_eq!(places(&changed), wanted);
        assert_eq!(found, settings(&changed));
        assert_eq!(under(&dien, &Choices::new()).0, dien);
        let attention = LocalActivationConfig::new([2], Activation::Relu);
        let din =
            config(NetworkConfig::Din(DinConfig { attention, normalization: Normalization::Softmax, padding: false }));
        assert_eq!(places(&under(&din, &wanted).0), Choices::from([normalization]));
        // A second GRU knows no attention that could enter it in another way.
        let plain = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Gru)));
        assert_eq!(places(&under(&plain, &wanted).0).get(evolutions().id), None);
    }

    #[test]
    fn weights_that_run_otherwise_than_trained_are_said_to() {
        let trained = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Augru)));
        assert_eq!(caveat(&trained, &trained), None);
        let chosen = Choices::from([choose(&evolutions(), Evolution::AugruAuthors)]);
        let says = caveat(&trained, &under(&trained, &chosen).0).unwrap();
        assert!(says.contains("trained with softmax and the paper’s AUGRU"), "{says}");
        assert!(says.contains("With softmax and the gate of the authors’ code"), "{says}");
    }

    #[test]
    fn a_network_names_the_width_by_which_it_divides() {
        let scaled = Choices::from([choose(&normalizations(), Normalization::ScaledSoftmax)]);
        let attention = LocalActivationConfig::new([2], Activation::Relu);
        let din = DinConfig { attention, normalization: Normalization::Softmax, padding: false };
        // The states are wider than the clicks: 5 units, beside 2 + 1.
        let dien = DienConfig::new(5, Evolution::Augru);
        for (network, root) in [(NetworkConfig::Din(din), "√H"), (NetworkConfig::Dien(dien), "√d")] {
            let trained = config(network);
            let (changed, found) = under(&trained, &scaled);
            let name = found.iter().find(|setting| setting.id == normalizations().id).unwrap();
            assert_eq!(name.options[name.place], format!("softmax of score / {root}"));
            let says = caveat(&trained, &changed).unwrap();
            assert!(says.contains(&format!("With softmax of scores divided by {root}")), "{says}");
            assert!(explained(&changed.network).options(&changed).contains(&format!("score/{root}")));
        }
    }

    #[test]
    fn what_an_address_says_of_choices_is_these_choices() {
        let known = all_settings();
        for kind in NetworkKind::ALL {
            let choices: Choices =
                settings(&kind.shipped()).iter().map(|setting| (setting.id, setting.options.len() - 1)).collect();
            let text = written(&choices);
            assert_eq!(read(&text, &known), (!choices.is_empty()).then_some(choices), "{text}");
        }
        assert_eq!(
            read("evolution.1,normalization.3", &known),
            Some(Choices::from([(evolutions().id, 0), (normalizations().id, 2)]))
        );
        for broken in ["", "evolution", "evolution.0", "evolution.5", "evolution.1,", "tarot.1", "evolution.x", "."] {
            assert_eq!(read(broken, &known), None, "{broken}");
        }
    }

    #[test]
    fn every_setting_of_every_network_is_in_what_is_said_of_it() {
        for kind in NetworkKind::ALL {
            let trained = kind.shipped();
            let found = settings(&trained);
            let chosen =
                found.iter().map(|setting| (setting.id, (setting.place + 1) % setting.options.len())).collect();
            let (changed, now) = under(&trained, &chosen);
            assert_eq!(changed == trained, found.is_empty(), "{}", kind.id());
            let says = caveat(&trained, &changed).unwrap_or_default();
            for setting in found.iter().chain(&now) {
                assert!(says.contains(&setting.words), "{}: {says}", kind.id());
            }
        }
    }
}
