//! DIEN in burn tensors.

use burn::module::{Module, Param};
use burn::prelude::*;
use burn::tensor::activation::log_sigmoid;

use super::{Auxiliary, DienAttention, DienConfig, Evolution};
use crate::config::attention::Normalization;
use crate::networks::layers::embedding::Histories;
use crate::networks::layers::gru::Gru;
use crate::networks::layers::interest_evolution::{EvolutionStep, InterestEvolution};
use crate::networks::layers::local_activation::LocalActivation;
use crate::networks::layers::mlp::Mlp;
use crate::networks::layers::pooling::normalized;
use crate::networks::layers::reference::{Computed, NextClicks, Reference};
use crate::networks::layers::scan::Keep;
use crate::networks::layers::tensors::{Source, values};

/// Interest extractor (GRU), attention, interest evolution (AUGRU).
#[derive(Module, Debug)]
pub struct Dien {
    extractor: Gru,
    attention: Option<Attention>,
    evolution: InterestEvolution,
    auxiliary: Option<Mlp>,
    #[module(skip)]
    normalization: Normalization,
}

/// What [`DienAttention`] names, where it is not none.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one in a network")]
enum Attention {
    Bilinear(Bilinear),
    LocalActivation(LocalActivation),
}

/// W, `[hidden, H]`.
#[derive(Module, Debug)]
struct Bilinear {
    weight: Param<Tensor<2>>,
}

impl Attention {
    /// Scores `[batch, step, candidate]` of `states` `[batch, step, hidden]` for `query` `[batch, candidate, H]`.
    fn scores(&self, states: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Tensor<3> {
        match self {
            Self::Bilinear(Bilinear { weight: w }) => states.matmul(w.val().unsqueeze()).matmul(query.swap_dims(1, 2)),
            Self::LocalActivation(unit) => unit.forward(states, query, histories).swap_dims(1, 2),
        }
    }
}

/// What DIEN computed for a batch.
#[derive(Debug)]
pub struct DienOutput {
    /// Interest states h_t, `[batch, step, hidden]`.
    pub interest_states: Tensor<3>,
    /// Attention scores, `[batch, step, candidate]`.
    pub scores: Tensor<3>,
    /// Attention a_t, `[batch, step, candidate]`; 0 at padded steps.
    pub attention: Tensor<3>,
    /// Each step of the evolution layer; at least one, but none where a scan computed the layer.
    pub steps: Vec<EvolutionStep>,
    /// The final evolution state h'_T, `[batch, candidate, hidden]`; 0 for an empty history.
    pub interest: Tensor<3>,
}

impl Computed for DienOutput {
    fn interest(&self) -> Tensor<3> {
        self.interest.clone()
    }

