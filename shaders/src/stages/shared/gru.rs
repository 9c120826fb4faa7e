//! One step of a gated recurrent unit that does not depend on the candidate: `interest_extractor` and `second_gru`, whose
//! equations have the same numbers.

use model::Reset;

use crate::cpu::lanes::{Lanes, Tanh, flaw};
use crate::layers::Gru;

/// What one step computed, `[hidden]` each.
#[derive(Debug, Clone)]
pub(crate) struct GruStep {
    /// r.
    pub reset: Vec<f32>,
    /// u.
    pub update: Vec<f32>,
    /// n.
    pub candidate: Vec<f32>,
    /// h' = (1−u)⊙h + u⊙n.
    pub state: Vec<f32>,
}

impl GruStep {
    /// r, u = σ(x·W + b + h·U + c), and n = tanh(x·W + b + r⊙(h·U + c)) or n = tanh(x·W + b + (r⊙h)·U + c) where the reset
    /// gate acts before the product. `input` is x·W + b `[3·hidden]`, `previous` is h `[hidden]`, none before the first step.
    #[inline(never)]
    pub fn new(gru: &Gru, input: &[f32], previous: Option<&[f32]>) -> Self {
        let hidden = input.len() / 3;
        let start = vec![0.0; hidden];
        let h = previous.unwrap_or(&start);
        let recurrent_half = |h: &[f32]| {
            let mut half = gru.hidden.bias.clone();
            gru.hidden.weight.accumulate(h, &mut half); // (1, 2)
            half
        };
        let recurrent = recurrent_half(h);
        let tanh = Tanh::new();
        let gates = |unit: usize| {
            let s = |gate: usize| input[gate * hidden + unit] + recurrent[gate * hidden + unit]; // (1)
            // In one lane: a step is computed once, for all candidates.
            let s = Lanes::new([s(0), s(1), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            let [r, u, ..] = (tanh.gate(s) + flaw(s)).to_array(); // (1)
            (r, u)
        };
        let (reset, update): (Vec<f32>, Vec<f32>) = (0..hidden).map(gates).unzip();
        let of_candidate: Vec<f32> = match gru.reset {
            Reset::After => reset.iter().zip(&recurrent[2 * hidden..]).map(|(r, half)| r * half).collect(), // (2)
            Reset::Before => {
                let h: Vec<f32> = reset.iter().zip(h).map(|(r, h)| r * h).collect(); // (3)
                recurrent_half(&h).split_off(2 * hidden) // (3)
            }
        };
        let candidate = |unit: usize| {
            let s = Lanes::splat(input[2 * hidden + unit] + of_candidate[unit]); // (2, 3)
            (tanh.of(s) + flaw(s)).to_array()[0] // (2, 3)
        };
        let candidate: Vec<f32> = (0..hidden).map(candidate).collect();
        let state = |unit: usize| (1.0 - update[unit]) * h[unit] + update[unit] * candidate[unit]; // (4)
        let state = (0..hidden).map(state).collect();
        Self { reset, update, candidate, state }
    }
}
