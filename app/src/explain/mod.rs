//! What the page says about the networks, and nowhere else: names, words, equations, and the calculation behind every number.
//!
//! # How a network comes in
//!
//! A network is `<x>.rs` and `<x>.html` in this folder, its `mod`, and one line in the registry below. The compiler asks for
//! that line as soon as the crate `model` knows the network. Three things are told apart by when they are wanted:
//!
//! - [`Card`] and [`Labels`] are in the file with which the page starts: the switch, the history and the ranking show them.
//! - [`about`] and [`Explained`] come with the views: `inside/` and the dialogs show them, and nothing in the start may call
//!   them.
//! - What the network computes is said once, as a tree of [`calculation`]: stages, vectors, and the sum behind each number.
//!   The picture of the model, the view of steps and their tables are read from that tree.
//!
//! # Other languages
//!
//! Every text here is a whole sentence, or a label that stands alone, with gaps for names and numbers: [`t!`](crate::language) has
//! it in the reader's language, and an HTML file has one of the same name in that language's folder. Letters and equations are the
//! papers' in every language.

pub mod calculation;
mod comirec_sa;
mod dien;
mod din;
mod embedding_mlp;
pub mod inputs;
pub mod layers;
pub mod math;
pub mod networks;
pub mod notebook;
pub mod options;
pub mod settings;
pub mod steps;
mod tin;
pub mod under;
pub mod wgsl;

use model::{Config, Family, NetworkConfig, NetworkKind};

use self::calculation::{Stage, Vector};
use self::inputs::Inputs;
use self::layers::ranking_mlp;
use self::settings::Walk;
use crate::language::{html, t};

/// The network with which the page starts, and to which it leads whoever asks for an evolution: its weights and no others are
/// on their way before the program is there, see index.html.
pub const START: NetworkKind = NetworkKind::Dien;

/// The two networks that the papers hold side by side: one that knows no order, and one that reads click after click.
pub const CONTRAST: [NetworkKind; 2] = [NetworkKind::Din, NetworkKind::Dien];

/// What the page says of a network from the start.
#[derive(Debug, PartialEq)]
pub struct Card {
    /// The name as the papers write it.
    pub name: &'static str,
    /// The name in full.
    pub title: &'static str,
    /// Why the page shows no interest evolution, in a sentence; none where it shows one.
    pub no_evolution: Option<&'static str>,
}

/// What numbers of a network are called, as its options have it.
pub trait Labels {
    /// What one weight of a click is, for a label.
    fn attention(&self) -> &'static str;

    /// The labels of the curves of its interest evolution; none where there is no evolution.
    fn curves(&self) -> Option<Curves> {
        None
    }
}

/// The labels of the curves that show an interest evolution step by step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Curves {
    /// What attention is.
    pub attention: &'static str,
    /// What the update gate is.
    pub update: &'static str,
    /// The gate that writes, with its equation.
    pub gate: &'static str,
    /// What the gate that writes is.
    pub gate_detail: &'static str,
    /// The gate that writes without its equation, to be read aloud.
    pub gate_name: &'static str,
}

/// How a network computes what it says of a product.
pub trait Explained {
    /// Its options in a list.
    fn options(&self, config: &Config) -> String;

    /// What it knows of the order of the clicks, in a sentence that stands alone.
    fn order(&self) -> &'static str;

    /// Leads the walk through those of its options that can be changed without other tensors.
    fn settings(&mut self, _walk: &mut Walk) {}

    /// From the embeddings to the interest, as at step `t` of the history, or without a click where the step has none.
    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage>;

    /// The letter of a click's embedding.
    fn click(&self) -> &'static str {
        "k_j"
    }

    /// The stages between embedding and ranking MLP once more in NumPy: [`notebook`] says how a notebook is written.
    fn notebook(&self) -> Vec<&'static str>;

    /// The interest after the whole history, as it goes into the ranking MLP.
    fn interest(&self, inputs: &Inputs) -> Vector;
}