    /// In the order of [`DienTrace`](super::DienTrace).
    fn parts(&self, candidate: usize, steps: usize) -> Vec<Vec<f32>> {
        let [_, candidates, hidden] = self.interest.dims();
        // `[1, step, candidate]`
        let column = |tensor: &Tensor<3>| -> Vec<f32> {
            values(tensor.clone()).into_iter().skip(candidate).step_by(candidates).take(steps).collect()
        };
        let gather = |pick: fn(&EvolutionStep) -> &Tensor<3>| {
            let row = |step| values(pick(step).clone())[candidate * hidden..][..hidden].to_vec();
            self.steps.iter().take(steps).flat_map(row).collect::<Vec<f32>>()
        };
        // `[1, step, hidden]`
        let mut states = values(self.interest_states.clone());
        states.truncate(steps * hidden);
        vec![
            states,
            column(&self.scores),
            column(&self.attention),
            gather(|step| &step.reset),
            gather(|step| &step.update),
            gather(|step| &step.attentional_update),
            gather(|step| &step.candidate),
            gather(|step| &step.state),
        ]
    }
}

impl Dien {
    /// The auxiliary loss (DIEN, section "Interest Extractor Layer"): at each step the interest state shall tell the item
    /// that was clicked next, e_{t+1}, from one that was not, ê_{t+1}.
    ///
    /// Σ −log σ(f(h_t, e_{t+1})) − log(1 − σ(f(h_t, ê_{t+1}))) over all valid t, by twice their number; 0 where there is
    /// none. f is the classifier of [`Auxiliary`]. `interest_states` is `[batch, step, hidden]`; `clicked` and `sampled` are
    /// `[batch, step, H]`, row t of them the item of step t; step 0 is not used.
    pub fn auxiliary_loss(
        &self,
        interest_states: Tensor<3>,
        clicked: Tensor<3>,
        sampled: Tensor<3>,
        histories: &Histories,
    ) -> Tensor<1> {
        let [batch, steps, width] = clicked.dims();
        let valid: usize = histories.lengths.iter().map(|length| length.saturating_sub(1)).sum();
        if valid == 0 {
            return Tensor::zeros([1], &clicked.device());
        }
        let hidden = interest_states.dims()[2];
        let states = interest_states.slice([0..batch, 0..steps - 1, 0..hidden]);
        let logits = |next: Tensor<3>| {
            let next = next.slice([0..batch, 1..steps, 0..width]);
            match &self.auxiliary {
                None => (states.clone() * next).sum_dim(2),
                Some(mlp) => {
                    let pairs =
                        Tensor::cat(vec![states.clone(), next], 2).reshape([batch * (steps - 1), hidden + width]);
                    let padding = histories.padding.clone().slice([0..batch, 1..steps]);
                    mlp.forward(pairs, Some(padding.reshape([batch * (steps - 1), 1]))).reshape([batch, steps - 1, 1])
                }
            }
        };
        let loss = -log_sigmoid(logits(clicked)) - log_sigmoid(-logits(sampled));
        let padding = histories.padding.clone().slice([0..batch, 1..steps]).unsqueeze_dim::<3>(2);
        loss.mask_fill(padding, 0.0).sum() / (2 * valid) as f32
    }

    /// The interest evolution layer.
    pub fn evolution(&self) -> &InterestEvolution {
        &self.evolution
    }

    fn scan(&self, keys: &Tensor<3>, query: &Tensor<3>, histories: &Histories) -> Option<DienOutput> {
        let [batch, steps, _] = keys.dims();
        let lengths = &histories.lengths;
        let alone = Tensor::ones([batch, 1, steps], &keys.device());
        let states = self.extractor.scan(keys.clone(), alone.clone())?.states(Evolution::Gru, Keep::All, lengths)?;
        let states = states.squeeze_dim::<3>(1);

        let evolution = self.evolution.evolution();
        let (scores, attention, interest) = if evolution == Evolution::Gru {
            let evolved = self.evolution.gru().scan(states.clone(), alone)?.states(evolution, Keep::All, lengths)?;
            let evolved = evolved.squeeze_dim::<3>(1);
            let (scores, attention) = self.attend(evolved.clone(), query, histories);
            let interest = attention.clone().swap_dims(1, 2).matmul(evolved);
            (scores, attention, interest)
        } else {
            let (scores, attention) = self.attend(states.clone(), query, histories);
            let a = attention.clone().swap_dims(1, 2);
            let last = self.evolution.gru().scan(states.clone(), a)?.states(evolution, Keep::Last, lengths)?;
            (scores, attention, last.squeeze_dim::<3>(2))
        };
        Some(DienOutput { interest_states: states, scores, attention, steps: Vec::new(), interest })
    }

    /// Scores of `states` `[batch, step, hidden]` for `query` `[batch, candidate, H]`, and a_t from them, both
    /// `[batch, step, candidate]`.
    fn attend(&self, states: Tensor<3>, query: &Tensor<3>, histories: &Histories) -> (Tensor<3>, Tensor<3>) {
        let [batch, steps, hidden] = states.dims();
        let shape = [batch, steps, query.dims()[1]];
        let Some(attention) = &self.attention else {
            let is_last = |&length: &usize| (0..steps).map(move |t| if t + 1 == length { 1.0f32 } else { 0.0 });
            let last: Vec<f32> = histories.lengths.iter().flat_map(is_last).collect();
            let last = Tensor::<3>::from_data(TensorData::new(last, [batch, steps, 1]), &states.device());
            return (Tensor::zeros(shape, &states.device()), last.expand(shape));
        };
        let scores = attention.scores(states, query.clone(), histories);
        let padding = histories.padding.clone().unsqueeze_dim::<3>(2).expand(shape);
        let attention = normalized(self.normalization, scores.clone(), padding, 1, hidden);
        (scores, attention)
    }
}

impl Reference for Dien {
    type Options = DienConfig;
    type Output = DienOutput;

