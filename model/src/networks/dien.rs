//! Deep Interest Evolution Network: Zhou et al., "Deep Interest Evolution Network for Click-Through Rate Prediction",
//! AAAI 2019.

mod trace;

use serde::{Deserialize, Serialize};

#[cfg(feature = "burn")]
use {
    super::tensors::Source,
    super::{Augru, AugruStep, Gru, Histories, Keep, LocalActivation, Mlp},
    burn::module::{Module, Param},
    burn::prelude::*,
    burn::tensor::activation::log_sigmoid,
};

use super::{Definition, LocalActivationConfig, Normalization};
use crate::config::{Tensors, layers_problem};
use crate::{Activation, Config, PartSpec};

pub use trace::DienTrace;

/// Options of [`super::NetworkConfig::Dien`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DienConfig {
    /// Width of the interest state h_t and of the evolution state h'_t.
    pub hidden: usize,
    /// Where attention comes from.
    pub attention: DienAttention,
    /// What turns attention scores into a_t.
    pub normalization: Normalization,
    /// How attention enters the second recurrent layer.
    pub evolution: Evolution,
    /// Where the reset gate of both recurrent layers acts.
    pub reset: Reset,
    /// What tells the next click from another item.
    pub auxiliary: Auxiliary,
}

/// Where DIEN's attention scores come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum DienAttention {
    /// h_t·W·q, as in the paper.
    #[default]
    Bilinear,
    /// DIN's local activation unit on [q, h_t, q−h_t, q⊙h_t], as in the authors' code. Needs hidden = H, or a projected
    /// query.
    LocalActivation(LocalActivationConfig),
    /// None: a_t is 1 at the last step and 0 before. Needs [`Evolution::Gru`], whose last state is the interest then.
    None,
}

/// Where the reset gate of a recurrent unit acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// On the product of state and weights: cuDNN's and PyTorch's form.
    #[default]
    After,
    /// On the state: TensorFlow's `GRUCell`.
    Before,
}

/// The classifier of DIEN's auxiliary task: from the interest state h_t and an item's representation e the logit that e is
/// clicked next.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Auxiliary {
    /// h_t·e. Needs hidden = H.
    #[default]
    InnerProduct,
    /// MLP([h_t, e]), as in the authors' code.
    Mlp {
        /// Units of each hidden layer; one logit follows.
        hidden: Vec<usize>,
        /// Activation of the hidden layers.
        activation: Activation,
    },
}

/// How attention a_t enters the interest evolution layer (DIEN, section "Interest Evolving Layer").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evolution {
    /// It does not: a second plain GRU, whose states are what attention looks at, and the interest Σ_t a_t h'_t. The
    /// paper's "two layer GRU + attention", to compare with.
    Gru,
    /// GRU with attentional input: x_t = a_t·h_t.
    Aigru,
    /// Attention based GRU: a_t takes the place of the update gate.
    Agru,
    /// GRU with attentional update gate: ũ_t = a_t·u_t.
    Augru,
    /// The gate of the authors' code in place of the paper's: ũ_t = 1 − (1−a_t)·(1−u_t).
    AugruAuthors,
}

impl DienConfig {
    /// The paper's other options: bilinear attention, softmax, reset after the product, and the inner product as auxiliary
    /// classifier.
    pub fn new(hidden: usize, evolution: Evolution) -> Self {
        Self {
            hidden,
            attention: DienAttention::Bilinear,
            normalization: Normalization::Softmax,
            evolution,
            reset: Reset::After,
            auxiliary: Auxiliary::InnerProduct,
        }
    }
}

impl Definition for DienConfig {
    fn name(&self) -> &'static str {
        "dien"
    }

    fn parts(&self) -> &'static [PartSpec] {
        DienTrace::PARTS
    }

    fn interest_width(&self, _: usize) -> usize {
        self.hidden
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        let mut sizes = vec![("network.hidden", self.hidden)];
        if let DienAttention::LocalActivation(unit) = &self.attention {
            sizes.extend(unit.sizes());
        }
        if let Auxiliary::Mlp { hidden, .. } = &self.auxiliary {
            sizes.extend(hidden.iter().map(|&units| ("network.auxiliary.hidden", units)));
        }
        sizes
    }

    fn problem(&self, width: usize) -> Option<String> {
        let hidden = self.hidden;
        let attention = match &self.attention {
            DienAttention::LocalActivation(unit) if !unit.query_projection && hidden != width => Some(format!(
                "the local activation unit needs network.hidden to be the width of an item, but they are {hidden} and {width}"
            )),
            DienAttention::LocalActivation(unit) => unit.problem(),
            DienAttention::None if self.evolution != Evolution::Gru => {
                Some("network.attention none needs network.evolution gru".to_owned())
            }
            _ => None,
        };
        attention.or_else(|| match &self.auxiliary {
            Auxiliary::Mlp { hidden, activation } => layers_problem("network.auxiliary.hidden", hidden)
                .or_else(|| activation.problem("network.auxiliary.activation")),
            Auxiliary::InnerProduct => None,
        })
    }

    fn tensors(&self, config: &Config, tensors: &mut Tensors) {
        tensors.gru("extractor", config.width(), self.hidden);
        match &self.attention {
            DienAttention::Bilinear => tensors.add("attention.weight", [self.hidden, config.width()]),
            DienAttention::LocalActivation(unit) => unit.tensors(config.width(), self.hidden, tensors),
            DienAttention::None => {}
        }
        tensors.gru("evolution", self.hidden, self.hidden);
        if let Auxiliary::Mlp { hidden, activation } = &self.auxiliary {
            tensors.mlp("auxiliary", self.hidden + config.width(), hidden, *activation);
        }
    }
}

