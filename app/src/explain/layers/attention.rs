//! Attention: a score for each click, and what makes weights of the scores.

use std::sync::Arc;

use model::{Activation, Kind, LocalActivationConfig, Normalization, Weights};

use super::mlp::{hidden_layers, layer, output};
use crate::explain::calculation::{Calculation, Line, Named, Term, Vector, at};
use crate::language::t;

/// Scores and weights of all steps, with what they are called.
pub struct Weighing<'a> {
    /// What a weight is called in the picture of the model.
    pub name: &'static str,
    /// What a weight is called in the view of steps.
    pub name_in_steps: &'static str,
    /// Letter of the weights.
    pub letter: &'static str,
    /// Letter that counts the steps.
    pub index: char,
    /// A score in letters, from what there was before attention.
    pub score: String,
    /// The width of what was scored, and its letter.
    pub width: (usize, &'static str),
    /// What makes weights of the scores.
    pub normalization: Normalization,
    /// `[step]`.
    pub scores: &'a [f32],
    /// `[step]`.
    pub weights: &'a [f32],
}

impl Weighing<'_> {
    /// The weight of step `t`.
    pub fn weight(&self, t: usize) -> Vector {
        let Self { index: i, score, width: (width, d), .. } = self;
        let letter = format!("{}_{i}", self.letter);
        let (equation, whole, calculation) = match self.normalization {
            Normalization::None => (
                format!("{letter} = s_{i}"),
                format!("{letter} = {score}"),
                Calculation::sum_of(vec![Term::new(format!("s_{i}"), [self.scores[t]])]),
            ),
            Normalization::Softmax => (
                format!("{letter} = e^{{s_{i}}} / Σ_i e^{{s_i}}"),
                format!("{letter} = softmax_{i}({score})"),
                Calculation::softmax(self.scores, 1.0, t, |i| format!("e^{{s_{} − max}}", i + 1)),
            ),
            Normalization::ScaledSoftmax => (
                format!("{letter} = e^{{s_{i} / √{d}}} / Σ_i e^{{s_i / √{d}}}"),
                format!("{letter} = softmax_{i}({score} / √{d})"),
                Calculation::softmax(self.scores, (*width as f32).sqrt(), t, |i| {
                    format!("e^{{(s_{} − max) / √{d}}}", i + 1)
                }),
            ),
        };
        let line = Line { name: self.name_in_steps.into(), letter: self.letter.to_owned(), equation: whole };
        Vector::number(Kind::Weight, self.name, letter, equation, self.weights[t], calculation).in_steps_as(line)
    }
}

/// Scores by DIN's local activation unit, a perceptron of the query, a key and what both have in common.
pub struct LocalActivation<'a> {
    /// The network's weights.
    pub weights: &'a Arc<Weights>,
    /// Sizes and options of the unit.
    pub unit: &'a LocalActivationConfig,
    /// The query before it is projected, `[H]`.
    pub query: &'a [f32],
}

impl LocalActivation<'_> {
    /// The letter of what is compared with the keys: the query, or what a layer of its own made of it.
    fn query_letter(&self) -> &'static str {
        if self.unit.query_projection { "q̂" } else { "q" }
    }

    /// What goes into the unit, in letters.
    fn input(&self, key: &str) -> String {
        let q = self.query_letter();
        format!("[{q}, {key}, {q} − {key}, {q} ⊙ {key}]")
    }

    /// A score in letters, where the key is this one.
    pub fn score(&self, key: &str) -> String {
        format!("MLP({})", self.input(key))
    }

    /// The unit on `key`, layer by layer up to the score.
    pub fn vectors(&self, key: &Named, letter: &str, score: f32) -> Vec<Vector> {
        let mut vectors = Vec::new();
        let mut q = Named::new("q", self.query);
        if self.unit.query_projection {
            let of = ["attention.query", "attention.query"].map(str::to_owned);
            let projected = layer(self.weights, t!("projected query").to_owned(), "q̂", of, Activation::Prelu, q);
            q = Named::new(self.query_letter(), projected.values.as_slice());
            vectors.push(projected);
        }
        let equation = format!("z = {}", self.input(key.letter));
        let (width, k) = (q.values.len(), key.clone());
        let input = Vector::computed(t!("input of the unit"), "z", equation, 4 * width, move |unit| {
            let (part, i) = (unit / width, unit % width);
            let (q_i, k_i) = (at(q.letter, i), at(k.letter, i));
            let (query, key) = (q.values[i], k.values[i]);
            Calculation::sum_of(match part {
                0 => vec![Term::new(q_i, [query])],
                1 => vec![Term::new(k_i, [key])],
                2 => vec![Term::new(q_i, [query]), Term::new(format!("−{k_i}"), [-1.0, key])],
                _ => vec![Term::new(format!("{q_i} {k_i}"), [query, key])],
            })
        });
        let z = Named::new("z", input.values.as_slice());
        vectors.push(input.at_each_step());
        let letters = ["g¹", "g²", "g³", "g⁴", "g⁵", "g⁶", "g⁷", "g⁸"];
        let LocalActivationConfig { hidden, activation, .. } = self.unit;
        let (hidden, last) = hidden_layers(self.weights, "attention", hidden.len(), *activation, letters, z);
        vectors.extend(hidden.into_iter().map(Vector::at_each_step));
        vectors.push(output(self.weights, "attention", &last, t!("score"), letter, score));
        vectors
    }
}
