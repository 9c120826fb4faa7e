//! DIEN's second recurrent layer where attention does not enter it, `second_gru.wgsl` in Rust.

use crate::layers::Gru;
use crate::stages::interest_extractor::cpu::InterestStep;
use crate::stages::shared::gru::GruStep;

/// h'_t = GRU(h_t, h'_{t−1}) of the layer `second`. `previous` is the step before, none before the first.
pub(crate) fn second_gru(second: &Gru, previous: Option<&GruStep>, interest: &InterestStep) -> GruStep {
    let input: Vec<f32> = interest.input.iter().zip(&second.input.bias).map(|(x, b)| x + b).collect(); // (1, 2, 3)
    GruStep::new(second, &input, previous.map(|step| step.state.as_slice())) // (1, 2, 3, 4)
}
