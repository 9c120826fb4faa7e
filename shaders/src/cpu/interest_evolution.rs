//! DIEN's interest evolution, `wgsl/interest_evolution.wgsl` in Rust.

use model::Evolution;

use super::interest_extractor::InterestStep;
use super::lanes::{Lanes, Product};
use crate::network::Dien;

/// The evolution layer's weights, laid out for [`InterestEvolution::run`].
#[derive(Debug)]
pub(crate) struct InterestEvolution {
    kind: Evolution,
    hidden: usize,
    /// U, [hidden, 3·hidden].
    recurrent: Product,
    /// b, [3·hidden].
    input_bias: Vec<f32>,
    /// c, [3·hidden].
    recurrent_bias: Vec<f32>,
    scratch: Vec<Lanes>,
}

/// What one step computed for eight candidates, [hidden] each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EvolutionStep {
    pub reset: Lanes,
    pub update: Lanes,
    pub attentional_update: Lanes,
    pub candidate: Lanes,
    pub state: Lanes,
}

impl InterestEvolution {
    pub fn new(dien: &Dien) -> Self {
        Self {
            kind: dien.kind,
            hidden: dien.hidden,
            recurrent: Product::new(&dien.evolution.hidden.weight),
            input_bias: dien.evolution.input.bias.clone(),
            recurrent_bias: dien.evolution.hidden.bias.clone(),
            scratch: vec![Lanes::ZERO; 3 * dien.hidden],
        }
    }

    /// h'_t = (1−ũ)⊙h'_{t−1} + ũ⊙n, where ũ = a_t·u (AUGRU), a_t (AGRU) or u, of the input a_t·h_t (AIGRU), for eight
    /// candidates; `attention` is [step]. Leaves h'_T in `state` [hidden]; calls `observe` for each unit of each step.
    pub fn run(
        &mut self,
        steps: &[InterestStep],
        attention: &[Lanes],
        state: &mut [Lanes],
        mut observe: impl FnMut(EvolutionStep),
    ) {
        let hidden = self.hidden;
        state.fill(Lanes::ZERO);
        for (step, &a) in steps.iter().zip(attention) {
            for (recurrent, &bias) in self.scratch.iter_mut().zip(&self.recurrent_bias) {
                *recurrent = Lanes::splat(bias);
            }
            self.recurrent.accumulate(state, &mut self.scratch);
            // Only AIGRU lets attention scale the input.
            let scale = if self.kind == Evolution::Aigru { a } else { Lanes::splat(1.0) };
            for (unit, state) in state.iter_mut().enumerate() {
                let input = |gate: usize| {
                    let index = gate * hidden + unit;
                    scale * step.input[index] + Lanes::splat(self.input_bias[index])
                };
                let recurrent = |gate: usize| self.scratch[gate * hidden + unit];
                let r = (input(0) + recurrent(0)).sigmoid();
                let u = (input(1) + recurrent(1)).sigmoid();
                let n = (input(2) + r * recurrent(2)).tanh();
                let write = match self.kind {
                    Evolution::Aigru => u,
                    Evolution::Agru => a,
                    Evolution::Augru => a * u,
                };
                *state = (Lanes::splat(1.0) - write) * *state + write * n;
                observe(EvolutionStep { reset: r, update: u, attentional_update: write, candidate: n, state: *state });
            }
        }
    }
}
