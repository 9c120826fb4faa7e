//! The CPU backend: the stages one after another, for eight candidates at a time.

mod gru;
mod interest_attention;
mod interest_evolution;
mod interest_extractor;
mod lanes;
mod local_activation;
mod mlp;
mod pace;
mod ranking_mlp;
mod second_gru;
mod temporal_attention;
mod weighted_pooling;

use std::sync::Arc;

use model::{DienTrace, Evolution, Inspection, Normalization, Pooling, PoolingTrace, Steps, Trace};

use crate::engine::{Candidate, Question, Ranking, Scope};
use crate::network::{Attention, Dien, Interest, Network, Tin};
use gru::GruStep;
use interest_attention::interest_attention;
use interest_evolution::{EvolutionStep, InterestEvolution};
use interest_extractor::InterestStep;
use lanes::{LANES, Lanes, sigmoid};
use local_activation::LocalActivation;
use pace::Pace;
use ranking_mlp::RankingMlp;
use second_gru::second_gru;
use temporal_attention::{encode, temporal_attention};
use weighted_pooling::weighted_pooling;

/// One network on the CPU.
#[derive(Debug)]
pub(crate) struct Runner {
    network: Arc<Network>,
    /// Those whose queries are here.
    candidates: Arc<[u32]>,
    /// Queries of the candidates, eight of them side by side, [⌈candidates/8⌉][H].
    queries: Vec<Lanes>,
    /// What attention sees in their place, [⌈candidates/8⌉][key], where that is not the query itself.
    attention_queries: Option<Vec<Lanes>>,
    stages: Stages,
    ranking_mlp: RankingMlp,
}

/// The stages between the embeddings and the head, with what they keep of the history.
#[derive(Debug)]
#[cfg_attr(target_pointer_width = "64", expect(clippy::large_enum_variant, reason = "there is one a runner"))]
enum Stages {
    EmbeddingMlp {
        pooling: Pooling,
        /// [step, H].
        keys: Vec<f32>,
    },
    Din {
        local_activation: LocalActivation,
        normalization: Normalization,
        /// [step, H].
        keys: Vec<f32>,
    },
    Dien {
        dien: Arc<Dien>,
        history: Vec<InterestStep>,
        /// Where that is what makes the scores.
        local_activation: Option<LocalActivation>,
        /// What attention looks at: h_t, or h'_t of a second GRU, [step, hidden].
        states: Vec<f32>,
        second_layer: SecondLayer,
    },
    Tin {
        tin: Arc<Tin>,
        /// k̃, [step, H].
        keys: Vec<f32>,
        /// q̃, [H].
        query: Vec<Lanes>,
    },
}

/// DIEN's second recurrent layer.
#[derive(Debug)]
enum SecondLayer {
    Evolution(InterestEvolution),
    /// The same for every candidate.
    Gru(Vec<GruStep>),
}

/// The queries of eight candidates.
#[derive(Debug, Clone, Copy)]
struct Query<'a> {
    /// q, [H].
    own: &'a [Lanes],
    /// What attention sees in its place, [key].
    of_attention: &'a [Lanes],
}

impl<'a> Query<'a> {
    /// Block number `block` of all `queries` and, where attention sees others, `attention_queries`.
    fn of_block(queries: &'a [Lanes], attention_queries: Option<&'a [Lanes]>, block: usize, blocks: usize) -> Self {
        let part = |queries: &'a [Lanes]| {
            let width = queries.len() / blocks;
            &queries[block * width..][..width]
        };
        let own = part(queries);
        Self { own, of_attention: attention_queries.map_or(own, part) }
    }
}

/// Buffers that one block of eight candidates after another uses.
#[derive(Debug, Default)]
struct Block {
    /// [step].
    scores: Vec<Lanes>,
    /// [step].
    attention: Vec<Lanes>,
    /// [interest].
    interest: Vec<Lanes>,
}

