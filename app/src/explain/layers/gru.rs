//! A gated recurrent unit at one step: Cho et al. 2014, in the letters of the DIEN paper, where u writes and 1 − u keeps.

use std::sync::Arc;

use model::{Reset, Weights};

use crate::explain::calculation::{Calculation, Function, Named, Term, Vector, at, column_terms};
use crate::language::t;

/// A recurrent unit at one step.
pub struct Gru {
    /// The network's weights.
    pub weights: Arc<Weights>,
    /// The name of the unit's tensors.
    pub name: &'static str,
    /// Whether the reset gate scales the state or what the weights make of it.
    pub reset: Reset,
    /// The input, x_t.
    pub x: Named,
    /// AIGRU's a_t, which scales the input.
    pub attention: Option<f32>,
    /// The state before this step.
    pub h: Named,
    /// r_t, `[hidden]`.
    pub r: Vec<f32>,
}

impl Gru {
    /// Input, state before, and r, u, n, `[hidden]` each.
    pub fn gates(&self, u: &[f32], n: &[f32]) -> Vec<Vector> {
        let (x, h) = (self.x.letter, self.h.letter);
        let scaled = if self.attention.is_some() { format!("a_t {x}") } else { x.to_owned() };
        let gate =
            |letter: &str| format!("{letter}_t = σ({scaled} W_{letter} + b_{letter} + {h} U_{letter} + c_{letter})");
        let candidate = match self.reset {
            Reset::After => format!("n_t = tanh({scaled} W_n + b_n + r_t ⊙ ({h} U_n + c_n))"),
            Reset::Before => format!("n_t = tanh({scaled} W_n + b_n + (r_t ⊙ {h}) U_n + c_n)"),
        };
        vec![
            Vector::given(t!("input of this step"), x, x, self.x.values.as_slice()).computed_before(),
            Vector::given(t!("state before this step"), h, h, self.h.values.as_slice()).computed_before(),
            Vector::new(t!("reset gate"), "r_t", gate("r"), self.r.as_slice(), self.explain(0)).gate().in_steps(),
            Vector::new(t!("update gate"), "u_t", gate("u"), u, self.explain(1)).gate().in_steps(),
            Vector::new(t!("candidate state"), "n_t", candidate, n, self.explain(2)).in_steps(),
        ]
    }

    /// How a unit of r (0), u (1) or n (2) comes about.
    fn explain(&self, gate: usize) -> impl Fn(usize) -> Calculation + Send + Sync + 'static {
        let hidden = self.h.values.len();
        let Self { weights, name, reset, x, attention, h, r } = self;
        let (weights, name, reset, x, attention, h, r) =
            (weights.clone(), *name, *reset, x.clone(), *attention, h.clone(), r.clone());
        let letter = ["r", "u", "n"][gate];
        move |unit| {
            let column = gate * hidden + unit;
            let of = |part: &str| weights.values(&format!("{name}.{part}"));
            let scale = attention.map(|a| ("a_t", a));
            let mut terms = column_terms(&x, (&format!("W_{letter}"), of("input.weight")), 3 * hidden, column, scale);
            terms.push(Term::new(format!("b_{letter}"), [of("input.bias")[column]]));
            let recurrent = (&*format!("U_{letter}"), of("hidden.weight"));
            let bias = of("hidden.bias")[column];
            let bias_letter = format!("c_{letter}");
            if gate < 2 {
                terms.extend(column_terms(&h, recurrent, 3 * hidden, column, None));
                terms.push(Term::new(bias_letter, [bias]));
                return Calculation::sum_of(terms).then(Function::Sigmoid);
            }
            match reset {
                Reset::After => {
                    let r_i = at("r_t", unit);
                    terms.extend(column_terms(&h, recurrent, 3 * hidden, column, Some((&r_i, r[unit]))));
                    terms.push(Term::new(format!("{r_i} {bias_letter}"), [r[unit], bias]));
                }
                Reset::Before => {
                    let all = column_terms(&h, recurrent, 3 * hidden, column, None).into_iter().enumerate();
                    terms.extend(all.map(|(j, Term { letters, factors })| {
                        Term::new(format!("{} {letters}", at("r_t", j)), [r[j], factors[0], factors[1]])
                    }));
                    terms.push(Term::new(bias_letter, [bias]));
                }
            }
            Calculation::sum_of(terms).then(Function::Tanh)
        }
    }

    /// The state that the gate `writes` and the candidate state make, `[hidden]` each.
    pub fn state(
        &self,
        name: &'static str,
        letter: &str,
        (writes, gate): (&'static str, &[f32]),
        n: &[f32],
        state: &[f32],
    ) -> Vector {
        let (before, gate, n) = (self.h.clone(), gate.to_vec(), n.to_vec());
        let equation = format!("{letter} = (1 − {writes}) ⊙ {} + {writes} ⊙ n_t", before.letter);
        Vector::new(name, letter, equation, state, move |unit| {
            let g = at(writes, unit);
            Calculation::sum_of(vec![
                Term::new(format!("(1 − {g}) {}", at(before.letter, unit)), [1.0 - gate[unit], before.values[unit]]),
                Term::new(format!("{g} {}", at("n_t", unit)), [gate[unit], n[unit]]),
            ])
        })
        .in_steps()
    }
}
