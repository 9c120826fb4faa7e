//! TIN: Zhou et al. 2024, WWW.

use std::sync::Arc;

use model::{Config, Kind, Normalization, TinConfig};

use super::calculation::{Calculation, Function, Stage, Term, Vector, at};
use super::inputs::Inputs;
use super::layers::attention::Weighing;
use super::layers::pooling::WeightedSum;
use super::notebook;
use super::{Card, Explained, Labels};
use crate::language::{html, t};

/// What the page says of the network from the start.
pub fn card() -> Card {
    Card {
        name: "TIN",
        title: t!("Temporal Interest Network"),
        no_evolution: Some(t!(
            "TIN knows how many clicks ago each click was, but looks at all of them at once, so there is no evolution to show."
        )),
    }
}

/// How the network works, as HTML.
pub fn about() -> &'static str {
    html!("tin.html")
}

impl Labels for TinConfig {
    fn attention(&self) -> &'static str {
        t!("softmax weight αⱼ")
    }
}

impl Explained for TinConfig {
    fn options(&self, config: &Config) -> String {
        t!("{count} positions, softmax of {score}", count = config.max_history, score = "k̃·q̃/√H")
    }

    fn order(&self) -> &'static str {
        t!("TIN knows how many clicks ago each click was.")
    }

    fn stages(&self, inputs: &Inputs, t: usize) -> Vec<Stage> {
        let timed = Timed::of(inputs);
        let click = timed.click(inputs, t);
        let mut embedding = inputs.embedding(inputs.key(t));
        embedding.vectors.extend(click.iter().flatten().cloned());
        embedding.vectors.extend(timed.product(inputs));
        let mut stages = vec![embedding];
        if click.is_some() {
            stages.push(timed.attention(inputs, t));
        }
        let sum = timed.sum(inputs);
        let interest = sum.interest(inputs, None);
        let click = click.map(|[_, click]| click.in_steps().not_in_picture().computed_before());
        stages.push(sum.stage(interest, t, click, false));
        stages
    }

    fn notebook(&self) -> Vec<&'static str> {
        vec![notebook::TIN]
    }

    fn interest(&self, inputs: &Inputs) -> Vector {
        inputs.interest()
    }
}

/// Clicks and product with their positions.
struct Timed {
    /// p(0), p(1), …, `[position][H]`, the last of them for all that is older.
    positions: Vec<Vec<f32>>,
    /// k̃_j, `[step][H]`.
    clicks: Arc<[Vec<f32>]>,
    /// q̃, `[H]`.
    product: Arc<[f32]>,
}

impl Timed {
    fn of(inputs: &Inputs) -> Self {
        let positions = inputs.weights.values("embedding.position.weight");
        let positions: Vec<Vec<f32>> = positions.chunks_exact(inputs.width()).map(<[f32]>::to_vec).collect();
        let add = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        let steps = inputs.keys.len();
        let timed = |(j, key): (usize, &Vec<f32>)| add(key, position(&positions, steps - j));
        let clicks = inputs.keys.iter().enumerate().map(timed).collect();
        let product = add(&inputs.query, position(&positions, 0)).into();
        Self { positions, clicks, product }
    }

    /// The position of the click of step `t`, and that click with it; none where the step has no click.
    fn click(&self, inputs: &Inputs, t: usize) -> Option<[Vector; 2]> {
        let key = inputs.keys.get(t)?;
        let back = position(&self.positions, inputs.keys.len() - t);
        let letter = "p(T − j + 1)";
        let equation = "k̃_j = k_j + p(T − j + 1)";
        let sum = both(("k_j", key), back);
        Some([
            Vector::given(t!("position of the click"), letter, letter, back).at_each_step(),
            Vector::computed(t!("click with its position"), "k̃_j", equation, inputs.width(), sum),
        ])
    }

    /// The position of the product, and the product with it.
    fn product(&self, inputs: &Inputs) -> [Vector; 2] {
        let here = position(&self.positions, 0);
        let sum = both(("q", &inputs.query), here);
        [
            Vector::given(t!("position of the product"), "p(0)", "p(0)", here),
            Vector::computed(t!("product with its position"), "q̃", "q̃ = q + p(0)", inputs.width(), sum),
        ]
    }

    /// How much the click of step `t` matters.
    fn attention(&self, inputs: &Inputs, t: usize) -> Stage {
        let trace = &inputs.inspection.trace;
        let score = "k̃_j·q̃ / √H";
        let term = |(i, (k, q)): (usize, (&f32, &f32))| Term::new(format!("{} {}", at("k̃_j", i), at("q̃", i)), [*k, *q]);
        let terms = self.clicks[t].iter().zip(self.product.iter()).enumerate().map(term).collect();
        let calculation = Calculation::sum_of(terms).then(Function::Scaled((inputs.width() as f32).sqrt()));
        let weighing = Weighing {
            name: t!("weight"),
            name_in_steps: t!("weight"),
            letter: "α",
            index: 'j',
            score: score.to_owned(),
            width: (inputs.width(), "H"),
            normalization: Normalization::Softmax,
            scores: trace.scores(),
            weights: trace.attention(),
        };
        let equation = format!("s_j = {score}");
        Stage {
            name: t!("Attention"),
            sentence: t!("The weight of each click for the inspected product."),
            id: "temporal_attention",
            weighs: true,
            vectors: vec![
                Vector::number(Kind::Score, t!("score"), "s_j", equation, trace.scores()[t], calculation),
                weighing.weight(t),
            ],
        }
    }

    /// Σ_j α_j (k̃_j ⊙ q̃).
    fn sum(&self, inputs: &Inputs) -> WeightedSum {
        WeightedSum {
            index: 'j',
            weight: "α",
            weights: inputs.inspection.trace.attention().into(),
            value: "k̃",
            values: self.clicks.clone(),
            times: Some(("q̃", self.product.clone())),
            width: inputs.width(),
        }
    }
}

/// p(back).
fn position(positions: &[Vec<f32>], back: usize) -> &[f32] {
    positions.get(back).or(positions.last()).map_or(&[], Vec::as_slice)
}

/// The sum of a vector and a position, unit by unit.
fn both(
    (letter, vector): (&'static str, &[f32]),
    position: &[f32],
) -> impl Fn(usize) -> Calculation + Send + Sync + 'static {
    let (vector, position) = (vector.to_vec(), position.to_vec());
    move |unit| {
        let terms = [(letter, vector[unit]), ("p", position[unit])];
        Calculation::sum_of(terms.into_iter().map(|(letter, value)| Term::new(at(letter, unit), [value])).collect())
    }
}
