//! DIEN's second recurrent layer where attention does not enter it, `wgsl/second_gru.wgsl` in Rust.

use super::gru::GruStep;
use super::interest_extractor::InterestStep;
use crate::network::Dien;

/// h'_t = GRU(h_t, h'_{t−1}), by the equations of [`GruStep::new`]. `previous` is the step before, none before the first.
pub(crate) fn second_gru(dien: &Dien, previous: Option<&GruStep>, interest: &InterestStep) -> GruStep {
    let input: Vec<f32> = interest.input.iter().zip(&dien.evolution.input.bias).map(|(x, b)| x + b).collect();
    GruStep::new(&dien.evolution, &input, previous.map(|step| step.state.as_slice()))
}
