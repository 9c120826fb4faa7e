//! DIN: Zhou et al. 2018, KDD.

use model::{Config, DinConfig, Normalization};

use super::calculation::{Named, Stage, Vector};
use super::inputs::Inputs;
use super::layers::attention::{LocalActivation, Weighing};
use super::layers::pooling::WeightedSum;
use super::notebook;
use super::options::{local_activation, normalization, normalizations};
use super::settings::Walk;
use super::{Card, Explained, Labels};
use crate::language::{html, t};

/// What the page says of the network from the start.
pub fn card() -> Card {
    Card {
        name: "DIN",
        title: t!("Deep Interest Network"),
        no_evolution: Some(t!("DIN adds the clicks up and knows no order, so there is no evolution to show.")),
    }
}

/// How the network works, as HTML.
pub fn about() -> &'static str {
    html!("din.html")
}

impl Labels for DinConfig {
    fn attention(&self) -> &'static str {
        match self.normalization {
            Normalization::None => t!("unnormalised score wⱼ"),
            Normalization::Softmax | Normalization::ScaledSoftmax => t!("softmax weight wⱼ"),
        }
    }
}

impl Explained for DinConfig {
    fn options(&self, _config: &Config) -> String {
        let unit = local_activation(&self.attention);
        t!("{unit}, {normalization}", normalization = normalization(self.normalization, "H"))
    }

    fn order(&self) -> &'static str {
        t!("DIN scores each click without its place and adds them up, so it cannot tell in which order they came.")
    }

    fn settings(&mut self, walk: &mut Walk) {
        walk.set(&normalizations(), &mut self.normalization);
    }

    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage> {
        let mut stages = vec![inputs.embedding(inputs.key(t))];
        if let Some(key) = inputs.keys.get(t) {
            stages.push(attention(self, inputs, &Named::new("k_j", key.as_slice()), t));
        }
        let sum = WeightedSum::of_keys(inputs, "w");
        let interest = sum.interest(inputs, None);
        stages.push(sum.stage(interest, t, WeightedSum::click_of(inputs, t), false));
        stages
    }

    fn notebook(&self) -> Vec<&'static str> {
        vec![notebook::ATTENTION, notebook::DIN]
    }

    fn interest(&self, inputs: &Inputs) -> Vector {
        inputs.interest()
    }
}

/// How much the click of step `t`, whose key this is, matters.
fn attention(din: &DinConfig, inputs: &Inputs, key: &Named, t: usize) -> Stage {
    let trace = &inputs.inspection.trace;
    let unit = LocalActivation { weights: &inputs.weights, unit: &din.attention, query: &inputs.query };
    let weighing = Weighing {
        name: t!("weight"),
        name_in_steps: match din.normalization {
            Normalization::None => t!("score"),
            Normalization::Softmax | Normalization::ScaledSoftmax => t!("weight"),
        },
        letter: "w",
        index: 'j',
        score: unit.score(key.letter),
        width: (inputs.width(), "H"),
        normalization: din.normalization,
        scores: trace.scores(),
        weights: trace.attention(),
    };
    let mut vectors = unit.vectors(key, "s_j", trace.scores()[t]);
    vectors.push(weighing.weight(t));
    Stage {
        name: t!("Attention"),
        sentence: t!("The weight of each click for the inspected product."),
        id: "local_activation",
        weighs: true,
        vectors,
    }
}
