//! The CPU backend: the stages one after another, for eight candidates at a time.

mod interest_attention;
mod interest_evolution;
mod interest_extractor;
mod lanes;
mod local_activation;
mod pace;
mod ranking_mlp;
mod temporal_attention;
mod weighted_pooling;

use std::sync::Arc;

use model::{DienTrace, Inspection, Normalization, Pooling, PoolingTrace, Steps, Trace};

use crate::engine::{Clicks, Ranking};
use crate::network::{Dien, Din, Interest, Network, Tin};
use interest_attention::interest_attention;
use interest_evolution::{EvolutionStep, InterestEvolution};
use interest_extractor::InterestStep;
use lanes::{LANES, Lanes, sigmoid};
use local_activation::{HistoryItem, local_activation};
use pace::Pace;
use ranking_mlp::RankingMlp;
use temporal_attention::{encode, temporal_attention};
use weighted_pooling::weighted_pooling;

/// One network on the CPU.
#[derive(Debug)]
pub(crate) struct Runner {
    network: Arc<Network>,
    /// Queries of the catalogue, eight candidates side by side, [⌈items/8⌉][H].
    queries: Vec<Lanes>,
    stages: Stages,
    ranking_mlp: RankingMlp,
}

/// The stages between the embeddings and the head, with what they keep of the history.
#[derive(Debug)]
enum Stages {
    EmbeddingMlp {
        pooling: Pooling,
        /// [step, H].
        keys: Vec<f32>,
    },
    Din {
        din: Arc<Din>,
        history: Vec<HistoryItem>,
        /// [step, H].
        keys: Vec<f32>,
        units: Vec<Lanes>,
    },
    Dien {
        dien: Arc<Dien>,
        history: Vec<InterestStep>,
        interest_evolution: InterestEvolution,
    },
    Tin {
        tin: Arc<Tin>,
        /// k̃, [step, H].
        keys: Vec<f32>,
        /// q̃, [H].
        query: Vec<Lanes>,
    },
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
            Interest::Din(din) => {
                Stages::Din { din: din.clone(), history: Vec::new(), keys: Vec::new(), units: Vec::new() }
            }
            Interest::Dien(dien) => Stages::Dien {
                dien: dien.clone(),
                history: Vec::new(),
                interest_evolution: InterestEvolution::new(dien),
            },
            Interest::Tin(tin) => Stages::Tin { tin: tin.clone(), keys: Vec::new(), query: Vec::new() },
        };
        let queries = lanes(network.queries::<LANES>(0..network.items() as u32));
        let ranking_mlp = RankingMlp::new(&network);
        Self { network, queries, stages, ranking_mlp }
    }

    /// Ranks the catalogue, in slices.
    pub async fn rank(&mut self, clicks: Clicks<'_>, inspected: &[u32]) -> Ranking {
        self.stages.follow(&self.network, clicks);
        let (items, width) = (self.network.items(), self.network.config.width());
        let key_sum = self.network.key_sum(clicks.items);
        let mut block = Block { interest: vec![Lanes::ZERO; self.network.config.interest_width()], ..Block::default() };
        let mut pace = Pace::new();
        let mut probabilities = Vec::with_capacity(items.next_multiple_of(LANES));
        for query in self.queries.chunks_exact(width) {
            let logit = logit(&mut self.stages, &mut self.ranking_mlp, query, &key_sum, &mut block);
            probabilities.extend_from_slice(&sigmoid(logit).to_array());
            pace.breathe().await;
        }
        probabilities.truncate(items);

        let mut inspections = Vec::with_capacity(inspected.len());
        for items in inspected.chunks(LANES) {
            let query = lanes(self.network.queries::<LANES>(items.iter().copied()));
            let mut evolution = Vec::new();
            self.stages.run(&query, &mut block, Some(&mut evolution));
            let logit = self.ranking_mlp.run(&block.interest, &query, &key_sum);
            let (logit, probability) = (logit.to_array(), sigmoid(logit).to_array());
            for (lane, &item) in items.iter().enumerate() {
                let trace = self.stages.trace(&block, &evolution, lane);
                let (logit, probability) = (logit[lane], probability[lane]);
                inspections.push(Inspection { item, logit, probability, trace });
            }
            pace.breathe().await;
        }
        Ranking { probabilities, inspections, gpu_ms: None }
    }
}

