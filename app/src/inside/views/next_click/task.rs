//! The auxiliary task in numbers: what the classifier says of the next click and of sampled products, step by step.

use model::browser::Parsed;
use model::{Auxiliary as Classifier, DienConfig, DienTrace, Json, NetworkConfig, NetworkKind, Weights};

use crate::explain::layers::{activate, dense, embed, sigmoid};
use crate::explain::{Card, card};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::Scene;

/// Products sampled at each step.
const SAMPLES: usize = 8;
/// How often another product is drawn in place of one that was clicked, before a small catalogue has to do without.
const DRAWS: u32 = 64;

/// One product and what the classifier says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// Row of the catalogue.
    pub item: u32,
    /// f(h_t, e).
    pub logit: f32,
    /// σ(f(h_t, e)): the probability that it is clicked next.
    pub probability: f32,
}

/// What the interest state after one click says.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The product clicked at this step.
    pub item: u32,
    /// The product that was clicked next.
    pub next: Guess,
    /// Products that were not clicked.
    pub sampled: Vec<Guess>,
}

impl Step {
    /// The mean probability of the sampled products.
    pub fn sampled_mean(&self) -> f32 {
        mean(self.sampled.iter().map(|guess| guess.probability))
    }
}

/// The auxiliary task for the present history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Task {
    /// Every click but the newest, whose next is not known.
    pub steps: Vec<Step>,
    /// Whether the classifier is a perceptron.
    pub is_mlp: bool,
    /// Whether the auxiliary loss was in training; none where the file does not tell.
    pub is_trained: Option<bool>,
}

/// Why a network has no auxiliary task, in sentences; none where it has one.
pub fn no_extractor(kind: NetworkKind) -> Option<String> {
    let Card { name, no_evolution, .. } = card(kind);
    no_evolution.map(|_| {
        t!(
            "{name} has no interest extractor whose states could tell the next click. The auxiliary task is a part of DIEN’s \
             training."
        )
    })
}

impl Task {
    /// The task for the history of a scene, with the products sampled in a `round`.
    ///
    /// # Errors
    /// Why the network has no auxiliary task, in sentences.
    pub fn of(scene: &Scene, round: u32) -> Result<Self, String> {
        let NetworkConfig::Dien(dien) = &scene.model.config().network else {
            return Err(no_extractor(scene.model.config().network.kind()).unwrap_or_default());
        };
        let width = scene.model.config().width();
        if dien.auxiliary == Classifier::InnerProduct && dien.hidden != width {
            return Err(t!(
                "These weights have no classifier for the next click: the states have {hidden} numbers and a product {width}, so that \
                 they have no inner product, and no perceptron came with them.",
                hidden = dien.hidden
            ));
        }
        let Some(trace) = scene.inspected().and_then(|inspected| DienTrace::of(&inspected.trace)) else {
            return Ok(Self::default());
        };
        let weights = scene.model.weights();
        let clicks: Vec<u32> = scene.answer.now.clicks.iter().map(|click| click.item).collect();
        let steps = clicks.windows(2).zip(trace.interest_states.iter()).enumerate().map(|(t, (pair, state))| {
            let guess = |item: u32| {
                let logit = logit(weights, dien, state, &embed(weights, scene.rows(item)));
                Guess { item, logit, probability: sigmoid(logit) }
            };
            let sampled = sample(&clicks, scene.answer.now.probabilities.len() as u32, t as u32, round);
            Step { item: pair[0], next: guess(pair[1]), sampled: sampled.into_iter().map(guess).collect() }
        });
        let steps: Vec<Step> = steps.collect();
        let guesses = steps.iter().flat_map(|step| step.sampled.iter().chain([&step.next]));
        if guesses.map(|guess| guess.logit).any(|logit| !logit.is_finite()) {
            return Err(t!(
                "{file}: the numbers of the classifier (tensors auxiliary.*) grow too large for float32, so that it gives no \
                 probability.",
                file = scene.model.file
            ));
        }
        let training = weights.note("training").and_then(Parsed::new);
        let weight = training.and_then(|training| training.field("auxiliary")?.number());
        Ok(Self {
            steps,
            is_mlp: dien.auxiliary != Classifier::InnerProduct,
            is_trained: weight.map(|weight| weight > 0.0),
        })
    }

    /// The mean probability of the products that were clicked next.
    pub fn next_mean(&self) -> f32 {
        mean(self.steps.iter().map(|step| step.next.probability))
    }

    /// The mean over the steps of the sampled products' mean probability.
    pub fn sampled_mean(&self) -> f32 {
        mean(self.steps.iter().map(Step::sampled_mean))
    }

