//! What DIEN's recurrent stages share on a GPU: the host's side of `recurrent.wgsl`.

use model::{Evolution, Reset};

use crate::gpu::constants::Constants;
use crate::gpu::spec::{Extent, File, KeptBuffer, wgsl};
use crate::layers::Gru;

/// What all of DIEN's stages have.
pub(crate) const RECURRENT: File = wgsl!("recurrent");

/// `array<InterestStep, MAX_STEPS>` of the interest extractor.
pub(crate) const INTEREST_STEPS: &str = "interest_steps";

/// `array<InterestStep, MAX_STEPS>` of the second GRU.
pub(crate) const SECOND_STEPS: &str = "second_steps";

/// The sizes and options that the stages share, where the layers are as wide as `second` and reset their state as it does.
pub(crate) fn add_constants(constants: &mut Constants, second: &Gru, kind: Evolution) {
    constants.number("HIDDEN", second.width());
    constants.flag("RESET_BEFORE", second.reset == Reset::Before);
    constants.number("RESET_UNITS", reset_units(second));
    for (name, value) in [
        ("GRU", Evolution::Gru),
        ("AIGRU", Evolution::Aigru),
        ("AGRU", Evolution::Agru),
        ("AUGRU", Evolution::Augru),
        ("AUGRU_AUTHORS", Evolution::AugruAuthors),
    ] {
        constants.number(name, value as usize);
    }
    constants.number("EVOLUTION", kind as usize);
}

/// Units for which a stage keeps what the reset gate makes of the state: none where it acts after the product, but an array
/// has at least one entry.
pub(crate) fn reset_units(gru: &Gru) -> usize {
    match gru.reset {
        Reset::After => 1,
        Reset::Before => gru.width(),
    }
}

/// The buffer of `InterestStep`s that has this name.
pub(crate) fn steps_buffer(name: &'static str, hidden: usize, traced: bool) -> KeptBuffer {
    KeptBuffer { name, extent: Extent { fixed: 0, per_step: interest_step_values(hidden) }, traced }
}

/// Values of an `InterestStep`, which begins with the state.
pub(crate) fn interest_step_values(hidden: usize) -> usize {
    4 * hidden
}

/// `SecondLayer`.
pub(crate) fn second_layer(second: &Gru) -> Vec<f32> {
    [&second.hidden.weight.values, &second.hidden.bias, &second.input.bias].map(Vec::as_slice).concat()
}

/// Values of an `array<DienTraceStep, MAX_STEPS>`.
pub(crate) fn trace_extent(hidden: usize) -> Extent {
    Extent { fixed: 0, per_step: 2 + 5 * hidden }
}

/// The parts of DIEN's trace from the `InterestStep`s and the filled part of an `array<DienTraceStep, MAX_STEPS>`.
pub(crate) fn read_trace(hidden: usize, interest_steps: &[f32], words: &[f32]) -> Vec<Vec<f32>> {
    let steps = || words.chunks_exact(2 + 5 * hidden);
    let states = interest_steps.chunks_exact(interest_step_values(hidden));
    let mut parts = vec![
        states.flat_map(|step| &step[..hidden]).copied().collect(),
        steps().map(|step| step[0]).collect(),
        steps().map(|step| step[1]).collect(),
    ];
    parts.extend((0..5).map(|field| steps().flat_map(|step| &step[2 + field * hidden..][..hidden]).copied().collect()));
    parts
}
