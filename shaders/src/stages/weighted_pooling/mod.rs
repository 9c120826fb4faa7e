//! Weighted sum pooling: the interest as the sum of the keys, each by its weight.

pub(crate) mod cpu;

use model::{Normalization, Pooling};

use super::shared::POOLING;
use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, StageSpec, wgsl};

/// What the weights are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeightsOf {
    /// Scores of another stage.
    Scores(Normalization),
    /// Nothing: all keys count alike.
    Pooling(Pooling),
}

/// The stage on a GPU, where `width` is H.
pub(crate) fn spec(constants: &mut Constants, weights: WeightsOf, width: usize) -> StageSpec {
    let normalization = match weights {
        WeightsOf::Scores(normalization) => normalization,
        WeightsOf::Pooling(_) => Normalization::None,
    };
    constants.flag("SCORED", matches!(weights, WeightsOf::Scores(_)));
    constants.flag("MEAN", weights == WeightsOf::Pooling(Pooling::Mean));
    constants.normalization(normalization, width);
    StageSpec {
        name: "weighted_pooling",
        files: &[POOLING, wgsl!("weighted_pooling")],
        reads: vec![Buffer::History, Buffer::Scores],
        writes: vec![Buffer::Interests, Buffer::Traces],
        once: false,
        quads: 1,
        grid: |request, _| [request.quads, 1],
        weights: Vec::new(),
    }
}