/// The functions that know every network.
macro_rules! registry {
    ($($Kind:ident => $network:ident,)+) => {
        /// What the page says of a network from the start.
        pub fn card(kind: NetworkKind) -> Card {
            match kind { $(NetworkKind::$Kind => $network::card(),)+ }
        }

        /// How a network works, as HTML.
        pub fn about(kind: NetworkKind) -> &'static str {
            match kind { $(NetworkKind::$Kind => $network::about(),)+ }
        }

        /// What numbers of a network are called.
        pub fn labels(network: &NetworkConfig) -> &dyn Labels {
            match network { $(NetworkConfig::$Kind(options) => options,)+ }
        }

        /// How a network computes.
        pub fn explained(network: &NetworkConfig) -> &dyn Explained {
            match network { $(NetworkConfig::$Kind(options) => options,)+ }
        }

        /// A network whose settings are to change.
        pub fn explained_mut(network: &mut NetworkConfig) -> &mut dyn Explained {
            match network { $(NetworkConfig::$Kind(options) => options,)+ }
        }
    };
}

registry! {
    EmbeddingMlp => embedding_mlp,
    Din => din,
    Dien => dien,
    Tin => tin,
    ComirecSa => comirec_sa,
}

/// What the page shows, and what its numbers mean, as HTML.
pub fn introduction() -> &'static str {
    html!("introduction.html")
}

/// What the page's networks were trained on, as HTML.
pub fn data() -> &'static str {
    html!("data.html")
}

/// The networks in groups, each the networks of one family, in the order in which the families come in the registry.
pub fn families() -> Vec<Vec<NetworkKind>> {
    let mut families: Vec<Vec<NetworkKind>> = Vec::new();
    for kind in NetworkKind::ALL {
        match families.iter_mut().find(|family| family.iter().any(|other| other.family() == kind.family())) {
            Some(family) => family.push(*kind),
            None => families.push(vec![*kind]),
        }
    }
    families
}

/// What the networks of a family have in common, in a word or two.
pub fn family_name(family: Family) -> &'static str {
    match family {
        Family::Base => t!("Base"),
        Family::Attention => t!("Attention"),
        Family::Evolution => t!("Evolution"),
        Family::MultiInterest => t!("Multi-interest"),
    }
}

