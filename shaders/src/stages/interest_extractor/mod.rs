//! DIEN's interest extractor: the interest state after each click.

pub(crate) mod cpu;

use super::shared::recurrent::{self, INTEREST_STEPS};
use crate::error::EngineError;
use crate::gpu::limits::{F32, VEC4, workgroup_memory_holds};
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::layers::{Gru, Matrix};

/// The stage on a GPU; `second_input` is the W of the second recurrent layer's input.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn spec(extractor: &Gru, second_input: &Matrix) -> Result<StageSpec, EngineError> {
    // Of a state in f32 and r⊙h, u, x·W + b in a vec3.
    let bytes = extractor.width() * F32 + recurrent::reset_units(extractor) * VEC4;
    workgroup_memory_holds("the interest extractor", bytes)?;
    // `InterestExtractor` of `interest_extractor.wgsl`.
    let weights = [
        &extractor.input.weight.values,
        &extractor.input.bias,
        &extractor.hidden.weight.values,
        &extractor.hidden.bias,
        &second_input.values,
    ];
    Ok(StageSpec {
        name: "interest_extractor",
        files: &[wgsl!("interest_extractor")],
        reads: vec![Buffer::History],
        writes: vec![Buffer::Kept(INTEREST_STEPS)],
        once: true,
        quads: 1,
        grid: |request, _| [u32::from(request.first_step < request.steps), 1],
        weights: weights.map(Vec::as_slice).concat(),
    })
}
