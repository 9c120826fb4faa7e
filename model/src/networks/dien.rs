//! Deep Interest Evolution Network: Zhou et al., "Deep Interest Evolution Network for Click-Through Rate Prediction",
//! AAAI 2019.

use burn::module::{Module, Param};
use burn::prelude::*;
use burn::tensor::activation::log_sigmoid;

use super::din::masked_softmax;
use super::tensors::Source;
use super::{Augru, AugruStep, Gru, Histories};
use crate::DienConfig;

/// Interest extractor (GRU), attention, interest evolution (AUGRU).
#[derive(Module, Debug)]
pub struct Dien {
    extractor: Gru,
    attention: BilinearAttention,
    evolution: Augru,
}

/// a_t = softmax_t(h_t·W·q) (DIEN, section "Interest Evolving Layer").
#[derive(Module, Debug)]
pub struct BilinearAttention {
    /// W, [hidden, H].
    weight: Param<Tensor<2>>,
}

/// What [`Dien::forward`] computed.
#[derive(Debug)]
pub struct DienOutput {
    /// Interest states h_t, [batch, hidden] for each step.
    pub interest_states: Vec<Tensor<2>>,
    /// Scores h_t·W·q, [batch, step, candidate].
    pub scores: Tensor<3>,
    /// Attention a_t, [batch, step, candidate]; 0 at padded steps.
    pub attention: Tensor<3>,
    /// Each step of the evolution layer; at least one.
    pub steps: Vec<AugruStep>,
}

impl DienOutput {
    /// h'_T, [batch, candidate, hidden]; 0 for an empty history.
    pub fn interest(&self) -> Tensor<3> {
        self.steps[self.steps.len() - 1].state.clone()
    }

    /// The auxiliary loss (DIEN, section "Interest Extractor Layer", with the inner product as the paper's [x₁, x₂]): at
    /// each step the interest state shall tell the item that was clicked next, e_{t+1}, from one that was not, ê_{t+1}.
    ///
    /// Σ −log σ(h_t·e_{t+1}) − log(1 − σ(h_t·ê_{t+1})) over all valid t, by twice their number; 0 where there is none.
    /// `clicked` and `sampled` are [batch, step, H], row t of them the item of step t; step 0 is not used. Needs hidden = H.
    pub fn auxiliary_loss(&self, clicked: Tensor<3>, sampled: Tensor<3>, histories: &Histories) -> Tensor<1> {
        let [batch, steps, width] = clicked.dims();
        let valid: usize = histories.lengths.iter().map(|length| length.saturating_sub(1)).sum();
        if valid == 0 {
            return Tensor::zeros([1], &clicked.device());
        }
        let states = Tensor::stack::<3>(self.interest_states[..steps - 1].to_vec(), 1);
        let logits = |next: Tensor<3>| (states.clone() * next.slice([0..batch, 1..steps, 0..width])).sum_dim(2);
        let loss = -log_sigmoid(logits(clicked)) - log_sigmoid(-logits(sampled));
        let padding = histories.padding.clone().slice([0..batch, 1..steps]).unsqueeze_dim::<3>(2);
        loss.mask_fill(padding, 0.0).sum() / (2 * valid) as f32
    }
}

impl Dien {
    pub(super) fn new(source: &Source, config: &DienConfig) -> Self {
        Self {
            extractor: Gru::new(source, "extractor"),
            attention: BilinearAttention { weight: source.param("attention.weight") },
            evolution: Augru::new(source, config.evolution),
        }
    }

    /// `keys`, [batch, H] for each step, and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Vec<Tensor<2>>, query: Tensor<3>, histories: &Histories) -> DienOutput {
        let [batch, candidates, _] = query.dims();
        let steps = keys.len();
        let device = query.device();

        // Padding comes after the end, so it cannot reach a valid interest state.
        let mut h = Tensor::zeros([batch, self.extractor.width()], &device);
        let mut interest_states = Vec::with_capacity(steps);
        for x in keys {
            h = self.extractor.step(x, h);
            interest_states.push(h.clone());
        }

        let states = Tensor::stack::<3>(interest_states.clone(), 1);
        let scores = states.matmul(self.attention.weight.val().unsqueeze()).matmul(query.swap_dims(1, 2));
        let padding = histories.padding.clone().unsqueeze_dim::<3>(2);
        let attention = masked_softmax(scores.clone(), padding.clone().expand(scores.dims()), 1);

        let shortest = histories.lengths.iter().copied().min().unwrap_or(0);
        let mut state = self.evolution.start(batch, candidates, &device);
        let mut evolution = Vec::with_capacity(steps);
        for (t, interest) in interest_states.iter().enumerate() {
            let a = attention.clone().slice([0..batch, t..t + 1, 0..candidates]).swap_dims(1, 2);
            let padding = (t >= shortest).then(|| padding.clone().slice([0..batch, t..t + 1, 0..1]));
            let step = self.evolution.step(interest.clone(), a, state, padding);
            state = step.state.clone();
            evolution.push(step);
        }
        DienOutput { interest_states, scores, attention, steps: evolution }
    }
}
