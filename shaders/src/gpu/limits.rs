//! What WebGPU guarantees everywhere, for a device is asked for no more, and how the stages divide their work within it.

use crate::error::EngineError;

/// Invocations of a workgroup, in the stages that do not say otherwise.
pub(crate) const WORKGROUP: usize = 64;
/// Candidates side by side in a vec4.
pub(crate) const QUAD: usize = 4;
/// Quads side by side in the queries.
pub(crate) const TILE: usize = 16;
/// Quads that one dispatch takes at most.
pub(super) const BATCH: usize = 4096;

/// Bytes that the invocations of a workgroup may share.
pub(crate) const WORKGROUP_MEMORY: usize = 16 << 10;
/// The most invocations that a workgroup may have.
pub(crate) const INVOCATIONS: usize = 256;
/// Bytes that each invocation may have to itself.
pub(crate) const PRIVATE_MEMORY: usize = 8 << 10;
/// Bytes of a buffer that is bound to a stage.
const BINDING: u64 = 128 << 20;

pub(crate) const F32: usize = size_of::<f32>();
pub(crate) const VEC4: usize = 4 * F32;

/// Quads of so many candidates, in whole tiles.
pub(super) fn quads(candidates: usize) -> usize {
    candidates.div_ceil(QUAD).next_multiple_of(TILE)
}

/// Refuses a buffer that no shader could be given.
pub(super) fn binding_fits(what: &'static str, bytes: u64) -> Result<(), EngineError> {
    if bytes > BINDING {
        return Err(EngineError::TooLarge { what, needed: bytes, unit: "bytes in a buffer", limit: BINDING });
    }
    Ok(())
}

/// Refuses what needs more bytes than the invocations of a workgroup may share.
pub(crate) fn workgroup_memory_holds(what: &'static str, bytes: usize) -> Result<(), EngineError> {
    within(what, bytes, "bytes of workgroup memory", WORKGROUP_MEMORY)
}

/// Refuses what needs more bytes than an invocation may have to itself.
pub(crate) fn private_memory_holds(what: &'static str, bytes: usize) -> Result<(), EngineError> {
    within(what, bytes, "bytes of private memory", PRIVATE_MEMORY)
}

fn within(what: &'static str, needed: usize, unit: &'static str, limit: usize) -> Result<(), EngineError> {
    if needed > limit {
        return Err(EngineError::TooLarge { what, needed: needed as u64, unit, limit: limit as u64 });
    }
    Ok(())
}
