//! DIEN's interest extractor, `interest_extractor.wgsl` in Rust.

use crate::layers::{Gru, Matrix};
use crate::stages::shared::gru::GruStep;

/// What one step of the history leaves for every candidate.
#[derive(Debug, Clone)]
pub(crate) struct InterestStep {
    /// Interest state h_t, `[hidden]`.
    pub state: Vec<f32>,
    /// h_t·W of the second recurrent layer's input, without its bias, `[3·hidden]`.
    pub input: Vec<f32>,
}

impl InterestStep {
    /// h_t = GRU(x, h_{t−1}) of the layer `extractor`; `second_input` is the W of the second layer's input. `previous` is
    /// h_{t−1} `[hidden]`, none before the first step; `x` is the item's representation `[H]`.
    pub fn new(extractor: &Gru, second_input: &Matrix, previous: Option<&Self>, x: &[f32]) -> Self {
        let mut input = extractor.input.bias.clone(); // (1, 2, 3)
        extractor.input.weight.accumulate(x, &mut input); // (1, 2, 3)
        let previous = previous.map(|step| step.state.as_slice());
        let GruStep { state, .. } = GruStep::new(extractor, &input, previous); // (1, 2, 3, 4)
        let mut input = vec![0.0; second_input.columns];
        second_input.accumulate(&state, &mut input);
        Self { state, input }
    }
}
