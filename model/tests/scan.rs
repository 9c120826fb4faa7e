//! The recurrent scan alone: its equations in float64, its derivatives by finite differences, and its padding.
#![cfg(feature = "burn")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use burn::prelude::*;
use model::Evolution;
use model::reference::{Keep, Scan};
use proptest::prelude::*;

const EVERY_EVOLUTION: [Evolution; 5] =
    [Evolution::Gru, Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors];

/// The names of the inputs, in the order of [`Case::inputs`].
const NAMES: [&str; 5] = ["x·W", "b", "U", "c", "a"];

/// A scan's inputs, and the factors of the loss Σ factor·state.
#[derive(Debug, Clone)]
struct Case {
    evolution: Evolution,
    keep: Keep,
    hidden: usize,
    steps: usize,
    candidates: usize,
    lengths: Vec<usize>,
    /// x·W `[batch, step, 3·hidden]`, b, U, c, and a `[batch, candidate, step]`.
    inputs: [Vec<f32>; 5],
    /// [batch, candidate, step or 1, hidden].
    factors: Vec<f32>,
}

impl Case {
    fn shape_of_x(&self) -> [usize; 3] {
        [self.lengths.len(), self.steps, 3 * self.hidden]
    }

    fn shape_of_a(&self) -> [usize; 3] {
        [self.lengths.len(), self.candidates, self.steps]
    }

    /// Whether entry `index` of input `which` belongs to a step after the end of its history.
    fn is_padding(&self, which: usize, index: usize) -> bool {
        match which {
            0 => index / (3 * self.hidden) % self.steps >= self.lengths[index / (3 * self.hidden * self.steps)],
            4 => index % self.steps >= self.lengths[index / (self.steps * self.candidates)],
            _ => false,
        }
    }

    /// The states, and the derivatives of the loss by each input.
    fn scan(&self) -> (Vec<f32>, [Vec<f32>; 5]) {
        let device = Device::flex().autodiff();
        let [x, b, u, c, a] = self.inputs.clone();
        let d = self.hidden;
        let scan = Scan {
            product: Tensor::from_data(TensorData::new(x, self.shape_of_x()), &device).require_grad(),
            input_bias: Tensor::from_data(TensorData::new(b, [3 * d]), &device).require_grad(),
            hidden: Tensor::from_data(TensorData::new(u, [d, 3 * d]), &device).require_grad(),
            hidden_bias: Tensor::from_data(TensorData::new(c, [3 * d]), &device).require_grad(),
            attention: Tensor::from_data(TensorData::new(a, self.shape_of_a()), &device).require_grad(),
        };
        let states = scan.clone().states(self.evolution, self.keep, &self.lengths).unwrap();
        let factors = TensorData::new(self.factors.clone(), states.dims());
        let gradients = (states.clone() * Tensor::from_data(factors, &device)).sum().backward();
        let found = [
            read(scan.product.grad(&gradients)),
            read(scan.input_bias.grad(&gradients)),
            read(scan.hidden.grad(&gradients)),
            read(scan.hidden_bias.grad(&gradients)),
            read(scan.attention.grad(&gradients)),
        ];
        (read(Some(states)), found)
    }

    /// The states by the equations of a step, one number after the other.
    fn states(&self, inputs: &[Vec<f64>; 5]) -> Vec<f64> {
        let [x, b, u, c, attention] = inputs;
        let d = self.hidden;
        let sigmoid = |s: f64| 1.0 / (1.0 + (-s).exp());
        let mut states = Vec::new();
        for (row, &length) in self.lengths.iter().enumerate() {
            for candidate in 0..self.candidates {
                let mut h = vec![0.0; d];
                for t in 0..self.steps {
                    if t < length {
                        let a = attention[(row * self.candidates + candidate) * self.steps + t];
                        let scale = if self.evolution == Evolution::Aigru { a } else { 1.0 };
                        let from_input = |k: usize| scale * x[(row * self.steps + t) * 3 * d + k] + b[k];
                        let from_state = |k: usize| c[k] + (0..d).map(|j| h[j] * u[j * 3 * d + k]).sum::<f64>();
                        let next = |i: usize| {
                            let r = sigmoid(from_input(i) + from_state(i));
                            let u = sigmoid(from_input(d + i) + from_state(d + i));
                            let n = (from_input(2 * d + i) + r * from_state(2 * d + i)).tanh();
                            let write = match self.evolution {
                                Evolution::Gru | Evolution::Aigru => u,
                                Evolution::Agru => a,
                                Evolution::Augru => a * u,
                                Evolution::AugruAuthors => 1.0 - (1.0 - a) * (1.0 - u),
                            };
                            (1.0 - write) * h[i] + write * n
                        };
                        h = (0..d).map(next).collect();
                    }
                    if self.keep == Keep::All || t + 1 == self.steps {
                        states.extend_from_slice(&h);
                    }
                }
            }
        }
        states
    }

