//! The stages between the embeddings and the head, one after another.

use std::sync::Arc;

use model::{Config, DienTrace, Evolution, Normalization, PartSpec, Pooling, Trace};

use super::lanes::Vector;
use super::queries::Query;
use crate::network::{Attention, Dien, Interest, Network, Tin};
use crate::question::Question;
use crate::stages::interest_attention::cpu::interest_attention;
use crate::stages::interest_evolution::cpu::{EvolutionTrace, InterestEvolution};
use crate::stages::interest_extractor::cpu::InterestStep;
use crate::stages::local_activation::cpu::LocalActivation;
use crate::stages::second_gru::cpu::second_gru;
use crate::stages::shared::gru::GruStep;
use crate::stages::temporal_attention::cpu::{encode, temporal_attention};
use crate::stages::weighted_pooling::cpu::weighted_pooling;

/// The stages between the embeddings and the head, with what they keep of the history.
#[derive(Debug)]
pub(super) enum Stages<V> {
    EmbeddingMlp {
        pooling: Pooling,
        /// [step, H].
        keys: Vec<f32>,
    },
    Din {
        local_activation: LocalActivation<V>,
        normalization: Normalization,
        /// [step, H].
        keys: Vec<f32>,
    },
    Dien {
        dien: Arc<Dien>,
        history: Vec<InterestStep>,
        /// Where that is what makes the scores.
        local_activation: Option<LocalActivation<V>>,
        /// What attention looks at: h_t, or h'_t of a second GRU, [step, hidden].
        states: Vec<f32>,
        second_layer: SecondLayer<V>,
    },
    Tin {
        tin: Arc<Tin>,
        /// k̃, [step, H].
        keys: Vec<f32>,
        /// q̃, [H].
        query: Vec<V>,
    },
}

/// DIEN's second recurrent layer.
#[derive(Debug)]
pub(super) enum SecondLayer<V> {
    Evolution(Box<InterestEvolution<V>>),
    /// The same for every candidate.
    Gru(Vec<GruStep>),
}

/// Buffers that one block of candidates after another uses.
#[derive(Debug)]
pub(super) struct Block<V> {
    /// [step].
    pub scores: Vec<V>,
    /// [step].
    pub attention: Vec<V>,
    /// [interest].
    pub interest: Vec<V>,
}

impl<V: Vector> Block<V> {
    /// For interests of `width`.
    pub fn new(zero: V, width: usize) -> Self {
        Self { scores: Vec::new(), attention: Vec::new(), interest: vec![zero; width] }
    }
}

impl<V: Vector> Stages<V> {
    pub fn new(zero: V, network: &Network) -> Self {
        match &network.interest {
            Interest::EmbeddingMlp(pooling) => Self::EmbeddingMlp { pooling: *pooling, keys: Vec::new() },
            Interest::Din(din) => Self::Din {
                local_activation: LocalActivation::new(zero, &din.unit),
                normalization: din.normalization,
                keys: Vec::new(),
            },
            Interest::Dien(dien) => Self::Dien {
                dien: dien.clone(),
                history: Vec::new(),
                local_activation: match &dien.attention {
                    Attention::LocalActivation(unit) => Some(LocalActivation::new(zero, unit)),
                    Attention::Bilinear | Attention::None => None,
                },
                states: Vec::new(),
                second_layer: match dien.kind {
                    Evolution::Gru => SecondLayer::Gru(Vec::new()),
                    _ => SecondLayer::Evolution(Box::new(InterestEvolution::new(zero, dien))),
                },
            },
            Interest::Tin(tin) => Self::Tin { tin: tin.clone(), keys: Vec::new(), query: Vec::new() },
        }
    }

    /// Brings what is kept of the history up to date, from the first step that changed.
    pub fn follow(&mut self, network: &Network, question: Question<'_>) {
        let Question { history: items, kept, .. } = question;
        let new = items[kept..].iter().map(|&item| network.item(item));
        match self {
            Self::EmbeddingMlp { keys, .. } => {
                keys.truncate(kept * network.config.width());
                keys.extend(new.flatten());
            }
            Self::Din { local_activation, keys, .. } => {
                local_activation.truncate(kept);
                keys.truncate(kept * network.config.width());
                for key in new.chain(network.stand_in(items)) {
                    local_activation.push(key);
                    keys.extend_from_slice(key);
                }
            }
            Self::Dien { dien, history, local_activation, states, second_layer } => {
                history.truncate(kept);
                states.truncate(kept * dien.hidden);
                match second_layer {
                    SecondLayer::Evolution(layer) => layer.truncate(kept),
                    SecondLayer::Gru(steps) => steps.truncate(kept),
                }
                if let Some(unit) = local_activation {
                    unit.truncate(kept);
                }
                for x in new {
                    let step = InterestStep::new(dien, history.last(), x);
                    let first = states.len();
                    match second_layer {
                        SecondLayer::Evolution(layer) => {
                            layer.push(&step);
                            states.extend_from_slice(&step.state);
                        }
                        SecondLayer::Gru(steps) => {
                            let second = second_gru(dien, steps.last(), &step);
                            states.extend_from_slice(&second.state);
                            steps.push(second);
                        }
                    }
                    if let Some(unit) = local_activation {
                        unit.push(&states[first..]);
                    }
                    history.push(step);
                }
            }
            // A new click moves every other one back by a position.
            Self::Tin { tin, keys, .. } => encode(tin, items.iter().map(|&item| network.item(item)), keys),
        }
    }

