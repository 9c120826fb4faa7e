//! DIEN's attention of each candidate to each interest state.

pub(crate) mod cpu;

use model::Normalization;

use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, Keys, StageSpec, wgsl};

/// Where the scores come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scores {
    /// s_t·(W·q); W·q is what attention sees of a query.
    Bilinear,
    /// From the stage `local_activation`.
    LocalActivation,
    /// There are none, and no attention: the last state is the interest.
    None,
}

/// What the attention is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InterestAttention {
    pub scores: Scores,
    pub normalization: Normalization,
    /// Width of a state.
    pub hidden: usize,
    /// Whether the states, which are then those of a second GRU, are summed up to the interest.
    pub pools: bool,
}

/// The stage on a GPU, for these keys.
pub(crate) fn spec(constants: &mut Constants, attention: InterestAttention, keys: Keys) -> StageSpec {
    let InterestAttention { scores, normalization, .. } = attention;
    constants.keys(keys);
    constants.flag("BILINEAR", scores == Scores::Bilinear);
    constants.flag("SCORED", scores != Scores::None);
    constants.normalization(normalization, keys.width);
    StageSpec {
        name: "interest_attention",
        files: &[wgsl!("interest_attention")],
        reads: vec![Buffer::AttentionQueries, keys.buffer],
        writes: vec![Buffer::Scores, Buffer::Interests, Buffer::Traces],
        once: false,
        quads: 1,
        grid: |request, _| [request.quads, 1],
        weights: Vec::new(),
    }
}
