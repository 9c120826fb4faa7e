//! DIEN's second recurrent layer where attention does not enter it, `second_gru.wgsl` in Rust.

use crate::network::Dien;
use crate::stages::interest_extractor::cpu::InterestStep;
use crate::stages::shared::gru::GruStep;

/// h'_t = GRU(h_t, h'_{t−1}), by the equations of [`GruStep::new`]. `previous` is the step before, none before the first.
pub(crate) fn second_gru(dien: &Dien, previous: Option<&GruStep>, interest: &InterestStep) -> GruStep {
    let input: Vec<f32> = interest.input.iter().zip(&dien.evolution.input.bias).map(|(x, b)| x + b).collect();
    GruStep::new(&dien.evolution, &input, previous.map(|step| step.state.as_slice()))
}
