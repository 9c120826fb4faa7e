//! DIEN's interest evolution, `interest_evolution.wgsl` in Rust.

use model::{Evolution, Reset};

use crate::cpu::dense::Dense;
use crate::cpu::lanes::{Tanh, Vector};
use crate::layers::{self, Gru, Matrix};
use crate::stages::interest_extractor::cpu::InterestStep;

/// The evolution layer's weights, laid out for [`InterestEvolution::run`].
#[derive(Debug)]
pub(crate) struct InterestEvolution<V> {
    zero: V,
    kind: Evolution,
    hidden: usize,
    /// b, `[3·hidden]`.
    input_bias: Vec<f32>,
    /// What the layer keeps of the history, oldest step first.
    steps: Vec<StepInput>,
    /// h·U + c `[3·hidden]`; of r and u alone `[2·hidden]` where the reset gate acts before the product.
    recurrent: Dense<V>,
    /// (r⊙h)·U_n + c_n `[hidden]`, where the reset gate acts before the product.
    recurrent_of_candidate: Option<Dense<V>>,
    /// What the two layers gave.
    sums: [Vec<V>; 2],
    /// r⊙h, `[hidden]`.
    reset_state: Vec<V>,
}

/// What one step adds to the sums, the same for every candidate.
#[derive(Debug)]
struct StepInput {
    /// Where h·U starts from: its bias c, and of r and u x_t·W + b, too; `[⌈columns/4⌉][4]`, filled up with zeros.
    start: Vec<[f32; 4]>,
    /// x_t·W_n + b_n, `[hidden]`.
    of_candidate: Vec<f32>,
    /// What AIGRU's attention scales, h_t·W `[3·hidden]`, which is then in neither `start` nor `of_candidate`.
    scaled: Vec<f32>,
}

/// What every step computed for each candidate, `[step, hidden]` each.
#[derive(Debug)]
pub(crate) struct EvolutionTrace<V> {
    /// r.
    pub reset: Vec<V>,
    /// u.
    pub update: Vec<V>,
    /// ũ.
    pub attentional_update: Vec<V>,
    /// n.
    pub candidate: Vec<V>,
    /// h'.
    pub state: Vec<V>,
}

impl<V> EvolutionTrace<V> {
    /// Of no steps.
    pub fn new() -> Self {
        let [reset, update, attentional_update, candidate, state] = [const { Vec::new() }; 5];
        Self { reset, update, attentional_update, candidate, state }
    }

    /// Forgets all steps.
    pub fn clear(&mut self) {
        let Self { reset, update, attentional_update, candidate, state } = self;
        for values in [reset, update, attentional_update, candidate, state] {
            values.clear();
        }
    }
}

impl<V: Vector> InterestEvolution<V> {
    /// The layer `evolution` of this kind after no steps.
    pub fn new(zero: V, evolution: &Gru, kind: Evolution) -> Self {
        let (hidden, layers::Dense { weight, bias }) = (evolution.width(), &evolution.hidden);
        let columns = |from: usize, to: usize| {
            let values = weight.rows().flat_map(|row| &row[from * hidden..to * hidden]).copied().collect();
            let weight = Matrix { columns: (to - from) * hidden, values };
            Dense::new(zero, &weight, &bias[from * hidden..to * hidden])
        };
        let (recurrent, recurrent_of_candidate) = match evolution.reset {
            Reset::After => (columns(0, 3), None),
            Reset::Before => (columns(0, 2), Some(columns(2, 3))),
        };
        Self {
            zero,
            kind,
            hidden,
            input_bias: evolution.input.bias.clone(),
            recurrent,
            recurrent_of_candidate,
            sums: [Vec::new(), Vec::new()],
            reset_state: vec![zero; hidden],
            steps: Vec::new(),
        }
    }

    /// Forgets the steps from `kept` on.
    pub fn truncate(&mut self, kept: usize) {
        self.steps.truncate(kept);
    }

    /// Appends a step.
    pub fn push(&mut self, step: &InterestStep) {
        let (mut input, mut scaled) = (self.input_bias.clone(), Vec::new());
        if self.kind == Evolution::Aigru {
            scaled.clone_from(&step.input); // (6)
        } else {
            for (input, x) in input.iter_mut().zip(&step.input) {
                *input += x; // (1, 2, 3)
            }
        }
        let of_candidate = input.split_off(2 * self.hidden);
        let mut start = self.recurrent.bias().to_vec();
        for (start, x) in start.as_flattened_mut().iter_mut().zip(&input) {
            *start += x; // (1)
        }
        self.steps.push(StepInput { start, of_candidate, scaled });
    }

