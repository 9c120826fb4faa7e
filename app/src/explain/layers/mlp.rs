//! Perceptrons: dense layers with their activations, and the output of one number.

use std::sync::Arc;

use model::{Activation, Kind, Weights};

use super::{activate, dense};
use crate::explain::calculation::{Calculation, Function, Named, Term, Vector, column_terms};
use crate::language::t;
use crate::ui::format;

/// The hidden layers `<name>.hidden.<layer>` on `input`, as many as there are letters for at most, and what the last of them
/// gives.
pub fn hidden_layers(
    weights: &Arc<Weights>,
    name: &str,
    count: usize,
    activation: Activation,
    letters: [&'static str; 8],
    input: Named,
) -> (Vec<Vector>, Named) {
    let mut last = input;
    let mut vectors = Vec::new();
    for (place, letter) in letters.into_iter().enumerate().take(count) {
        let of = [format!("{name}.hidden.{place}"), format!("{name}.activation.{place}")];
        let vector = layer(weights, t!("hidden layer {place}", place = place + 1), letter, of, activation, last);
        last = Named::new(letter, vector.values.as_slice());
        vectors.push(vector);
    }
    (vectors, last)
}

/// The dense layer of the tensors `name` with the activation of the tensors `parameters`: f(x W + b).
pub fn layer(
    weights: &Arc<Weights>,
    what: String,
    letter: &'static str,
    [name, parameters]: [String; 2],
    activation: Activation,
    x: Named,
) -> Vector {
    let sums = dense(weights, &name, &x.values);
    let values = activate(weights, &parameters, activation, &sums);
    let function = match activation {
        Activation::Relu => "ReLU",
        Activation::Sigmoid => "σ",
        Activation::Prelu => "PReLU",
        Activation::Dice { .. } => "Dice",
    };
    let (weights, results, units) = (weights.clone(), values.clone(), sums.len());
    let equation = format!("{letter} = {function}({} W + b)", x.letter);
    Vector::new(what, letter, equation, values, move |unit| {
        let w = weights.values(&format!("{name}.weight"));
        let bias = weights.values(&format!("{name}.bias"))[unit];
        let mut terms = column_terms(&x, ("W", w), units, unit, None);
        terms.push(Term::new("b", [bias]));
        let between = between(&weights, &parameters, activation, unit);
        Calculation::sum_of(terms).then(Function::Activation(function, results[unit], between))
    })
}

/// The equation of an activation in one unit, with the numbers that it learned there.
fn between(weights: &Weights, parameters: &str, activation: Activation, unit: usize) -> String {
    let of = |part: &str| {
        let learned = weights.values(&format!("{parameters}.{part}")).get(unit).copied();
        learned.map(format::weight).unwrap_or_default()
    };
    match activation {
        Activation::Relu => "ReLU(S) = max(S, 0)".to_owned(),
        Activation::Sigmoid => "σ(S) = 1 / (1 + e^{−S})".to_owned(),
        Activation::Prelu => format!("PReLU(S) = S, S > 0; {} α S, α = {}", t!("else"), of("alpha")),
        Activation::Dice { affine, .. } => {
            let (mean, variance) = (t!("mean"), t!("variance"));
            let normal = format!("(S − {mean}) / √{{{variance} + ε}}");
            let p = if affine {
                format!("σ({}·{normal} + {})", of("gamma"), of("beta"))
            } else {
                format!("σ({normal})")
            };
            format!(
                "Dice(S) = p S + (1 − p) α S, p = {p}, {mean} = {}, {variance} = {}, α = {}",
                of("mean"),
                of("variance"),
                of("alpha")
            )
        }
    }
}

/// The output `<name>.output` of a perceptron whose last hidden layer is `last`: one number.
pub fn output(weights: &Weights, name: &str, last: &Named, what: &'static str, letter: &str, value: f32) -> Vector {
    let w = weights.values(&format!("{name}.output.weight"));
    let mut terms = column_terms(last, ("w", w), 1, 0, None);
    terms.push(Term::new("b", [weights.values(&format!("{name}.output.bias"))[0]]));
    let equation = format!("{letter} = {} w + b", last.letter);
    Vector::number(Kind::Score, what, letter, equation, value, Calculation::sum_of(terms))
}
