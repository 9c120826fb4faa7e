//! What a candidate reads of several interests.

pub(crate) mod cpu;

use model::Readout;

use super::interest_extraction::{BUFFER, EXTRACTED};
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::limits::{VEC4, WORKGROUP, private_memory_holds};
use crate::gpu::spec::{Buffer, Extent, StageSpec, wgsl};

/// The stage on a GPU, for so many `interests`.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn spec(constants: &mut Constants, readout: Readout, interests: usize) -> Result<StageSpec, EngineError> {
    // Scores and choice.
    private_memory_holds("the interest readout", 2 * interests * VEC4)?;
    constants.flag("ARGMAX", readout == Readout::Argmax);
    Ok(StageSpec {
        name: "interest_readout",
        files: &[BUFFER, wgsl!("interest_readout")],
        reads: vec![Buffer::Kept(EXTRACTED), Buffer::Queries],
        writes: vec![Buffer::Interests, Buffer::Traces],
        once: false,
        quads: WORKGROUP,
        grid: |request, quads| [request.quads.div_ceil(quads), 1],
        weights: Vec::new(),
    })
}

/// Values of a `ReadoutTrace` of `interest_readout.wgsl`.
pub(crate) fn trace_extent(width: usize, interests: usize) -> Extent {
    Extent { fixed: width + 2 * interests, per_step: 1 }
}

/// Scores `[interest]`, choice `[interest]`, attention `[step]` and interest `[H]` from the filled part of a `ReadoutTrace`.
pub(crate) fn read_trace(width: usize, interests: usize, words: &[f32]) -> [Vec<f32>; 4] {
    let (interest, rest) = words.split_at(width);
    let (scores, rest) = rest.split_at(interests);
    let (choice, attention) = rest.split_at(interests);
    [scores, choice, attention, interest].map(<[f32]>::to_vec)
}