    fn loss(&self, inputs: &[Vec<f64>; 5]) -> f64 {
        self.states(inputs).iter().zip(&self.factors).map(|(state, &factor)| state * f64::from(factor)).sum()
    }
}

fn read<const D: usize>(tensor: Option<Tensor<D>>) -> Vec<f32> {
    tensor.unwrap().into_data().iter::<f32>().collect()
}

fn values(count: usize, limit: f32) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-limit..limit, count)
}

/// Up to `batch` histories of up to 4 steps, some of them empty.
fn cases(batch: usize) -> impl Strategy<Value = Case> {
    let evolution = prop::sample::select(EVERY_EVOLUTION.to_vec());
    let keep = prop::sample::select(vec![Keep::All, Keep::Last]);
    // More candidates than are computed side by side, too.
    let candidates = prop::sample::select(vec![1, 2, 3, 17]);
    let sizes = (evolution, keep, 1..5usize, 1..5usize, candidates);
    sizes.prop_flat_map(move |(evolution, keep, hidden, steps, candidates)| {
        prop::collection::vec(0..=steps, 1..=batch).prop_flat_map(move |lengths| {
            let rows = lengths.len();
            let kept = if keep == Keep::All { steps } else { 1 };
            let gates = 3 * hidden;
            let inputs = (
                values(rows * steps * gates, 1.5),
                values(gates, 1.0),
                values(hidden * gates, 1.0),
                values(gates, 1.0),
                prop::collection::vec(0f32..1.0, rows * candidates * steps),
            );
            (inputs, values(rows * candidates * kept * hidden, 1.0)).prop_map(move |((x, b, u, c, a), factors)| Case {
                evolution,
                keep,
                hidden,
                steps,
                candidates,
                lengths: lengths.clone(),
                inputs: [x, b, u, c, a],
                factors,
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn states_and_derivatives_are_those_of_the_equations(case in cases(5)) {
        let exact = case.inputs.clone().map(|input| input.into_iter().map(f64::from).collect::<Vec<_>>());
        let (states, derivatives) = case.scan();
        let expected = case.states(&exact);
        prop_assert_eq!(states.len(), expected.len());
        for (state, expected) in states.iter().zip(expected) {
            // Float32 with σ and tanh to 3e-7, over up to 4 steps.
            prop_assert!((f64::from(*state) - expected).abs() < 5e-6, "{state} and {expected}");
        }
        for (which, (found, name)) in derivatives.iter().zip(NAMES).enumerate() {
            prop_assert_eq!(found.len(), exact[which].len());
            for (index, &found) in found.iter().enumerate() {
                // The error of a central difference is of order STEP² and rounding, 1e-16/STEP: 1e-9 at most.
                const STEP: f64 = 1e-5;
                let moved = |by: f64| {
                    let mut inputs = exact.clone();
                    inputs[which][index] += by;
                    case.loss(&inputs)
                };
                let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                // ∂U, ∂b and ∂c are float32 sums of up to 340 terms; their terms may cancel.
                let tolerance = 3e-5 * (1.0 + expected.abs());
                prop_assert!((f64::from(found) - expected).abs() < tolerance, "∂{name}[{index}]: {found} and {expected}");
            }
        }
    }

    #[test]
    fn padding_changes_no_state_and_no_derivative(case in cases(20), padding in -9f32..9.0) {
        let mut changed = case.clone();
        for which in [0, 4] {
            for (index, value) in changed.inputs[which].iter_mut().enumerate() {
                if case.is_padding(which, index) {
                    *value = padding;
                }
            }
        }
        let (states, derivatives) = case.scan();
        // Exactly: it is the same arithmetic.
        prop_assert_eq!(&(states, derivatives.clone()), &changed.scan());
        for which in [0, 4] {
            for (index, &found) in derivatives[which].iter().enumerate() {
                prop_assert!(!case.is_padding(which, index) || found == 0.0, "∂{}[{index}] is {found}", NAMES[which]);
            }
        }
    }

    #[test]
    fn an_empty_history_has_the_state_0_and_no_part_in_any_derivative(mut case in cases(20)) {
        case.lengths.fill(0);
        let (states, derivatives) = case.scan();
        prop_assert!(states.iter().chain(derivatives.iter().flatten()).all(|&value| value == 0.0));
    }

    #[test]
    fn augru_and_agru_keep_the_state_where_attention_is_0(
        mut case in cases(20),
        evolution in prop::sample::select(vec![Evolution::Augru, Evolution::Agru]),
        steps in 0..5usize,
    ) {
        case.evolution = evolution;
        case.keep = Keep::Last;
        case.factors = vec![1.0; case.lengths.len() * case.candidates * case.hidden];
        case.lengths.fill(case.steps);
        for (index, a) in case.inputs[4].iter_mut().enumerate() {
            if index % case.steps >= steps {
                *a = 0.0;
            }
        }
        let mut shorter = case.clone();
        shorter.lengths.fill(steps.min(case.steps));
        // Exactly: h + 0·(n − h).
        prop_assert_eq!(case.scan().0, shorter.scan().0);
    }
}
