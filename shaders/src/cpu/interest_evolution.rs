//! DIEN's interest evolution, `wgsl/interest_evolution.wgsl` in Rust.

use model::Evolution;

use super::interest_extractor::InterestStep;
use super::lanes::{Lanes, Product, sigmoid, tanh};
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
    /// candidates; `attention` is [step]. Leaves h'_T in `state` [hidden], and in `trace` each unit of each step.
    pub fn run(
        &mut self,
        steps: &[InterestStep],
        attention: &[Lanes],
        state: &mut [Lanes],
        mut trace: Option<&mut Vec<EvolutionStep>>,
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
                let r = sigmoid(input(0) + recurrent(0));
                let u = sigmoid(input(1) + recurrent(1));
                let n = tanh(input(2) + r * recurrent(2));
                let write = match self.kind {
                    Evolution::Aigru | Evolution::Gru => u,
                    Evolution::Agru => a,
                    Evolution::Augru => a * u,
                    Evolution::AugruAuthors => 1.0 - (1.0 - a) * (1.0 - u),
                };
                *state = (Lanes::splat(1.0) - write) * *state + write * n;
                if let Some(trace) = &mut trace {
                    trace.push(EvolutionStep {
                        reset: r,
                        update: u,
                        attentional_update: write,
                        candidate: n,
                        state: *state,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::interest_extractor::InterestStep;
    use crate::network::Interest;
    use crate::seeded::{by_hand, dien};

    /// One step and one unit after another by the equations, in double precision.
    const W: [f32; 3] = [0.3, -0.2, 0.9];
    const B: [f32; 3] = [0.1, 0.4, -0.3];
    const U: [f32; 3] = [-0.5, 0.7, 1.1];
    const C: [f32; 3] = [0.2, -0.1, 0.6];

    fn gru(h: f64, x: f64) -> [f64; 3] {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let input = |gate: usize| x * f64::from(W[gate]) + f64::from(B[gate]);
        let hidden = |gate: usize| h * f64::from(U[gate]) + f64::from(C[gate]);
        let r = sigmoid(input(0) + hidden(0));
        let u = sigmoid(input(1) + hidden(1));
        [r, u, (input(2) + r * hidden(2)).tanh()]
    }

    #[test]
    fn steps_follow_the_equations() {
        for kind in [Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors] {
            let weights: [(&str, &[f32]); 9] = [
                ("extractor.input.weight", &W),
                ("extractor.input.bias", &B),
                ("extractor.hidden.weight", &U),
                ("extractor.hidden.bias", &C),
                ("attention.weight", &[2.0]),
                ("evolution.input.weight", &W),
                ("evolution.input.bias", &B),
                ("evolution.hidden.weight", &U),
                ("evolution.hidden.bias", &C),
            ];
            let network = by_hand(dien([1, 0, 1], kind), &weights);
            let Interest::Dien(dien) = &network.interest else { unreachable!() };
            let mut steps: Vec<InterestStep> = Vec::new();
            let mut state = 0.0;
            let mut states = Vec::new();
            for x in [0.8, -1.5] {
                steps.push(InterestStep::new(dien, steps.last(), &[x]));
                let [_, u, n] = gru(state, f64::from(x));
                state = (1.0 - u) * state + u * n;
                states.push(state);
            }
            // A few roundings of numbers below 1.
            let close = |found: f32, expected: f64| {
                assert!((f64::from(found) - expected).abs() < 1e-6, "{kind:?}: {found} {expected}");
            };
            for (step, &state) in steps.iter().zip(&states) {
                close(step.state[0], state);
                close(step.attention[0], 2.0 * state);
                close(step.input[2], f64::from(W[2]) * state);
            }

            let attention = [0.25, 0.75];
            let mut found = Vec::new();
            let mut last = [Lanes::ZERO];
            let lanes = attention.map(Lanes::splat);
            InterestEvolution::new(dien).run(&steps, &lanes, &mut last, Some(&mut found));
            let mut state = 0.0;
            for ((&a, &h), step) in attention.iter().zip(&states).zip(&found) {
                let a = f64::from(a);
                let [r, u, n] = gru(state, if kind == Evolution::Aigru { a * h } else { h });
                let write = match kind {
                    Evolution::Aigru | Evolution::Gru => u,
                    Evolution::Agru => a,
                    Evolution::Augru => a * u,
                    Evolution::AugruAuthors => 1.0 - (1.0 - a) * (1.0 - u),
                };
                state = (1.0 - write) * state + write * n;
                close(step.reset.to_array()[5], r);
                close(step.update.to_array()[5], u);
                close(step.attentional_update.to_array()[5], write);
                close(step.candidate.to_array()[5], n);
                close(step.state.to_array()[5], state);
            }
            assert_eq!(found.len(), 2);
            close(last[0].to_array()[0], state);
        }
    }
}