/// Interest extractor (GRU), attention, interest evolution (AUGRU).
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct Dien {
    extractor: Gru,
    attention: Option<Attention>,
    evolution: Augru,
    auxiliary: Option<Mlp>,
    #[module(skip)]
    normalization: Normalization,
}

/// As [`DienAttention`], where it is not none.
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one in a network")]
enum Attention {
    Bilinear(Bilinear),
    LocalActivation(LocalActivation),
}

/// W, [hidden, H].
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
struct Bilinear {
    weight: Param<Tensor<2>>,
}

#[cfg(feature = "burn")]
impl Attention {
    /// Scores [batch, step, candidate] of `states` [batch, step, hidden] for `query` [batch, candidate, H].
    fn scores(&self, states: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Tensor<3> {
        match self {
            Self::Bilinear(Bilinear { weight: w }) => states.matmul(w.val().unsqueeze()).matmul(query.swap_dims(1, 2)),
            Self::LocalActivation(unit) => unit.forward(states, query, histories).swap_dims(1, 2),
        }
    }
}

/// What [`Dien::forward`] or [`Dien::step_by_step`] computed.
#[cfg(feature = "burn")]
#[derive(Debug)]
pub struct DienOutput {
    /// Interest states h_t, [batch, step, hidden].
    pub interest_states: Tensor<3>,
    /// Attention scores, [batch, step, candidate].
    pub scores: Tensor<3>,
    /// Attention a_t, [batch, step, candidate]; 0 at padded steps.
    pub attention: Tensor<3>,
    /// Each step of the evolution layer; at least one, but none of [`Dien::forward`] where that is a scan.
    pub steps: Vec<AugruStep>,
    /// The final evolution state h'_T, [batch, candidate, hidden]; 0 for an empty history.
    pub interest: Tensor<3>,
}

#[cfg(feature = "burn")]
impl Dien {
    pub(super) fn new(source: &Source, config: &DienConfig) -> Self {
        let attention = match &config.attention {
            DienAttention::Bilinear => Some(Attention::Bilinear(Bilinear { weight: source.param("attention.weight") })),
            DienAttention::LocalActivation(unit) => {
                Some(Attention::LocalActivation(LocalActivation::new(source, unit)))
            }
            DienAttention::None => None,
        };
        let auxiliary = match &config.auxiliary {
            Auxiliary::InnerProduct => None,
            Auxiliary::Mlp { hidden, activation } => Some(Mlp::new(source, "auxiliary", hidden.len(), *activation)),
        };
        Self {
            extractor: Gru::new(source, "extractor", config.reset),
            attention,
            evolution: Augru::new(source, config.evolution, config.reset),
            auxiliary,
            normalization: config.normalization,
        }
    }

    /// The auxiliary loss (DIEN, section "Interest Extractor Layer"): at each step the interest state shall tell the item
    /// that was clicked next, e_{t+1}, from one that was not, ê_{t+1}.
    ///
    /// Σ −log σ(f(h_t, e_{t+1})) − log(1 − σ(f(h_t, ê_{t+1}))) over all valid t, by twice their number; 0 where there is
    /// none. f is as in [`Auxiliary`]. `interest_states` is [batch, step, hidden]; `clicked` and `sampled` are
    /// [batch, step, H], row t of them the item of step t; step 0 is not used.
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
    pub fn evolution(&self) -> &Augru {
        &self.evolution
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate, by [`super::Scan`] where the
    /// device has it. [`DienOutput::steps`] may then be empty.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> DienOutput {
        self.scan(&keys, &query, histories).unwrap_or_else(|| self.step_by_step(keys, query, histories))
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

    /// Scores of `states` [batch, step, hidden] for `query` [batch, candidate, H], and a_t from them, both
    /// [batch, step, candidate].
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
        let attention = self.normalization.weights(scores.clone(), padding, 1, hidden);
        (scores, attention)
    }

    /// The same as [`Dien::forward`], one step after the other in tensor operations of any device, with everything that was
    /// computed on the way.
    pub fn step_by_step(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> DienOutput {
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
        let evolve = |attention: Option<&Tensor<3>>| -> Vec<AugruStep> {
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
            let of_first = |step: &AugruStep| step.state.clone().slice([0..batch, 0..1]).squeeze_dim::<2>(1);
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
}