    fn new(source: &Source, options: &DienConfig) -> Self {
        let attention = match &options.attention {
            DienAttention::Bilinear => Some(Attention::Bilinear(Bilinear { weight: source.param("attention.weight") })),
            DienAttention::LocalActivation(unit) => {
                Some(Attention::LocalActivation(LocalActivation::new(source, unit)))
            }
            DienAttention::None => None,
        };
        let auxiliary = match &options.auxiliary {
            Auxiliary::InnerProduct => None,
            Auxiliary::Mlp { hidden, activation } => Some(Mlp::new(source, "auxiliary", hidden.len(), *activation)),
        };
        Self {
            extractor: Gru::new(source, "extractor", options.reset),
            attention,
            evolution: InterestEvolution::new(source, "evolution", options.evolution, options.reset),
            auxiliary,
            normalization: options.normalization,
        }
    }

    /// By [`Scan`](crate::networks::layers::scan::Scan) where the device has it; [`DienOutput::steps`] is empty then.
    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> DienOutput {
        self.scan(&keys, &query, histories).unwrap_or_else(|| self.step_by_step(keys, query, histories))
    }

    fn step_by_step(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> DienOutput {
        let [batch, steps, width] = keys.dims();
        let candidates = query.dims()[1];
        let device = query.device();

        // Padding comes after the end, so it cannot reach a valid interest state.
        let mut h = Tensor::zeros([batch, self.extractor.width()], &device);
        let mut interest_states = Vec::with_capacity(steps);
        for t in 0..steps {
            let x = keys.clone().slice([0..batch, t..t + 1, 0..width]).reshape([batch, width]);
            h = self.extractor.step(x, h);
            interest_states.push(h.clone());
        }
        let states = Tensor::stack::<3>(interest_states.clone(), 1);
        let evolve = |attention: Option<&Tensor<3>>| -> Vec<EvolutionStep> {
            let padding = histories.padding.clone().unsqueeze_dim::<3>(2);
            let mut state = self.evolution.start(batch, candidates, &device);
            let step = |(t, h): (usize, &Tensor<2>)| {
                let a = match attention {
                    Some(a) => a.clone().slice([0..batch, t..t + 1, 0..candidates]).swap_dims(1, 2),
                    None => Tensor::ones([batch, candidates, 1], &device),
                };
                let padding = padding.clone().slice([0..batch, t..t + 1, 0..1]);
                let step = self.evolution.step(h.clone(), a, state.clone(), padding);
                state = step.state.clone();
                step
            };
            interest_states.iter().enumerate().map(step).collect()
        };

        if self.evolution.evolution() == Evolution::Gru {
            let steps = evolve(None);
            // Attention looks at h'_t, the same for every candidate.
            let of_first = |step: &EvolutionStep| step.state.clone().slice([0..batch, 0..1]).squeeze_dim::<2>(1);
            let evolved = Tensor::stack::<3>(steps.iter().map(of_first).collect(), 1);
            let (scores, attention) = self.attend(evolved.clone(), &query, histories);
            let interest = attention.clone().swap_dims(1, 2).matmul(evolved);
            return DienOutput { interest_states: states, scores, attention, steps, interest };
        }
        let (scores, attention) = self.attend(states.clone(), &query, histories);
        let steps = evolve(Some(&attention));
        let interest = steps[steps.len() - 1].state.clone();
        DienOutput { interest_states: states, scores, attention, steps, interest }
    }

    fn auxiliary_loss(&self, output: &DienOutput, next: &NextClicks, histories: &Histories) -> Option<Tensor<1>> {
        let NextClicks { clicked, sampled } = next.clone();
        Some(self.auxiliary_loss(output.interest_states.clone(), clicked, sampled, histories))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DienConfig, DienTrace, Evolution, Reset};
    use crate::reference::by_hand::{answer, by_hand, close, sigmoid};

    /// r, u, n of a GRU step by the equations in the documentation, with scalar weights [r, u, n].
    fn gates(x: f64, h: f64, [w, b, uu, c]: [[f64; 3]; 4], reset: Reset) -> (f64, f64, f64) {
        let r = sigmoid(x * w[0] + b[0] + h * uu[0] + c[0]);
        let u = sigmoid(x * w[1] + b[1] + h * uu[1] + c[1]);
        let n = match reset {
            Reset::After => x * w[2] + b[2] + r * (h * uu[2] + c[2]),
            Reset::Before => x * w[2] + b[2] + (r * h) * uu[2] + c[2],
        };
        let n = n.tanh();
        (r, u, n)
    }

    #[test]
    fn an_answer_follows_the_equations() {
        let extractor = [[0.3, -0.2, 0.7], [0.1, 0.2, -0.1], [0.5, 0.4, -0.6], [0.05, -0.15, 0.25]];
        let cell = [[-0.4, 0.9, 1.1], [0.2, -0.3, 0.1], [0.6, -0.5, 0.8], [-0.1, 0.3, 0.2]];
        let w = 1.5;
        let evolutions = [Evolution::Augru, Evolution::AugruAuthors, Evolution::Agru, Evolution::Aigru];
        for (evolution, reset) in evolutions.into_iter().flat_map(|kind| [(kind, Reset::After), (kind, Reset::Before)])
        {
            let as_f32 = |rows: [[f64; 3]; 4]| rows.map(|row| row.map(|x| x as f32));
            let ([ew, eb, eu, ec], [cw, cb, cu, cc]) = (as_f32(extractor), as_f32(cell));
            let weights = by_hand(
                DienConfig { reset, ..DienConfig::new(1, evolution) },
                8,
                &[
                    ("extractor.input.weight", &ew),
                    ("extractor.input.bias", &eb),
                    ("extractor.hidden.weight", &eu),
                    ("extractor.hidden.bias", &ec),
                    ("attention.weight", &[w as f32]),
                    ("evolution.input.weight", &cw),
                    ("evolution.input.bias", &cb),
                    ("evolution.hidden.weight", &cu),
                    ("evolution.hidden.bias", &cc),
                ],
            );
            let inspection = answer(&weights, &[2, 1, 0], 1);
            let trace = DienTrace::of(&inspection.trace).unwrap();

            let (keys, q) = ([2.0, -1.0, 0.5], -1.0);
            let mut h = 0.0;
            let states = keys.map(|x| {
                let (_, u, n) = gates(x, h, extractor, reset);
                h = (1.0 - u) * h + u * n;
                h
            });
            let exp = states.map(|h| (h * w * q).exp());
            let a = exp.map(|e| e / exp.iter().sum::<f64>());
            let mut state = 0.0;
            for t in 0..3 {
                let x = if evolution == Evolution::Aigru { a[t] * states[t] } else { states[t] };
                let (r, u, n) = gates(x, state, cell, reset);
                let u_tilde = match evolution {
                    Evolution::Augru => a[t] * u,
                    Evolution::Agru => a[t],
                    Evolution::Aigru | Evolution::Gru => u,
                    Evolution::AugruAuthors => 1.0 - (1.0 - a[t]) * (1.0 - u),
                };
                state = (1.0 - u_tilde) * state + u_tilde * n;
                close(trace.interest_states.step(t)[0], states[t]);
                close(trace.attention[t], a[t]);
                close(trace.reset.step(t)[0], r);
                close(trace.update.step(t)[0], u);
                close(trace.attentional_update.step(t)[0], u_tilde);
                close(trace.candidate.step(t)[0], n);
                close(trace.evolution_states.step(t)[0], state);
            }
            close(inspection.logit, state);
        }
    }
}