impl Runner {
    pub fn new(network: Arc<Network>) -> Self {
        let stages = match &network.interest {
            Interest::EmbeddingMlp(pooling) => Stages::EmbeddingMlp { pooling: *pooling, keys: Vec::new() },
            Interest::Din(din) => Stages::Din {
                local_activation: LocalActivation::new(&din.unit),
                normalization: din.normalization,
                keys: Vec::new(),
            },
            Interest::Dien(dien) => Stages::Dien {
                dien: dien.clone(),
                history: Vec::new(),
                local_activation: match &dien.attention {
                    Attention::LocalActivation(unit) => Some(LocalActivation::new(unit)),
                    Attention::Bilinear | Attention::None => None,
                },
                states: Vec::new(),
                second_layer: match dien.kind {
                    Evolution::Gru => SecondLayer::Gru(Vec::new()),
                    _ => SecondLayer::Evolution(InterestEvolution::new(dien)),
                },
            },
            Interest::Tin(tin) => Stages::Tin { tin: tin.clone(), keys: Vec::new(), query: Vec::new() },
        };
        let ranking_mlp = RankingMlp::new(&network);
        let (candidates, queries) = (Arc::default(), Vec::new());
        Self { network, candidates, queries, attention_queries: None, stages, ranking_mlp }
    }

    /// Ranks the candidates, in slices.
    pub async fn rank(&mut self, question: Question<'_>) -> Ranking {
        self.stages.follow(&self.network, question);
        if question.scope != Scope::Inspected && !Arc::ptr_eq(&self.candidates, question.candidates) {
            self.candidates = question.candidates.clone();
            let items = || self.candidates.iter().copied();
            self.queries = lanes(self.network.queries::<LANES>(items()));
            self.attention_queries = self.network.attention_queries::<LANES>(items()).map(lanes);
        }
        let candidates = if question.scope == Scope::Inspected { 0 } else { self.candidates.len() };
        let key_sum = self.network.key_sum(question.history);
        let mut block = Block { interest: vec![Lanes::ZERO; self.network.config.interest_width()], ..Block::default() };
        let mut pace = Pace::new();
        let mut probabilities = Vec::with_capacity(candidates.next_multiple_of(LANES));
        let blocks = candidates.div_ceil(LANES);
        for index in 0..blocks {
            let query = Query::of_block(&self.queries, self.attention_queries.as_deref(), index, blocks);
            let logit = logit(&mut self.stages, &mut self.ranking_mlp, query, &key_sum, &mut block);
            probabilities.extend_from_slice(&sigmoid(logit).to_array());
            pace.breathe().await;
        }
        probabilities.truncate(candidates);

        let mut inspections = Vec::with_capacity(question.inspected.len());
        for items in question.inspected.chunks(LANES) {
            let queries = lanes(self.network.queries::<LANES>(items.iter().copied()));
            let attention_queries = self.network.attention_queries::<LANES>(items.iter().copied()).map(lanes);
            let query = Query::of_block(&queries, attention_queries.as_deref(), 0, 1);
            let mut evolution = Vec::new();
            self.stages.run(query, &mut block, Some(&mut evolution));
            let logit = self.ranking_mlp.run(&block.interest, query.own, &key_sum);
            let (logit, probability) = (logit.to_array(), sigmoid(logit).to_array());
            for (lane, &item) in items.iter().enumerate() {
                let trace = self.stages.trace(&block, &evolution, question.history.len(), lane);
                let (logit, probability) = (logit[lane], probability[lane]);
                inspections.push(Inspection { item, logit, probability, trace });
            }
            pace.breathe().await;
        }
        let best = match question.scope {
            Scope::Best(count) => best(&self.candidates, &probabilities, count),
            Scope::All | Scope::Inspected => Vec::new(),
        };
        Ranking { probabilities, best, inspections, ..Ranking::default() }
    }
}

/// The logits of eight candidates, from their queries.
///
/// A function of its own, because the body of an asynchronous one is compiled in the crate that awaits it, and with that
/// crate's settings: in the page, which is compiled to be small, this took five times as long.
#[inline(never)]
fn logit(
    stages: &mut Stages,
    ranking_mlp: &mut RankingMlp,
    query: Query<'_>,
    key_sum: &[f32],
    block: &mut Block,
) -> Lanes {
    stages.run(query, block, None);
    ranking_mlp.run(&block.interest, query.own, key_sum)
}

