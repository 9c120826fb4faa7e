//! DIEN's second recurrent layer where attention does not enter it.

pub(crate) mod cpu;

use super::shared::recurrent::{self, INTEREST_STEPS, SECOND_STEPS};
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::layers::Gru;

/// The stage on a GPU.
pub(crate) fn spec(second: &Gru) -> StageSpec {
    StageSpec {
        name: "second_gru",
        files: &[wgsl!("second_gru")],
        reads: vec![Buffer::Kept(INTEREST_STEPS)],
        writes: vec![Buffer::Kept(SECOND_STEPS)],
        once: true,
        quads: 1,
        grid: |request, _| [u32::from(request.first_step < request.steps), 1],
        weights: recurrent::second_layer(second),
    }
}
