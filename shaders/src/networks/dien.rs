//! The Deep Interest Evolution Network: a recurrent layer extracts an interest state after each click, attention weighs the
//! states for each candidate, and a second recurrent layer evolves the interest towards it.

use std::sync::Arc;

use model::{DienAttention, DienConfig, Evolution, Weights};

use super::{Folded, OnCpu, projected_query};
use crate::catalogue::Catalogue;
use crate::cpu::lanes::{Vector, of_lane};
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, Keys, NetworkSpec};
use crate::layers::{Gru, Layer};
use crate::stages::interest_attention::cpu::interest_attention;
use crate::stages::interest_attention::{self, InterestAttention, Scores};
use crate::stages::interest_evolution::cpu::{EvolutionTrace, InterestEvolution};
use crate::stages::interest_extractor::cpu::InterestStep;
use crate::stages::local_activation::{self, LocalActivation};
use crate::stages::second_gru::cpu::second_gru;
use crate::stages::shared::gru::GruStep;
use crate::stages::shared::recurrent::{self, INTEREST_STEPS, RECURRENT, SECOND_STEPS};
use crate::stages::{interest_evolution, interest_extractor, second_gru};

/// The network's recurrent layers and attention.
#[derive(Debug)]
pub(crate) struct Dien {
    pub extractor: Gru,
    /// What makes the scores, where that is a local activation unit.
    unit: Option<Arc<LocalActivation>>,
    attention_query: Option<Layer>,
    pub attention: InterestAttention,
    /// The second recurrent layer.
    pub second: Gru,
    pub kind: Evolution,
}

impl Folded for Dien {
    type Options = DienConfig;

    fn new(weights: &Weights, options: &DienConfig) -> Self {
        let (scores, unit, attention_query) = match &options.attention {
            DienAttention::Bilinear => (Scores::Bilinear, None, Some(Layer::transposed(weights, "attention.weight"))),
            DienAttention::LocalActivation(unit) => {
                let folded = Arc::new(LocalActivation::new(weights, unit));
                (Scores::LocalActivation, Some(folded), projected_query(weights, unit))
            }
            DienAttention::None => (Scores::None, None, None),
        };
        let attention = InterestAttention {
            scores,
            normalization: options.normalization,
            hidden: options.hidden,
            pools: options.evolution == Evolution::Gru,
        };
        Self {
            extractor: Gru::new(weights, "extractor", options.reset),
            unit,
            attention_query,
            attention,
            second: Gru::new(weights, "evolution", options.reset),
            kind: options.evolution,
        }
    }

    fn attention_query(&self) -> Option<&Layer> {
        self.attention_query.as_ref()
    }

    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
        let hidden = self.attention.hidden;
        recurrent::add_constants(constants, &self.second, self.kind);
        let mut kept = vec![recurrent::steps_buffer(INTEREST_STEPS, hidden, true)];
        let mut stages = vec![interest_extractor::spec(&self.extractor, &self.second.input.weight)?];
        if self.attention.pools {
            kept.push(recurrent::steps_buffer(SECOND_STEPS, hidden, false));
            stages.push(second_gru::spec(&self.second));
        }
        let keys = Keys {
            buffer: Buffer::Kept(if self.attention.pools { SECOND_STEPS } else { INTEREST_STEPS }),
            // Without attention the queries are bound as they are, and not read.
            width: if self.attention.scores == Scores::None { width } else { hidden },
            start: 0,
            stride: recurrent::interest_step_values(hidden),
        };
        if let Some(unit) = &self.unit {
            stages.push(local_activation::spec(constants, unit, keys)?);
        }
        stages.push(interest_attention::spec(constants, self.attention, keys));
        if !self.attention.pools {
            stages.push(interest_evolution::spec(constants, &self.second)?);
        }
        Ok(NetworkSpec { files: &[RECURRENT], stages, kept, trace: recurrent::trace_extent(hidden) })
    }

    fn read_trace(&self, _steps: usize, kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
        recurrent::read_trace(self.attention.hidden, kept[0], candidate)
    }
}

