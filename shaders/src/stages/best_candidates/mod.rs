//! The best candidates by click probability, where they alone are asked for.

pub(crate) mod cpu;

use crate::gpu::constants::Constants;
use crate::gpu::limits::INVOCATIONS;
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::question::MAX_BEST;

/// The stage on a GPU.
pub(crate) fn spec(constants: &mut Constants) -> StageSpec {
    constants.number("MAX_BEST", MAX_BEST);
    constants.number("BEST_WORKGROUP", INVOCATIONS);
    StageSpec {
        name: "best_candidates",
        files: &[wgsl!("best_candidates")],
        reads: vec![Buffer::Probabilities],
        writes: vec![Buffer::Best],
        once: true,
        quads: 1,
        grid: |request, _| [u32::from(request.best > 0), 1],
        weights: Vec::new(),
    }
}