/// Everything about the inspected product at step `t` of the history: the stages of the model's picture, the ranking MLP last.
pub fn picture(inputs: &Inputs, t: usize) -> Vec<Stage> {
    let network = explained(&inputs.weights.config().network);
    let stages = network.stages(inputs, t).into_iter().filter_map(Stage::in_picture);
    stages.chain([ranking_mlp::stage(inputs, network.interest(inputs))]).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{DienAttention, DienConfig, DienTrace, Evolution, NetworkConfig, Normalization, Readout, Weights};
    use shaders::{Engine, Host};

    use super::*;

    /// A few clicks, one product twice.
    const HISTORY: [u32; 5] = [3, 8, 3, 21, 60];

    /// The networks that come with the page and those of the tests, which have every option and sizes that differ, with the
    /// category of each item.
    fn networks() -> Vec<(String, Arc<Weights>, Vec<u32>)> {
        let shipped = NetworkKind::ALL.iter().map(|kind| {
            let file = format!("{}/../assets/{}.safetensors", env!("CARGO_MANIFEST_DIR"), kind.id());
            let weights = Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap();
            let vocabulary = weights.vocabulary();
            let categories = (0..vocabulary.items as u32).map(|item| item % vocabulary.categories as u32).collect();
            (kind.id().to_owned(), weights.into(), categories)
        });
        let seeded = testing::networks().into_iter();
        shipped.chain(seeded.map(|one| (one.name.to_owned(), one.weights.into(), one.categories))).collect()
    }

    /// What every network computes for a product after this history.
    fn each_inspected(history: &[u32], check: impl Fn(&str, &Inputs)) {
        for (name, weights, categories) in networks() {
            let inspection = pollster::block_on(async {
                let mut engine = Engine::new(&Host::before_gpu(), &weights, &categories).await.unwrap();
                engine.set_history(history).unwrap();
                engine.rank(&[7]).await.unwrap().inspections.remove(0)
            });
            let row = |item: u32| (item, categories[item as usize]);
            check(&name, &Inputs::new(&weights, &inspection, row(7), history.iter().copied().map(row)));
        }
    }

    /// All that is said of step `t`.
    fn said(inputs: &Inputs, t: usize) -> Vec<Stage> {
        let network = explained(&inputs.weights.config().network);
        network.stages(inputs, t).into_iter().chain(picture(inputs, t)).collect()
    }

    #[test]
    fn every_number_is_what_its_sum_gives() {
        for history in [&HISTORY[..0], &HISTORY[..1], &HISTORY] {
            each_inspected(history, |name, inputs| {
                for stage in (0..history.len().max(1)).flat_map(|t| said(inputs, t)) {
                    for vector in &stage.vectors {
                        for (unit, value) in vector.values.iter().enumerate() {
                            let apart = ((vector.explain)(unit).value() - value).abs() / value.abs().max(1.0);
                            // 32-bit sums in another order, as in all tests of two implementations.
                            assert!(apart < 1e-4, "{name}: {}: {}, unit {unit}: {apart}", stage.name, vector.name);
                        }
                    }
                }
            });
        }
    }

    #[test]
    fn nobody_speaks_of_categories_that_a_network_does_not_have() {
        each_inspected(&HISTORY, |name, inputs| {
            let says = |text: &str| text.contains("categor");
            let says = said(inputs, 2)
                .iter()
                .any(|stage| says(stage.sentence) || stage.vectors.iter().any(|vector| says(&vector.equation)));
            let config = inputs.weights.config();
            assert_eq!(says, config.category_dim > 0, "{name}");
            assert_eq!(options::in_a_line(config).contains("category"), config.category_dim > 0, "{name}");
        });
    }

    #[test]
    fn a_scaled_score_is_divided_by_the_root_of_the_width_that_it_names() {
        each_inspected(&HISTORY, |name, inputs| {
            let network = &inputs.weights.config().network;
            let is_scaled = match network {
                NetworkConfig::Dien(dien) => dien.normalization == Normalization::ScaledSoftmax,
                NetworkConfig::Din(din) => din.normalization == Normalization::ScaledSoftmax,
                _ => return,
            };
            // Scores of states are d wide, those of clicks H. That the numbers are so, their sums tell.
            let (root, other) = if network.kind() == NetworkKind::Dien { ("√d", "√H") } else { ("√H", "√d") };
            let curves = labels(network).curves().map(|curves| curves.attention.to_owned());
            let steps = steps::quantities(inputs).into_iter().map(|(quantity, _)| quantity.equation);
            let picture = said(inputs, 0).into_iter().flat_map(|stage| stage.vectors).map(|vector| vector.equation);
            for text in [options::in_a_line(inputs.weights.config())].into_iter().chain(curves) {
                assert_eq!((text.contains(root), text.contains(other)), (is_scaled, false), "{name}: {text}");
            }
            let equations: Vec<String> = steps.chain(picture).collect();
            assert_eq!(equations.iter().any(|one| one.contains(root)), is_scaled, "{name}");
            assert!(!equations.iter().any(|one| one.contains(other)), "{name}");
        });
    }

    #[test]
    fn weights_are_called_shares_where_they_add_up_to_one() {
        each_inspected(&HISTORY, |name, inputs| {
            let network = &inputs.weights.config().network;
            let label = labels(network).attention();
            let sum: f32 = inputs.inspection.trace.attention().iter().sum();
            let is_share = testing::shares_of_one(network);
            // Five 32-bit roundings of numbers up to 1.
            assert!(!is_share || (sum - 1.0).abs() < 1e-6, "{name}: {sum}");
            let says = ["softmax", "share", "1 at the last step"].iter().any(|word| label.contains(word));
            // An equal weight is 1 or 1/T.
            assert_eq!(says, is_share && network.kind() != NetworkKind::EmbeddingMlp, "{name}: {label}");
            assert!(!(is_share && label.contains("unnormalised")), "{name}: {label}");
        });
    }

    #[test]
    fn what_is_said_of_the_order_of_the_clicks_is_what_the_options_make_of_it() {
        for (name, weights, _) in networks() {
            let network = &weights.config().network;
            let order = explained(network).order();
            assert_eq!(order.contains("cannot tell"), !testing::knows_order(network), "{name}: {order}");
            assert!(order.ends_with('.') && order.contains(card(network.kind()).name), "{name}: {order}");
        }
    }

    #[test]
    fn a_stage_is_said_to_do_what_the_options_make_of_it() {
        each_inspected(&HISTORY, |name, inputs| {
            let config = inputs.weights.config();
            for stage in said(inputs, 1) {
                let says = |words: &str| stage.sentence.contains(words);
                match (stage.name, &config.network) {
                    ("Head", _) => assert_eq!(says("sum of the clicks"), config.head.key_sum, "{name}"),
                    ("Interest evolution", NetworkConfig::Dien(dien)) => {
                        assert_eq!(says("attention"), dien.evolution != Evolution::Gru, "{name}");
                    }
                    ("Attention", NetworkConfig::Dien(dien)) => {
                        assert_eq!(says("has no attention"), dien.attention == DienAttention::None, "{name}");
                    }
                    ("Interest readout", NetworkConfig::ComirecSa(comirec)) => {
                        assert_eq!(says("all interests"), comirec.readout == Readout::Softmax, "{name}");
                    }
                    _ => {}
                }
                // The page says itself that attention is no attribution.
                assert!(!says("matters"), "{name}: {}", stage.sentence);
            }
        });
    }

    #[test]
    fn the_gate_that_is_said_to_write_is_the_one_that_writes() {
        each_inspected(&HISTORY, |name, inputs| {
            let Some(curves) = labels(&inputs.weights.config().network).curves() else { return };
            let trace = DienTrace::of(&inputs.inspection.trace).unwrap();
            let is_u = trace.update == trace.attentional_update;
            assert_eq!(curves.update.contains("1 writes"), is_u, "{name}: {}", curves.update);
        });
        // Each evolution has words of its own.
        use Evolution::{Agru, Aigru, Augru, AugruAuthors, Gru};
        let curves = |evolution| labels(&NetworkConfig::from(DienConfig::new(3, evolution))).curves().unwrap();
        let all = [Gru, Aigru, Agru, Augru, AugruAuthors].map(curves);
        for (place, one) in all.iter().enumerate() {
            assert!(all[..place].iter().all(|other| other != one), "{one:?}");
        }
    }

    #[test]
    fn the_steps_are_those_of_the_picture_and_end_where_the_network_goes_on() {
        each_inspected(&HISTORY, |name, inputs| {
            let quantities = steps::quantities(inputs);
            let value =
                |letter: &str| quantities.iter().find(|(one, _)| one.letter == letter).map(|(_, values)| values);
            for (quantity, values) in &quantities {
                assert_eq!(values.len(), inputs.keys.len(), "{}", quantity.label());
            }
            let interest = explained(&inputs.weights.config().network).interest(inputs).values;
            let last = value("v").or(value("h′")).unwrap().step(inputs.keys.len() - 1).to_vec();
            for (last, interest) in last.iter().zip(&interest) {
                // Of states that unnormalised attention drives far out, as many digits.
                assert!((last - interest).abs() / interest.abs().max(1.0) < 1e-5, "{name}: {last} is {interest}");
            }
        });
    }

    #[test]
    fn every_network_has_words_of_its_own() {
        for kind in NetworkKind::ALL {
            let others = NetworkKind::ALL.iter().filter(|other| *other != kind);
            let network = kind.shipped().network;
            for other in others {
                assert_ne!(card(*other).name, card(*kind).name);
                assert_ne!(about(*other), about(*kind));
                assert_ne!(explained(&other.shipped().network).order(), explained(&network).order());
            }
            assert_eq!(labels(&network).curves().is_none(), card(*kind).no_evolution.is_some(), "{}", kind.id());
        }
    }

    #[test]
    fn the_page_starts_with_a_network_whose_interest_evolves_and_fetches_the_weights_of_no_other() {
        assert_eq!(card(START).no_evolution, None);
        let index = include_str!("../../../index.html");
        for kind in NetworkKind::ALL {
            let file = format!("\"assets/{}.safetensors\"", kind.id());
            assert_eq!(index.contains(&file), *kind == START, "{file}");
        }
    }
}
