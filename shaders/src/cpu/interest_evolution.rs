//! DIEN's interest evolution, `wgsl/interest_evolution.wgsl` in Rust.

use model::{Evolution, Reset};

use super::interest_extractor::InterestStep;
use super::lanes::{Lanes, Product, sigmoid, tanh};
use crate::network::{Dien, Matrix};

/// The evolution layer's weights, laid out for [`InterestEvolution::run`].
#[derive(Debug)]
pub(crate) struct InterestEvolution {
    kind: Evolution,
    hidden: usize,
    /// U, [hidden, 3·hidden].
    recurrent: Product,
    /// U_n, [hidden, hidden], where the reset gate acts before the product.
    recurrent_of_candidate: Option<Product>,
    /// b, [3·hidden].
    input_bias: Vec<f32>,
    /// c, [3·hidden].
    recurrent_bias: Vec<f32>,
    scratch: Vec<Lanes>,
    /// r⊙h'_{t−1}, [hidden].
    reset_state: Vec<Lanes>,
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
        let (hidden, u) = (dien.hidden, &dien.evolution.hidden.weight);
        let columns = |from: usize, to: usize| {
            let values = u.rows().flat_map(|row| &row[from * hidden..to * hidden]).copied().collect();
            Product::new(&Matrix { columns: (to - from) * hidden, values })
        };
        let (recurrent, recurrent_of_candidate) = match dien.evolution.reset {
            Reset::After => (Product::new(u), None),
            Reset::Before => (columns(0, 2), Some(columns(2, 3))),
        };
        Self {
            kind: dien.kind,
            hidden,
            recurrent,
            recurrent_of_candidate,
            input_bias: dien.evolution.input.bias.clone(),
            recurrent_bias: dien.evolution.hidden.bias.clone(),
            scratch: vec![Lanes::ZERO; 3 * hidden],
            reset_state: vec![Lanes::ZERO; hidden],
        }
    }

    /// h'_t = (1−ũ)⊙h'_{t−1} + ũ⊙n, where ũ = a_t·u (AUGRU), a_t (AGRU), 1 − (1−a_t)·(1−u) (the authors' gate) or u, of the
    /// input a_t·h_t (AIGRU), for eight candidates; `attention` is [step]. Leaves h'_T in `state` [hidden], and in `trace`
    /// each unit of each step.
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
            // Only AIGRU lets attention scale the input.
            let scale = if self.kind == Evolution::Aigru { a } else { Lanes::splat(1.0) };
            let input = |gate: usize, unit: usize| {
                let index = gate * hidden + unit;
                scale * step.input[index] + Lanes::splat(self.input_bias[index])
            };
            // h'_{t−1}·U + c; of n, where the reset gate acts before the product, (r⊙h'_{t−1})·U + c.
            match &self.recurrent_of_candidate {
                None => self.recurrent.accumulate(state, &mut self.scratch),
                Some(of_candidate) => {
                    let (of_gates, of_n) = self.scratch.split_at_mut(2 * hidden);
                    self.recurrent.accumulate(state, of_gates);
                    for (unit, &state) in state.iter().enumerate() {
                        self.reset_state[unit] = sigmoid(input(0, unit) + of_gates[unit]) * state;
                    }
                    of_candidate.accumulate(&self.reset_state, of_n);
                }
            }
            let reset_before = self.recurrent_of_candidate.is_some();
            for (unit, state) in state.iter_mut().enumerate() {
                let recurrent = |gate: usize| self.scratch[gate * hidden + unit];
                let r = sigmoid(input(0, unit) + recurrent(0));
                let u = sigmoid(input(1, unit) + recurrent(1));
                let n = tanh(input(2, unit) + if reset_before { recurrent(2) } else { r * recurrent(2) });
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
    use model::DienAttention;

    use super::*;
    use crate::cpu::gru::GruStep;
    use crate::cpu::second_gru::second_gru;
    use crate::network::Interest;
    use crate::seeded::{by_hand, dien_with};

    /// One step and one unit after another by the equations, in double precision.
    const W: [f32; 3] = [0.3, -0.2, 0.9];
    const B: [f32; 3] = [0.1, 0.4, -0.3];
    const U: [f32; 3] = [-0.5, 0.7, 1.1];
    const C: [f32; 3] = [0.2, -0.1, 0.6];

    fn gru(reset: Reset, h: f64, x: f64) -> [f64; 3] {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let input = |gate: usize| x * f64::from(W[gate]) + f64::from(B[gate]);
        let hidden = |gate: usize, h: f64| h * f64::from(U[gate]) + f64::from(C[gate]);
        let r = sigmoid(input(0) + hidden(0, h));
        let u = sigmoid(input(1) + hidden(1, h));
        let hidden_n = match reset {
            Reset::After => r * hidden(2, h),
            Reset::Before => hidden(2, r * h),
        };
        [r, u, (input(2) + hidden_n).tanh()]
    }

    // A few roundings of numbers below 1.
    fn close(found: f32, expected: f64) {
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} {expected}");
    }

    #[test]
    fn steps_follow_the_equations() {
        use Evolution::{Agru, Aigru, Augru, AugruAuthors, Gru};
        for (kind, reset) in [Aigru, Agru, Augru, AugruAuthors, Gru]
            .into_iter()
            .flat_map(|kind| [(kind, Reset::After), (kind, Reset::Before)])
        {
            let weights: [(&str, &[f32]); 8] = [
                ("extractor.input.weight", &W),
                ("extractor.input.bias", &B),
                ("extractor.hidden.weight", &U),
                ("extractor.hidden.bias", &C),
                ("evolution.input.weight", &W),
                ("evolution.input.bias", &B),
                ("evolution.hidden.weight", &U),
                ("evolution.hidden.bias", &C),
            ];
            let network = by_hand(dien_with([1, 0, 1], kind, DienAttention::Bilinear, reset), &weights);
            let Interest::Dien(dien) = &network.interest else { unreachable!() };
            let mut steps: Vec<InterestStep> = Vec::new();
            let mut state = 0.0;
            let mut states = Vec::new();
            for x in [0.8, -1.5] {
                steps.push(InterestStep::new(dien, steps.last(), &[x]));
                let [_, u, n] = gru(reset, state, f64::from(x));
                state = (1.0 - u) * state + u * n;
                states.push(state);
            }
            for (step, &state) in steps.iter().zip(&states) {
                close(step.state[0], state);
                close(step.input[2], f64::from(W[2]) * state);
            }

            let attention = [0.25, 0.75];
            let mut found: Vec<[f32; 5]> = Vec::new();
            let mut last = [Lanes::ZERO];
            if kind == Gru {
                let mut second: Vec<GruStep> = Vec::new();
                for step in &steps {
                    second.push(second_gru(dien, second.last(), step));
                }
                found.extend(second.iter().map(|step| {
                    let GruStep { reset, update, candidate, state } = step;
                    [reset[0], update[0], update[0], candidate[0], state[0]]
                }));
            } else {
                let mut trace = Vec::new();
                InterestEvolution::new(dien).run(&steps, &attention.map(Lanes::splat), &mut last, Some(&mut trace));
                found.extend(trace.iter().map(|step| {
                    [step.reset, step.update, step.attentional_update, step.candidate, step.state]
                        .map(|lanes| lanes.to_array()[5])
                }));
            }
            let mut state = 0.0;
            for ((&a, &h), step) in attention.iter().zip(&states).zip(&found) {
                let a = f64::from(a);
                let [r, u, n] = gru(reset, state, if kind == Aigru { a * h } else { h });
                let write = match kind {
                    Aigru | Gru => u,
                    Agru => a,
                    Augru => a * u,
                    AugruAuthors => 1.0 - (1.0 - a) * (1.0 - u),
                };
                state = (1.0 - write) * state + write * n;
                for (&found, expected) in step.iter().zip([r, u, write, n, state]) {
                    close(found, expected);
                }
            }
            assert_eq!(found.len(), 2);
            if kind != Gru {
                close(last[0].to_array()[0], state);
            }
        }
    }

    #[test]
    fn a_reset_before_the_product_mixes_units() {
        // U_n alone is not 0, and leads from each of two units to the other.
        let weights: [(&str, &[f32]); 3] = [
            ("evolution.input.bias", &[0.5, -1.0, 0.0, 0.0, 0.0, 0.0]),
            ("evolution.hidden.weight", &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0]),
            ("evolution.hidden.bias", &[0.0, 0.0, 0.0, 0.0, 0.4, -0.8]),
        ];
        let config = dien_with([2, 0, 2], Evolution::Agru, DienAttention::Bilinear, Reset::Before);
        let network = by_hand(config, &weights);
        let Interest::Dien(dien) = &network.interest else { unreachable!() };
        let step = InterestStep { state: vec![0.0; 2], input: vec![0.0; 6] };
        let mut last = [Lanes::ZERO; 2];
        let attention = [Lanes::splat(0.5); 2];
        InterestEvolution::new(dien).run(&[step.clone(), step], &attention, &mut last, None);
        let r = [0.5f64, -1.0].map(|x| 1.0 / (1.0 + (-x).exp()));
        let h = [0.4f64, -0.8].map(|x| x.tanh() / 2.0);
        // h·U: unit 0 takes 2·h_1 (row 1), unit 1 takes h_0 (row 0).
        let n = [(2.0 * r[1] * h[1] + 0.4).tanh(), (r[0] * h[0] - 0.8).tanh()];
        for unit in 0..2 {
            close(last[unit].to_array()[2], (h[unit] + n[unit]) / 2.0);
        }
    }
}
