//! Embedding & MLP, the base model of the papers.

use model::{Config, EmbeddingMlpConfig, Kind, Pooling};

use super::calculation::{Calculation, Stage, Term, Vector};
use super::inputs::Inputs;
use super::layers::pooling::WeightedSum;
use super::notebook;
use super::{Card, Explained, Labels};
use crate::language::{html, t};

/// What the page says of the network from the start.
pub fn card() -> Card {
    Card {
        name: "Embedding & MLP",
        title: t!("The base model of the papers: every click counts alike"),
        no_evolution: Some(t!(
            "Embedding & MLP weighs every click alike and knows no order, so there is no evolution to show."
        )),
    }
}

/// How the network works, as HTML.
pub fn about() -> &'static str {
    html!("embedding_mlp.html")
}

impl Labels for EmbeddingMlpConfig {
    fn attention(&self) -> &'static str {
        t!("equal weight wⱼ")
    }
}

impl Explained for EmbeddingMlpConfig {
    fn options(&self, _config: &Config) -> String {
        match self.pooling {
            Pooling::Sum => t!("sum of the clicks").to_owned(),
            Pooling::Mean => t!("mean of the clicks").to_owned(),
        }
    }

    fn order(&self) -> &'static str {
        t!("Embedding & MLP weighs all clicks alike, so it cannot tell in which order they came.")
    }

    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage> {
        let (weight, interest) = match self.pooling {
            Pooling::Sum => ("w_j = 1", "v = Σ_j k_j"),
            Pooling::Mean => ("w_j = 1 / T", "v = (Σ_j k_j) / T"),
        };
        let mut stages = vec![inputs.embedding(inputs.key(t))];
        if let Some(&w) = inputs.inspection.trace.attention().get(t) {
            let calculation = Calculation::sum_of(vec![Term::new("w_j", [w])]);
            let weight = Vector::number(Kind::Weight, t!("equal weight"), "w_j", weight, w, calculation);
            stages.push(Stage {
                name: t!("Weights"),
                sentence: t!("Each click weighs as much as any other."),
                id: "weights",
                weighs: false,
                vectors: vec![weight.in_steps().not_in_picture()],
            });
        }
        let sum = WeightedSum::of_keys(inputs, "w");
        let (click, interest) = (WeightedSum::click_of(inputs, t), sum.interest(inputs, Some(interest)));
        let weighs = click.is_some();
        stages.push(sum.stage(interest, t, click, weighs));
        stages
    }

    fn notebook(&self) -> Vec<&'static str> {
        vec![notebook::EMBEDDING_MLP]
    }

    fn interest(&self, inputs: &Inputs) -> Vector {
        inputs.interest()
    }
}
