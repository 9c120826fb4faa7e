//! What the page says about the networks, and nowhere else: names, words, equations, and the calculation behind every number.
//!
//! # How a network comes in
//!
//! A network is `<x>.rs` and `<x>.html` in this folder, its `mod`, and one line in the registry below. The compiler asks for
//! that line as soon as the crate `model` knows the network. Three things are told apart by when they are wanted:
//!
//! - [`Card`] and [`Labels`] are in the file with which the page starts: the switch, the history and the ranking show them.
//! - [`Lesson`] and [`Explained`] come with the views: `inside/` and the dialogs show them, and nothing in the start may call
//!   them.
//! - What the network computes is said once, as a tree of [`calculation`]: stages, vectors, and the sum behind each number.
//!   The picture of the model, the view of steps and their tables are read from that tree.
//!
//! # How a second language comes in
//!
//! Every text here is a whole sentence, or a label that stands alone, with places for names and numbers; plural forms are
//! sentences of their own. So a language is a second file beside each network's, `<x>/<language>.{rs,html}`, with a `CARD`, a
//! `LESSON` and the same labels, and the functions of the registry take the language as a second argument. Letters and
//! equations are the papers' in every language, and stay where they are.

pub mod calculation;
mod comirec_sa;
mod dien;
mod din;
mod embedding_mlp;
pub mod inputs;
pub mod layers;
pub mod math;
pub mod networks;
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

/// What the page tells of a network when somebody asks.
#[derive(Debug)]
pub struct Lesson {
    /// How it works, as HTML.
    pub about: &'static str,
    /// What it knows of the order of the clicks, in a sentence.
    pub order: &'static str,
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

    /// Leads the walk through those of its options that can be changed without other tensors.
    fn settings(&mut self, _walk: &mut Walk) {}

    /// From the embeddings to the interest, as at step `t` of the history, or without a click where the step has none.
    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage>;

    /// The interest after the whole history, as it goes into the ranking MLP.
    fn interest(&self, inputs: &Inputs) -> Vector;
}

/// The functions that know every network.
macro_rules! registry {
    ($($Kind:ident => $network:ident,)+) => {
        /// What the page says of a network from the start.
        pub fn card(kind: NetworkKind) -> &'static Card {
            match kind { $(NetworkKind::$Kind => &$network::CARD,)+ }
        }

        /// What the page tells of a network when somebody asks.
        pub fn lesson(kind: NetworkKind) -> &'static Lesson {
            match kind { $(NetworkKind::$Kind => &$network::LESSON,)+ }
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
        Family::Base => "Base",
        Family::Attention => "Attention",
        Family::Evolution => "Evolution",
        Family::MultiInterest => "Multi-interest",
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

    use model::Weights;
    use shaders::{Engine, Host};

    use super::*;

    /// What the networks that come with the page compute for a product after a few clicks, one of them twice.
    fn each_inspected(check: impl Fn(&Inputs)) {
        const HISTORY: [u32; 5] = [3, 8, 3, 21, 60];
        for kind in NetworkKind::ALL {
            let file = format!("{}/../assets/{}.safetensors", env!("CARGO_MANIFEST_DIR"), kind.id());
            let weights = Arc::new(Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap());
            let vocabulary = weights.vocabulary();
            let category = |item: u32| item % vocabulary.categories as u32;
            let categories: Vec<u32> = (0..vocabulary.items as u32).map(category).collect();
            let inspection = pollster::block_on(async {
                let mut engine = Engine::new(&Host::before_gpu(), &weights, &categories).await.unwrap();
                engine.set_history(&HISTORY).unwrap();
                engine.rank(&[7]).await.unwrap().inspections.remove(0)
            });
            let row = |item: u32| (item, category(item));
            check(&Inputs::new(&weights, &inspection, row(7), HISTORY.into_iter().map(row)));
        }
    }

    #[test]
    fn every_number_is_what_its_sum_gives() {
        each_inspected(|inputs| {
            for stage in (0..inputs.keys.len()).flat_map(|t| {
                let network = explained(&inputs.weights.config().network);
                network.stages(inputs, t).into_iter().chain(picture(inputs, t))
            }) {
                for vector in &stage.vectors {
                    for (unit, value) in vector.values.iter().enumerate() {
                        let apart = ((vector.explain)(unit).value() - value).abs() / value.abs().max(1.0);
                        assert!(apart < 1e-4, "{}: {}, unit {unit}: {apart}", stage.name, vector.name);
                    }
                }
            }
        });
    }

    #[test]
    fn the_steps_are_those_of_the_picture_and_end_where_the_network_goes_on() {
        each_inspected(|inputs| {
            let quantities = steps::quantities(inputs);
            let value =
                |letter: &str| quantities.iter().find(|(one, _)| one.letter == letter).map(|(_, values)| values);
            for (quantity, values) in &quantities {
                assert_eq!(values.len(), inputs.keys.len(), "{}", quantity.label());
            }
            let interest = explained(&inputs.weights.config().network).interest(inputs).values;
            let last = value("v").or(value("h′")).unwrap().step(inputs.keys.len() - 1).to_vec();
            for (last, interest) in last.iter().zip(&interest) {
                assert!((last - interest).abs() < 1e-5, "{last} is {interest}");
            }
        });
    }

    #[test]
    fn every_network_has_words_of_its_own() {
        for kind in NetworkKind::ALL {
            let others = NetworkKind::ALL.iter().filter(|other| *other != kind);
            for (card, lesson) in others.map(|other| (card(*other), lesson(*other))) {
                assert_ne!(card.name, super::card(*kind).name);
                assert_ne!(lesson.about, super::lesson(*kind).about);
                assert_ne!(lesson.order, super::lesson(*kind).order);
            }
            let network = kind.shipped().network;
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