    /// The interest of each candidate of a block, from their queries; `evolution` takes the steps of DIEN's evolution layer, unit
    /// after unit.
    #[inline(always)]
    pub fn run(&mut self, query: Query<'_, V>, block: &mut Block<V>, evolution: Option<&mut EvolutionTrace<V>>) {
        match self {
            Self::EmbeddingMlp { pooling, keys } => {
                let steps = keys.len() / block.interest.len();
                let weight = match pooling {
                    Pooling::Sum => 1.0,
                    Pooling::Mean => 1.0 / steps as f32,
                };
                block.scores.clear();
                block.scores.resize(steps, query.own[0].broadcast(weight));
                block.attention.clone_from(&block.scores);
                weighted_pooling(Normalization::None, keys, &mut block.attention, &mut block.interest);
            }
            Self::Din { local_activation, normalization, keys } => {
                local_activation.run(query.of_attention, &mut block.scores);
                block.attention.clone_from(&block.scores);
                weighted_pooling(*normalization, keys, &mut block.attention, &mut block.interest);
            }
            Self::Dien { dien, local_activation, states, second_layer, .. } => {
                let Block { scores, attention, interest } = block;
                if let Some(unit) = local_activation {
                    unit.run(query.of_attention, scores);
                }
                interest_attention(dien, states, query.of_attention, scores, attention, interest);
                if let SecondLayer::Evolution(layer) = second_layer {
                    layer.run(attention, interest, evolution);
                }
            }
            Self::Tin { tin, keys, query: encoded } => {
                encoded.clear();
                for (&q, &p) in query.own.iter().zip(tin.of_candidate()) {
                    encoded.push(q + p);
                }
                temporal_attention(keys, encoded, &mut block.scores, &mut block.attention, &mut block.interest);
            }
        }
    }

    /// What the block computed for one of its candidates in a network of `config` after `steps` clicks.
    pub fn trace(
        &self,
        config: &Config,
        block: &Block<V>,
        evolution: &EvolutionTrace<V>,
        steps: usize,
        lane: usize,
    ) -> Trace {
        let sizes = config.trace_sizes(steps);
        let pick = |values: &[V]| -> Vec<f32> { values.iter().map(|value| value.lane(lane)).collect() };
        match self {
            Self::EmbeddingMlp { .. } | Self::Din { .. } | Self::Tin { .. } => {
                // One step more where a key stands for an empty history.
                let values = [&block.scores[..steps], &block.attention[..steps], &block.interest];
                Trace::new(config.network.parts().iter().zip(values).map(|(spec, values)| spec.of(sizes, pick(values))))
            }
            Self::Dien { history, second_layer, .. } => {
                let second = |of_gru: fn(&GruStep) -> &[f32], of_evolution: &[V]| match second_layer {
                    SecondLayer::Evolution(_) => pick(of_evolution),
                    SecondLayer::Gru(steps) => steps.iter().flat_map(of_gru).copied().collect(),
                };
                let states = history.iter().flat_map(|step| step.state.iter().copied()).collect();
                let written = second(|step| &step.update, &evolution.attentional_update);
                Trace::new([
                    DienTrace::INTEREST_STATES.of(sizes, states),
                    PartSpec::SCORES.of(sizes, pick(&block.scores)),
                    DienTrace::ATTENTION.of(sizes, pick(&block.attention)),
                    DienTrace::RESET.of(sizes, second(|step| &step.reset, &evolution.reset)),
                    DienTrace::UPDATE.of(sizes, second(|step| &step.update, &evolution.update)),
                    DienTrace::ATTENTIONAL_UPDATE.of(sizes, written),
                    DienTrace::CANDIDATE.of(sizes, second(|step| &step.candidate, &evolution.candidate)),
                    DienTrace::EVOLUTION_STATES.of(sizes, second(|step| &step.state, &evolution.state)),
                ])
            }
        }
    }
}