impl Stages {
    /// Brings what is kept of the history up to date, from the first step that changed.
    fn follow(&mut self, network: &Network, question: Question<'_>) {
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
                if let SecondLayer::Gru(steps) = second_layer {
                    steps.truncate(kept);
                }
                if let Some(unit) = local_activation {
                    unit.truncate(kept);
                }
                for x in new {
                    let step = InterestStep::new(dien, history.last(), x);
                    let first = states.len();
                    match second_layer {
                        SecondLayer::Evolution(_) => states.extend_from_slice(&step.state),
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

    /// The interest of eight candidates, from their queries; `evolution` takes the steps of DIEN's evolution layer, unit
    /// after unit.
    fn run(&mut self, query: Query<'_>, block: &mut Block, evolution: Option<&mut Vec<EvolutionStep>>) {
        match self {
            Self::EmbeddingMlp { pooling, keys } => {
                let steps = keys.len() / block.interest.len();
                let weight = match pooling {
                    Pooling::Sum => 1.0,
                    Pooling::Mean => 1.0 / steps as f32,
                };
                block.scores.clear();
                block.scores.resize(steps, Lanes::splat(weight));
                block.attention.clone_from(&block.scores);
                weighted_pooling(Normalization::None, keys, &mut block.attention, &mut block.interest);
            }
            Self::Din { local_activation, normalization, keys } => {
                local_activation.run(query.of_attention, &mut block.scores);
                block.attention.clone_from(&block.scores);
                weighted_pooling(*normalization, keys, &mut block.attention, &mut block.interest);
            }
            Self::Dien { dien, history, local_activation, states, second_layer } => {
                let Block { scores, attention, interest } = block;
                if let Some(unit) = local_activation {
                    unit.run(query.of_attention, scores);
                }
                interest_attention(dien, states, query.of_attention, scores, attention, interest);
                if let SecondLayer::Evolution(layer) = second_layer {
                    layer.run(history, attention, interest, evolution);
                }
            }
            Self::Tin { tin, keys, query: encoded } => {
                encoded.clear();
                encoded.extend(query.own.iter().zip(tin.of_candidate()).map(|(&q, &p)| q + Lanes::splat(p)));
                temporal_attention(keys, encoded, &mut block.scores, &mut block.attention, &mut block.interest);
            }
        }
    }

    /// What the block computed for one of its candidates after `steps` clicks.
    fn trace(&self, block: &Block, evolution: &[EvolutionStep], steps: usize, lane: usize) -> Trace {
        let pick = |values: &[Lanes]| -> Vec<f32> { values.iter().map(|lanes| lanes.to_array()[lane]).collect() };
        match self {
            Self::EmbeddingMlp { .. } | Self::Din { .. } | Self::Tin { .. } => Trace::Pooling(PoolingTrace {
                // One more where a key stands for an empty history.
                scores: pick(&block.scores[..steps]),
                weights: pick(&block.attention[..steps]),
                interest: pick(&block.interest),
            }),
            Self::Dien { history, second_layer, .. } => {
                let hidden = block.interest.len();
                let steps = |of: fn(&EvolutionStep) -> &Lanes, of_gru: fn(&GruStep) -> &[f32]| {
                    let values = match second_layer {
                        SecondLayer::Evolution(_) => evolution.iter().map(|step| of(step).to_array()[lane]).collect(),
                        SecondLayer::Gru(steps) => steps.iter().flat_map(of_gru).copied().collect(),
                    };
                    Steps::new(hidden, values)
                };
                let states = history.iter().flat_map(|step| step.state.iter().copied()).collect();
                Trace::Dien(DienTrace {
                    interest_states: Steps::new(hidden, states),
                    scores: pick(&block.scores),
                    attention: pick(&block.attention),
                    reset: steps(|step| &step.reset, |step| &step.reset),
                    update: steps(|step| &step.update, |step| &step.update),
                    attentional_update: steps(|step| &step.attentional_update, |step| &step.update),
                    candidate: steps(|step| &step.candidate, |step| &step.candidate),
                    evolution_states: steps(|step| &step.state, |step| &step.state),
                })
            }
        }
    }
}

/// The `count` best of the `candidates` [candidates], as `wgsl/best_candidates.wgsl` finds them.
fn best(candidates: &[u32], probabilities: &[f32], count: usize) -> Vec<Candidate> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let better = |&a: &usize, &b: &usize| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b));
    if count < order.len() {
        order.select_nth_unstable_by(count, better);
        order.truncate(count);
    }
    order.sort_unstable_by(better);
    order.into_iter().map(|at| Candidate { item: candidates[at], probability: probabilities[at] }).collect()
}

fn lanes(blocks: Vec<[f32; LANES]>) -> Vec<Lanes> {
    blocks.into_iter().map(Lanes::from).collect()
}
