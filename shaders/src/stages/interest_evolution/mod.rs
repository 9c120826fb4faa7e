//! DIEN's interest evolution: how the interest evolves towards each candidate, step by step.

pub(crate) mod cpu;

use super::shared::recurrent::{self, INTEREST_STEPS};
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::limits::{F32, INVOCATIONS, VEC4, WORKGROUP, WORKGROUP_MEMORY, workgroup_memory_holds};
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::layers::Gru;

/// The stage on a GPU.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn spec(constants: &mut Constants, evolution: &Gru) -> Result<StageSpec, EngineError> {
    let hidden = evolution.width();
    // Units that a workgroup computes side by side.
    let lanes = hidden.min(WORKGROUP);
    // Workgroup memory for the states and one row of weights.
    let bytes = |quads: usize| quads * (2 * hidden + recurrent::reset_units(evolution)) * VEC4 + 3 * hidden * F32;
    // The most quads that leave room, so that weights are shared.
    let fits = |quads: &usize| quads * lanes <= INVOCATIONS && bytes(*quads) <= WORKGROUP_MEMORY;
    let quads = [4, 2].into_iter().find(fits).unwrap_or(1);
    workgroup_memory_holds("the interest evolution layer", bytes(quads))?;
    let weights_fit = bytes(quads) + 3 * hidden * (hidden - 1) * F32 <= WORKGROUP_MEMORY;
    constants.number("EVOLUTION_LANES", lanes);
    constants.number("EVOLUTION_QUADS", quads);
    constants.flag("HIDDEN_FITS", weights_fit);
    constants.number("HIDDEN_ROWS", if weights_fit { hidden } else { 1 });
    Ok(StageSpec {
        name: "interest_evolution",
        files: &[wgsl!("interest_evolution")],
        reads: vec![Buffer::Kept(INTEREST_STEPS), Buffer::Scores],
        writes: vec![Buffer::Interests, Buffer::Traces],
        once: false,
        quads,
        grid: |request, quads| [request.quads.div_ceil(quads), 1],
        weights: recurrent::second_layer(evolution),
    })
}
