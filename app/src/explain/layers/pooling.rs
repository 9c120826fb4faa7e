//! Pooling: a weighted sum over the clicks becomes the interest.

use std::sync::Arc;

use crate::explain::calculation::{Calculation, Line, Stage, Term, Vector, at};
use crate::explain::inputs::Inputs;
use crate::language::t;

/// Σ_j w_j x_j, where each x_j is one vector of a click, or that times the same vector for all.
#[derive(Clone)]
pub struct WeightedSum {
    /// Letter that counts the steps.
    pub index: char,
    /// Letter of the weights.
    pub weight: &'static str,
    /// `[step]`.
    pub weights: Arc<[f32]>,
    /// Letter of the vectors.
    pub value: &'static str,
    /// `[step][unit]`.
    pub values: Arc<[Vec<f32>]>,
    /// What each vector is multiplied by, unit by unit, with its letter.
    pub times: Option<(&'static str, Arc<[f32]>)>,
    /// How many units a vector has.
    pub width: usize,
}

impl WeightedSum {
    /// Σ_j w_j k_j over the keys of the clicks, where `weight` is the letter of the weights.
    pub fn of_keys(inputs: &Inputs, weight: &'static str) -> Self {
        let weights = inputs.inspection.trace.attention().into();
        let (values, width) = (inputs.keys.clone(), inputs.width());
        Self { index: 'j', weight, weights, value: "k", values, times: None, width }
    }

    /// The key of the click of step `t` for the view of steps; none where the step has no click.
    pub fn click_of(inputs: &Inputs, t: usize) -> Option<Vector> {
        inputs
            .key(t)
            .map(|key| Vector { name: t!("click").into(), ..key }.in_steps().not_in_picture().computed_before())
    }

    /// The sum as the engine computed it, or what it takes in place of the sum over an empty history.
    pub fn interest(&self, inputs: &Inputs, equation: Option<&'static str>) -> Vector {
        let interest = inputs.inspection.trace.values("interest");
        if self.weights.is_empty() && interest.iter().any(|v| *v != 0.0) {
            // One click of padding stands for it, with a weight as any other's.
            let equation = format!("v = {} k_{{{}}}", self.weight, t!("padding"));
            Vector::given(t!("interest of an empty history"), "v", equation, interest)
        } else {
            Vector { values: interest.to_vec(), ..self.total(equation) }
        }
    }

    /// A summand in letters: w_j k_j.
    fn summand(&self) -> String {
        let Self { index: i, weight: w, value: x, .. } = self;
        match &self.times {
            Some((times, _)) => format!("{w}_{i} ({x}_{i} ⊙ {times})"),
            None => format!("{w}_{i} {x}_{i}"),
        }
    }

    /// The summand of step `j` in one unit.
    fn term(&self, j: usize, unit: usize) -> Term {
        let (w, x) = (self.weights[j], self.values[j][unit]);
        let letters = format!("{}_{} {}_{{{},{}}}", self.weight, j + 1, self.value, j + 1, unit + 1);
        match &self.times {
            Some((letter, times)) => Term::new(format!("{letters} {}", at(letter, unit)), [w, x, times[unit]]),
            None => Term::new(letters, [w, x]),
        }
    }

    /// The sum over all steps: the interest. The equation is v = Σ_j w_j x_j unless `equation` says otherwise.
    pub fn total(&self, equation: Option<&'static str>) -> Vector {
        let sum = self.clone();
        let equation = equation.map_or_else(|| format!("v = Σ_{} {}", self.index, self.summand()), str::to_owned);
        Vector::computed(t!("interest"), "v", equation, self.width, move |unit| {
            Calculation::sum_of((0..sum.weights.len()).map(|j| sum.term(j, unit)).collect())
        })
    }

    /// What the view of steps shows of the sum: what step `t` adds.
    pub fn added(&self, t: usize) -> Vector {
        let sum = self.clone();
        let summand = self.summand();
        let letter = match &self.times {
            Some((times, _)) => format!("{} ({} ⊙ {times})", self.weight, self.value),
            None => format!("{}·{}", self.weight, self.value),
        };
        let explain = move |unit| Calculation::sum_of(vec![sum.term(t, unit)]);
        let line = Line { name: t!("what the click adds").into(), letter, equation: summand.clone() };
        let name = line.name.clone();
        Vector::computed(name, summand.clone(), summand, self.width, explain).in_steps_as(line).not_in_picture()
    }

    /// What the view of steps shows of the sum: the sum up to step `t`.
    pub fn so_far(&self, t: usize) -> Vector {
        let sum = self.clone();
        let i = self.index;
        let equation = format!("v_{i} = v_{{{i}−1}} + {}", self.summand());
        let explain = move |unit| Calculation::sum_of((0..=t).map(|j| sum.term(j, unit)).collect());
        Vector::computed(t!("interest so far"), format!("v_{i}"), equation, self.width, explain)
            .in_steps()
            .not_in_picture()
    }

    /// The stage of pooling: `interest`, the sum over all steps, and where step `t` has a click, that click `with_click`, which
    /// the view of steps shows, what it adds and the sum up to it.
    pub fn stage(&self, interest: Vector, t: usize, with_click: Option<Vector>, weighs: bool) -> Stage {
        let mut vectors = vec![interest];
        if let Some(click) = with_click {
            vectors.extend([click, self.added(t), self.so_far(t)]);
        }
        let sentence = t!("All clicks become one vector: the interest.");
        Stage { name: t!("Pooling"), sentence, id: "weighted_pooling", weighs, vectors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_so_far_ends_as_the_weighted_sum() {
        let sum = WeightedSum {
            index: 'j',
            weight: "w",
            weights: [0.5, 0.25].into(),
            value: "k",
            values: [vec![1.0, 2.0], vec![3.0, -4.0]].into(),
            times: None,
            width: 2,
        };
        assert_eq!([0, 1].map(|t| sum.so_far(t).values), [[0.5, 1.0], [1.25, 0.0]]);
        assert_eq!(sum.total(None).values, [1.25, 0.0]);
        let empty = WeightedSum { weights: [].into(), values: [].into(), ..sum };
        assert_eq!(empty.total(None).values, [0.0, 0.0]);
    }
}