/// The network on the CPU.
#[derive(Debug)]
pub(crate) struct Live<V> {
    network: Arc<Dien>,
    history: Vec<InterestStep>,
    /// Where that is what makes the scores.
    local_activation: Option<local_activation::cpu::LocalActivation<V>>,
    /// What attention looks at: h_t, or h'_t of a second GRU, `[step, hidden]`.
    states: Vec<f32>,
    second_layer: SecondLayer<V>,
    /// `[step]`.
    scores: Vec<V>,
    /// `[step]`.
    attention: Vec<V>,
}

/// The second recurrent layer.
#[derive(Debug)]
enum SecondLayer<V> {
    /// Of each candidate, with what its steps computed for the block that was inspected last.
    Evolution(Box<(InterestEvolution<V>, EvolutionTrace<V>)>),
    /// Of all candidates alike.
    Gru(Vec<GruStep>),
}

impl<V: Vector> OnCpu<V> for Live<V> {
    type Folded = Dien;

    fn new(zero: V, network: &Arc<Dien>) -> Self {
        let unit = network.unit.as_ref();
        Self {
            network: network.clone(),
            history: Vec::new(),
            local_activation: unit.map(|unit| local_activation::cpu::LocalActivation::new(zero, unit)),
            states: Vec::new(),
            second_layer: if network.attention.pools {
                SecondLayer::Gru(Vec::new())
            } else {
                let layer = InterestEvolution::new(zero, &network.second, network.kind);
                SecondLayer::Evolution(Box::new((layer, EvolutionTrace::new())))
            },
            scores: Vec::new(),
            attention: Vec::new(),
        }
    }

    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], kept: usize) {
        let Self { network, history: interests, local_activation, states, second_layer, .. } = self;
        interests.truncate(kept);
        states.truncate(kept * network.attention.hidden);
        match second_layer {
            SecondLayer::Evolution(evolution) => evolution.0.truncate(kept),
            SecondLayer::Gru(steps) => steps.truncate(kept),
        }
        if let Some(unit) = local_activation {
            unit.truncate(kept);
        }
        for x in catalogue.keys(&history[kept..]) {
            let step = InterestStep::new(&network.extractor, &network.second.input.weight, interests.last(), x);
            let first = states.len();
            match second_layer {
                SecondLayer::Evolution(evolution) => {
                    evolution.0.push(&step);
                    states.extend_from_slice(&step.state);
                }
                SecondLayer::Gru(steps) => {
                    let second = second_gru(&network.second, steps.last(), &step);
                    states.extend_from_slice(&second.state);
                    steps.push(second);
                }
            }
            if let Some(unit) = local_activation {
                unit.push(&states[first..]);
            }
            interests.push(step);
        }
    }

    #[inline(always)]
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], inspected: bool) {
        let Self { network, local_activation, states, second_layer, scores, attention, .. } = self;
        if let Some(unit) = local_activation {
            unit.run(query.of_attention, scores);
        }
        interest_attention(network.attention, states, query.of_attention, scores, attention, interest);
        if let SecondLayer::Evolution(evolution) = second_layer {
            let (layer, trace) = &mut **evolution;
            if inspected {
                trace.clear();
            }
            layer.run(attention, interest, inspected.then_some(trace));
        }
    }

    fn trace(&self, _interest: &[V], _steps: usize, lane: usize) -> Vec<Vec<f32>> {
        let states = self.history.iter().flat_map(|step| &step.state).copied().collect();
        let mut parts = vec![states, of_lane(&self.scores, lane), of_lane(&self.attention, lane)];
        match &self.second_layer {
            SecondLayer::Evolution(evolution) => {
                let EvolutionTrace { reset, update, attentional_update, candidate, state } = &evolution.1;
                let values = [reset, update, attentional_update, candidate, state];
                parts.extend(values.map(|values| of_lane(values, lane)));
            }
            SecondLayer::Gru(steps) => {
                // Nothing but the update gate itself writes.
                let values: [fn(&GruStep) -> &[f32]; 5] = [
                    |step| &step.reset,
                    |step| &step.update,
                    |step| &step.update,
                    |step| &step.candidate,
                    |step| &step.state,
                ];
                parts.extend(values.map(|values| steps.iter().flat_map(values).copied().collect()));
            }
        }
        parts
    }
}
