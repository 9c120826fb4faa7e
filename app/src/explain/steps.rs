//! What the view of steps shows, read from the same stages as the picture of the model: every vector that there is at each
//! step, as one line through time.

use std::borrow::Cow;

use model::{Kind, Steps};

use super::calculation::{Line, Stage, is_sequential};
use super::explained;
use super::inputs::Inputs;
use crate::language::t;

/// One quantity at every step, in words and letters.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// The stage that computes it.
    pub stage: &'static str,
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Letter.
    pub letter: String,
    /// Equation, as [`math`](super::math::math) reads it.
    pub equation: String,
    /// What the numbers are.
    pub kind: Kind,
}

impl Quantity {
    /// The quantity in a column's title.
    pub fn label(&self) -> String {
        t!("{stage}: {name} {letter}", stage = self.stage, name = self.name, letter = self.letter)
    }
}

/// Every quantity of the inspected product with its values `[step, unit]`, in the order of the computation, gates and weights
/// before what they make within a stage; none without clicks.
pub fn quantities(inputs: &Inputs) -> Vec<(Quantity, Steps<'static>)> {
    let network = explained(&inputs.weights.config().network);
    let mut all: Vec<(Quantity, Vec<f32>)> = Vec::new();
    for t in 0..inputs.keys.len() {
        for (place, (quantity, values)) in network.stages(inputs, t).into_iter().flat_map(of_stage).enumerate() {
            match all.get_mut(place) {
                Some((_, before)) => before.extend(values),
                None => all.push((quantity, values)),
            }
        }
    }
    let steps = inputs.keys.len().max(1);
    all.into_iter().map(|(quantity, values)| (quantity, Steps::new((values.len() / steps).max(1), values))).collect()
}

/// The quantities of one stage at one step, with their values there.
fn of_stage(Stage { name: stage, vectors, .. }: Stage) -> Vec<(Quantity, Vec<f32>)> {
    let mut quantities: Vec<_> = vectors
        .into_iter()
        .filter_map(|vector| {
            let Line { name, letter, equation } = vector.line?;
            Some((Quantity { stage, name, letter, equation, kind: vector.kind }, vector.values))
        })
        .collect();
    quantities.sort_by_key(|(quantity, _)| !is_sequential(quantity.kind));
    quantities
}
