//! What the stages leave that make the interest a weighted sum of the keys.

use crate::cpu::lanes::{Vector, of_lane};
use crate::gpu::spec::Extent;

/// Scores and weights of a block of candidates.
#[derive(Debug)]
pub(crate) struct Pooled<V> {
    /// `[step]`.
    pub scores: Vec<V>,
    /// `[step]`.
    pub weights: Vec<V>,
}

impl<V: Vector> Pooled<V> {
    /// Of no steps.
    pub fn new() -> Self {
        Self { scores: Vec::new(), weights: Vec::new() }
    }

    /// Scores, weights and interest of one of the candidates. There is one step more than `steps` where a key stands for an
    /// empty history.
    pub fn trace(&self, interest: &[V], steps: usize, lane: usize) -> Vec<Vec<f32>> {
        [&self.scores[..steps], &self.weights[..steps], interest].map(|values| of_lane(values, lane)).into()
    }
}

/// Values of a `PoolingTrace` of `pooling.wgsl`.
pub(crate) fn trace_extent(width: usize) -> Extent {
    Extent { fixed: width, per_step: 2 }
}

/// Scores, weights and interest from the filled part of a `PoolingTrace`, whose first `steps` steps are the history's.
pub(crate) fn read_trace(width: usize, steps: usize, words: &[f32]) -> Vec<Vec<f32>> {
    let (interest, scored) = words.split_at(width);
    let steps = &scored.as_chunks().0[..steps];
    vec![
        steps.iter().map(|&[score, _]| score).collect(),
        steps.iter().map(|&[_, weight]| weight).collect(),
        interest.to_vec(),
    ]
}