/// The logits of eight candidates, from their queries [H].
///
/// A function of its own, because the body of an asynchronous one is compiled in the crate that awaits it, and with that
/// crate's settings: in the page, which is compiled to be small, this took five times as long.
#[inline(never)]
fn logit(
    stages: &mut Stages,
    ranking_mlp: &mut RankingMlp,
    query: &[Lanes],
    key_sum: &[f32],
    block: &mut Block,
) -> Lanes {
    stages.run(query, block, None);
    ranking_mlp.run(&block.interest, query, key_sum)
}

impl Stages {
    /// Brings what is kept of the history up to date, from the first step that changed.
    fn follow(&mut self, network: &Network, clicks: Clicks<'_>) {
        let new = clicks.items[clicks.kept..].iter().map(|&item| network.item(item));
        match self {
            Self::EmbeddingMlp { keys, .. } => {
                keys.truncate(clicks.kept * network.config.width());
                keys.extend(new.flatten());
            }
            Self::Din { din, history, keys, .. } => {
                history.truncate(clicks.kept);
                keys.truncate(clicks.kept * network.config.width());
                for key in new {
                    history.push(HistoryItem::new(din, key));
                    keys.extend_from_slice(key);
                }
            }
            Self::Dien { dien, history, .. } => {
                history.truncate(clicks.kept);
                for x in new {
                    history.push(InterestStep::new(dien, history.last(), x));
                }
            }
            // A new click moves every other one back by a position.
            Self::Tin { tin, keys, .. } => encode(tin, clicks.items.iter().map(|&item| network.item(item)), keys),
        }
    }

    /// The interest of eight candidates, from their queries [H]; `evolution` takes DIEN's steps, unit after unit.
    fn run(&mut self, query: &[Lanes], block: &mut Block, evolution: Option<&mut Vec<EvolutionStep>>) {
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
            Self::Din { din, history, keys, units } => {
                local_activation(din, history, query, units, &mut block.scores);
                block.attention.clone_from(&block.scores);
                weighted_pooling(din.normalization, keys, &mut block.attention, &mut block.interest);
            }
            Self::Dien { history, interest_evolution, .. } => {
                interest_attention(history, query, &mut block.scores, &mut block.attention);
                interest_evolution.run(history, &block.attention, &mut block.interest, evolution);
            }
            Self::Tin { tin, keys, query: encoded } => {
                encoded.clear();
                encoded.extend(query.iter().zip(tin.of_candidate()).map(|(&q, &p)| q + Lanes::splat(p)));
                temporal_attention(keys, encoded, &mut block.scores, &mut block.attention, &mut block.interest);
            }
        }
    }

    /// What the block computed for one of its candidates.
    fn trace(&self, block: &Block, evolution: &[EvolutionStep], lane: usize) -> Trace {
        let pick = |values: &[Lanes]| -> Vec<f32> { values.iter().map(|lanes| lanes.to_array()[lane]).collect() };
        match self {
            Self::EmbeddingMlp { .. } | Self::Din { .. } | Self::Tin { .. } => Trace::Pooling(PoolingTrace {
                scores: pick(&block.scores),
                weights: pick(&block.attention),
                interest: pick(&block.interest),
            }),
            Self::Dien { history, .. } => {
                let hidden = block.interest.len();
                let steps = |of: fn(&EvolutionStep) -> &Lanes| {
                    Steps::new(hidden, evolution.iter().map(|step| of(step).to_array()[lane]).collect())
                };
                let states = history.iter().flat_map(|step| step.state.iter().copied()).collect();
                Trace::Dien(DienTrace {
                    interest_states: Steps::new(hidden, states),
                    scores: pick(&block.scores),
                    attention: pick(&block.attention),
                    reset: steps(|step| &step.reset),
                    update: steps(|step| &step.update),
                    attentional_update: steps(|step| &step.attentional_update),
                    candidate: steps(|step| &step.candidate),
                    evolution_states: steps(|step| &step.state),
                })
            }
        }
    }
}

fn lanes(blocks: Vec<[f32; LANES]>) -> Vec<Lanes> {
    blocks.into_iter().map(Lanes::from).collect()
}
