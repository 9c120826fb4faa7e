//! DIEN's interest extractor, `wgsl/interest_extractor.wgsl` in Rust.

use super::lanes::{Lanes, sigmoid, tanh};
use crate::network::Dien;

/// What one step of the history leaves for every candidate.
#[derive(Debug, Clone)]
pub(crate) struct InterestStep {
    /// Interest state h_t, [hidden].
    pub state: Vec<f32>,
    /// h_t·W of the bilinear attention, [H].
    pub attention: Vec<f32>,
    /// h_t·W of the evolution layer's input, without its bias, [3·hidden].
    pub input: Vec<f32>,
}

impl InterestStep {
    /// h_t = (1−u)⊙h_{t−1} + u⊙n with r, u = σ(x·W + b + h·U + c) and n = tanh(x·W + b + r⊙(h·U + c)).
    /// `previous` is h_{t−1} [hidden], none before the first step; `x` is the item's representation [H].
    pub fn new(dien: &Dien, previous: Option<&Self>, x: &[f32]) -> Self {
        let hidden = dien.hidden;
        let start = vec![0.0; hidden];
        let previous = previous.map_or(&start, |step| &step.state);
        let mut input = dien.extractor.input.bias.clone();
        dien.extractor.input.weight.accumulate(x, &mut input);
        let mut recurrent = dien.extractor.hidden.bias.clone();
        dien.extractor.hidden.weight.accumulate(previous, &mut recurrent);
        let state: Vec<f32> = (0..hidden)
            .map(|unit| {
                let gate = |gate: usize| (input[gate * hidden + unit], recurrent[gate * hidden + unit]);
                let ((input_r, hidden_r), (input_u, hidden_u), (input_n, hidden_n)) = (gate(0), gate(1), gate(2));
                // In one lane: a step is computed once, for all candidates.
                let [r, u, ..] =
                    sigmoid([input_r + hidden_r, input_u + hidden_u, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0].into()).to_array();
                let [n, ..] = tanh(Lanes::splat(input_n + r * hidden_n)).to_array();
                (1.0 - u) * previous[unit] + u * n
            })
            .collect();
        let mut attention = vec![0.0; dien.attention.columns];
        dien.attention.accumulate(&state, &mut attention);
        let mut input = vec![0.0; 3 * hidden];
        dien.evolution.input.weight.accumulate(&state, &mut input);
        Self { state, attention, input }
    }
}
