//! How far two answers are apart.

use model::{Axis, Inspection, Kind};

/// The greatest absolute differences between two answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Difference {
    /// Of click probabilities.
    pub probability: f64,
    /// Of scores and weights.
    pub attention: f64,
    /// Of logits, gates and states; of what no step has, where a value is over 1 (a sum adds up as many keys as there are
    /// clicks), in proportion to it.
    pub states: f64,
}

/// Tolerances. A float32 has 6e-8 of relative precision; sums of a few hundred terms in another order, exponentials of
/// another kind and 200 recurrent steps leave two orders of magnitude of it.
pub const TOLERANCE: Difference = Difference { probability: 1e-5, attention: 1e-5, states: 1e-4 };

impl Difference {
    /// Takes in the difference between two traces of the same candidate.
    ///
    /// # Panics
    /// Where the candidates, or the parts of the traces, are not the same.
    pub fn inspection(&mut self, a: &Inspection, b: &Inspection) {
        assert_eq!(a.item, b.item);
        widen(&mut self.probability, &[a.probability], &[b.probability]);
        widen_in_proportion(&mut self.states, &[a.logit], &[b.logit]);
        assert_eq!(a.trace.parts().len(), b.trace.parts().len(), "traces of different networks");
        for (a, b) in a.trace.parts().iter().zip(b.trace.parts()) {
            assert_eq!((a.spec(), a.shape()), (b.spec(), b.shape()));
            match a.kind() {
                Kind::Score | Kind::Weight => widen(&mut self.attention, a.values(), b.values()),
                Kind::Gate | Kind::State if a.axes().contains(&Axis::Step) => {
                    widen(&mut self.states, a.values(), b.values());
                }
                Kind::Gate | Kind::State => widen_in_proportion(&mut self.states, a.values(), b.values()),
            }
        }
    }

    /// Takes in the difference between two rankings.
    ///
    /// # Panics
    /// Where one ranks more candidates than the other.
    pub fn probabilities(&mut self, a: &[f32], b: &[f32]) {
        assert_eq!(a.len(), b.len());
        widen(&mut self.probability, a, b);
    }

    /// Whether every difference is within [`TOLERANCE`].
    pub fn is_tolerable(&self) -> bool {
        self.probability <= TOLERANCE.probability
            && self.attention <= TOLERANCE.attention
            && self.states <= TOLERANCE.states
    }
}

/// Widens `difference` to the greatest one between two lists, number by number.
pub fn widen<N: Copy + Into<f64>>(difference: &mut f64, a: &[f32], b: &[N]) {
    // A number too few or too many, and NaN, are further apart than anything.
    if a.len() != b.len() {
        *difference = f64::INFINITY;
    }
    for (&a, &b) in a.iter().zip(b) {
        let apart = (f64::from(a) - b.into()).abs();
        *difference = if apart.is_nan() { f64::INFINITY } else { difference.max(apart) };
    }
}

fn widen_in_proportion(difference: &mut f64, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        let size = b.abs().max(1.0);
        widen(difference, &[a / size], &[b / size]);
    }
}