    /// The paper's loss, with the mean over the sampled products in place of a single one.
    pub fn loss(&self) -> f32 {
        let step =
            |step: &Step| softplus(-step.next.logit) + mean(step.sampled.iter().map(|guess| softplus(guess.logit)));
        mean(self.steps.iter().map(step)) / 2.0
    }
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0.0f32), |(sum, count), value| (sum + value, count + 1.0));
    sum / count.max(1.0)
}

/// −log(1 − σ(x)) = log(1 + eˣ), without an overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// f(h, e): the inner product, or the perceptron of [h, e].
fn logit(weights: &Weights, dien: &DienConfig, state: &[f32], item: &[f32]) -> f32 {
    let Classifier::Mlp { hidden, activation } = &dien.auxiliary else {
        return state.iter().zip(item).map(|(h, e)| f64::from(*h) * f64::from(*e)).sum::<f64>() as f32;
    };
    let mut x = [state, item].concat();
    for layer in 0..hidden.len() {
        let s = dense(weights, &format!("auxiliary.hidden.{layer}"), &x);
        x = activate(weights, &format!("auxiliary.activation.{layer}"), *activation, &s);
    }
    dense(weights, "auxiliary.output", &x).first().copied().unwrap_or_default()
}

/// Products of a catalogue of `items` that are not among `clicks`, for step `t`: the same ones in every history that does not
/// hold them, and others in every round.
fn sample(clicks: &[u32], items: u32, t: u32, round: u32) -> Vec<u32> {
    let mut sampled = Vec::new();
    for draw in 0..DRAWS {
        let item = ((u64::from(mixed(mixed(mixed(round) ^ t) ^ draw)) * u64::from(items)) >> 32) as u32;
        if !clicks.contains(&item) && !sampled.contains(&item) && sampled.len() < SAMPLES {
            sampled.push(item);
        }
    }
    sampled
}

/// A number that looks random, another one for every `x` (Mueller's 32-bit mixer).
fn mixed(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_add(0x9e37_79b9).wrapping_mul(0x045d_9f3b);
    let x = (x ^ (x >> 16)).wrapping_mul(0x045d_9f3b);
    x ^ (x >> 16)
}

/// A row for each product of each step.
pub fn table(session: Session, task: &Task) -> Table {
    let columns =
        [t!("step t"), t!("click"), t!("product"), "id", t!("was it next"), "logit f(h, e)", t!("probability σ(f)")];
    let rows = task.steps.iter().enumerate().flat_map(|(t, step)| {
        let guesses = std::iter::once((t!("clicked next"), &step.next))
            .chain(step.sampled.iter().map(|guess| (t!("sampled"), guess)));
        guesses.map(move |(what, guess)| {
            vec![
                Cell::Count(t + 1),
                Cell::Text(session.title(step.item)),
                Cell::Text(session.title(guess.item)),
                Cell::Text(session.id(guess.item)),
                Cell::Text(what.to_owned()),
                Cell::Number(guess.logit),
                Cell::Number(guess.probability),
            ]
        })
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_no_click_and_nothing_twice() {
        let clicks: Vec<u32> = (0..10).collect();
        for t in 0..20 {
            let sampled = sample(&clicks, 40, t, 0);
            assert_eq!(sampled.len(), SAMPLES);
            assert!(sampled.iter().all(|item| (10..40).contains(item)));
            assert!(sampled.iter().enumerate().all(|(place, item)| !sampled[..place].contains(item)));
        }
        // Another click leaves the others where they are.
        let before = sample(&clicks, 4000, 3, 1);
        assert_eq!(sample(&[clicks.as_slice(), &[4001]].concat(), 4000, 3, 1), before);
        assert_ne!(sample(&clicks, 4000, 3, 2), before);
        assert_eq!(sample(&[0, 1], 3, 0, 0), [2]);
        assert!(sample(&[0], 1, 0, 0).is_empty());
    }

    #[test]
    fn a_classifier_that_guesses_loses_the_logarithm_of_two() {
        let guess = |logit: f32| Guess { item: 0, logit, probability: sigmoid(logit) };
        let step = |next, sampled| Step { item: 0, next: guess(next), sampled: vec![guess(sampled), guess(sampled)] };
        let task = |steps| Task { steps, ..Task::default() };
        // 1e-6: two logarithms in 32 bits.
        assert!((task(vec![step(0.0, 0.0)]).loss() - std::f32::consts::LN_2).abs() < 1e-6);
        assert!(task(vec![step(100.0, -100.0), step(90.0, -90.0)]).loss() < 1e-6);
        assert!((task(vec![step(-100.0, 100.0)]).loss() - 100.0).abs() < 1e-6);
        assert_eq!(task(Vec::new()).loss(), 0.0);
    }
}
