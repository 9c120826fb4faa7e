//! DIEN's interest extractor, `interest_extractor.wgsl` in Rust.

use crate::network::Dien;
use crate::stages::shared::gru::GruStep;

/// What one step of the history leaves for every candidate.
#[derive(Debug, Clone)]
pub(crate) struct InterestStep {
    /// Interest state h_t, [hidden].
    pub state: Vec<f32>,
    /// h_t·W of the second recurrent layer's input, without its bias, [3·hidden].
    pub input: Vec<f32>,
}

impl InterestStep {
    /// h_t = GRU(x, h_{t−1}), by the equations of [`GruStep::new`]. `previous` is h_{t−1} [hidden], none before the first
    /// step; `x` is the item's representation [H].
    pub fn new(dien: &Dien, previous: Option<&Self>, x: &[f32]) -> Self {
        let mut input = dien.extractor.input.bias.clone();
        dien.extractor.input.weight.accumulate(x, &mut input);
        let GruStep { state, .. } = GruStep::new(&dien.extractor, &input, previous.map(|step| step.state.as_slice()));
        let mut input = vec![0.0; 3 * dien.hidden];
        dien.evolution.input.weight.accumulate(&state, &mut input);
        Self { state, input }
    }
}