    /// The steps of each candidate by the equations of `interest_evolution.wgsl`, where h is h'_{t−1}; `attention` is
    /// `[step]`. Leaves h'_T in `state` `[hidden]`, and in `trace` each unit of each step.
    ///
    /// What is alike for all candidates, x·W + b + c of r and u, is where the sums start from ([`StepInput::start`]); what
    /// AIGRU's attention scales is added later.
    #[inline(always)]
    pub fn run(&mut self, attention: &[V], state: &mut [V], mut trace: Option<&mut EvolutionTrace<V>>) {
        let (zero, hidden, kind) = (self.zero, self.hidden, self.kind);
        let tanh = Tanh::new();
        let [of_gates, of_candidate] = &mut self.sums;
        state.fill(zero);
        for (t, (step, &a)) in self.steps.iter().zip(attention).enumerate() {
            // h'_0 is 0, which adds nothing.
            self.recurrent.run_with(&step.start, if t == 0 { &[] } else { state }, of_gates); // (1, 2)
            let (gates, of_n) = of_gates.split_at_mut(2 * hidden);
            for (sum, &x) in gates.iter_mut().zip(&step.scaled) {
                *sum += a * x; // (6)
            }
            // One pass for the gates and one for the rest: in one, each unit's long chain of dependent operations would
            // wait for itself.
            for sum in &mut *gates {
                *sum = tanh.gate(*sum); // (1)
            }
            let (r, u) = gates.split_at(hidden);
            let n = if let Some(recurrent) = &self.recurrent_of_candidate {
                for ((reset, &r), &h) in self.reset_state.iter_mut().zip(r).zip(&*state) {
                    *reset = r * h; // (3)
                }
                recurrent.run(&self.reset_state, of_candidate); // (3)
                &mut of_candidate[..hidden]
            } else {
                for (sum, &r) in of_n.iter_mut().zip(r) {
                    *sum = r * *sum; // (2)
                }
                &mut of_n[..hidden]
            };
            for (sum, &x) in n.iter_mut().zip(step.scaled.iter().skip(2 * hidden)) {
                *sum += a * x; // (6)
            }
            for (n, &x) in n.iter_mut().zip(&step.of_candidate) {
                *n = tanh.of(*n + x); // (2, 3)
            }
            for ((h, &u), &n) in state.iter_mut().zip(u).zip(&*n) {
                // (1−ũ)⊙h + ũ⊙n as h + ũ⊙(n−h), one product fewer.
                *h = attentional_update(kind, a, u).mul_add(n - *h, *h); // (4, 5)
            }
            if let Some(trace) = &mut trace {
                trace.reset.extend_from_slice(r);
                trace.update.extend_from_slice(u);
                trace.attentional_update.extend(u.iter().map(|&u| attentional_update(kind, a, u)));
                trace.candidate.extend_from_slice(n);
                trace.state.extend_from_slice(state);
            }
        }
    }
}

/// ũ_t of attention a_t and update gate u_t.
#[inline(always)]
fn attentional_update<V: Vector>(kind: Evolution, a: V, u: V) -> V {
    match kind {
        Evolution::Aigru | Evolution::Gru => u, // (4)
        Evolution::Agru => a,                   // (4)
        Evolution::Augru => a * u,              // (4)
        // 1 − (1−a)·(1−u), multiplied out.
        Evolution::AugruAuthors => a + u - a * u, // (4)
    }
}

#[cfg(test)]
mod tests {
    use model::DienConfig;
    use testing::config;

    use super::*;
    use crate::cpu::lanes::Lanes;
    use crate::networks::Body;
    use crate::seeded::by_hand;
    use crate::stages::second_gru::cpu::second_gru;
    use crate::stages::shared::gru::GruStep;

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
            let dien = DienConfig { reset, ..DienConfig::new(1, kind) };
            let network = by_hand(config([1, 0], dien), &weights);
            let Body::Dien(dien) = &network.body else { unreachable!() };
            let mut steps: Vec<InterestStep> = Vec::new();
            let mut state = 0.0;
            let mut states = Vec::new();
            for x in [0.8, -1.5] {
                steps.push(InterestStep::new(&dien.extractor, &dien.second.input.weight, steps.last(), &[x]));
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
                    second.push(second_gru(&dien.second, second.last(), step));
                }
                found.extend(second.iter().map(|step| {
                    let GruStep { reset, update, candidate, state } = step;
                    [reset[0], update[0], update[0], candidate[0], state[0]]
                }));
            } else {
                let mut trace = EvolutionTrace::new();
                let attention = attention.map(Lanes::splat);
                let mut layer = InterestEvolution::new(Lanes::ZERO, &dien.second, dien.kind);
                steps.iter().for_each(|step| layer.push(step));
                layer.run(&attention, &mut last, Some(&mut trace));
                let EvolutionTrace { reset, update, attentional_update, candidate, state } = &trace;
                found.extend((0..state.len()).map(|step| {
                    [reset, update, attentional_update, candidate, state].map(|values| values[step].to_array()[5])
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
        let dien = DienConfig { reset: Reset::Before, ..DienConfig::new(2, Evolution::Agru) };
        let network = by_hand(config([2, 0], dien), &weights);
        let Body::Dien(dien) = &network.body else { unreachable!() };
        let step = InterestStep { state: vec![0.0; 2], input: vec![0.0; 6] };
        let mut last = [Lanes::ZERO; 2];
        let attention = [Lanes::splat(0.5); 2];
        let mut layer = InterestEvolution::new(Lanes::ZERO, &dien.second, dien.kind);
        (0..2).for_each(|_| layer.push(&step));
        layer.run(&attention, &mut last, None);
        let r = [0.5f64, -1.0].map(|x| 1.0 / (1.0 + (-x).exp()));
        let h = [0.4f64, -0.8].map(|x| x.tanh() / 2.0);
        // h·U: unit 0 takes 2·h_1 (row 1), unit 1 takes h_0 (row 0).
        let n = [(2.0 * r[1] * h[1] + 0.4).tanh(), (r[0] * h[0] - 0.8).tanh()];
        for unit in 0..2 {
            close(last[unit].to_array()[2], (h[unit] + n[unit]) / 2.0);
        }
    }
}
