//! The CPU backend: the stages one after another, for several candidates at a time.

#[cfg(target_arch = "x86_64")]
mod avx2;
pub(crate) mod dense;
pub(crate) mod lanes;
pub(crate) mod mlp;
pub(crate) mod pace;
pub(crate) mod queries;
mod stages;

use std::fmt;
use std::sync::Arc;

use model::{Inspection, sort_rows};

use crate::network::Network;
use crate::question::{Candidate, Question, Ranking, Scope};
use crate::stages::interest_evolution::cpu::EvolutionTrace;
use crate::stages::ranking_mlp::cpu::RankingMlp;
use lanes::{Lanes, Vector, sigmoid};
use pace::Pace;
use queries::Queries;
use stages::{Block, Stages};

/// One network on the CPU.
pub(crate) struct Runner(Box<dyn Rank>);

impl fmt::Debug for Runner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Runner").field("lanes", &self.0.lanes()).finish_non_exhaustive()
    }
}

impl Runner {
    pub fn new(network: Arc<Network>) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(zero) = avx2::Lanes::zero() {
            return Self(Box::new(Ranker::new(zero, network)));
        }
        Self(Box::new(Ranker::new(Lanes::ZERO, network)))
    }

    /// Ranks the candidates, in slices.
    pub async fn rank(&mut self, question: Question<'_>) -> Ranking {
        let Question { candidates, inspected, scope, .. } = question;
        let ranker = &mut self.0;
        let mut pace = Pace::new();
        let mut probabilities = Vec::new();
        if scope == Scope::LeaveOneOut {
            for left_out in 0..question.history.len() {
                let history = question.without(left_out);
                // As the one before, but for the item that this had left out.
                let kept = left_out.saturating_sub(1);
                ranker.follow(Question { history: &history, kept, ..question });
                ranker.score(inspected, &mut probabilities);
                pace.breathe().await;
            }
            return Ranking { probabilities, ..Ranking::default() };
        }
        ranker.follow(question);
        if scope != Scope::Inspected {
            probabilities.reserve(candidates.len());
            for items in candidates.chunks(ranker.lanes()) {
                ranker.score(items, &mut probabilities);
                pace.breathe().await;
            }
        }
        let mut inspections = Vec::with_capacity(inspected.len());
        for items in inspected.chunks(ranker.lanes()) {
            ranker.inspect(items, &mut inspections);
            pace.breathe().await;
        }
        let best = match scope {
            Scope::Best(count) => best(candidates, &probabilities, count),
            Scope::All | Scope::Inspected | Scope::LeaveOneOut => Vec::new(),
        };
        Ranking { probabilities, best, inspections, ..Ranking::default() }
    }
}

/// The stages for one kind of vector.
///
/// Behind a trait object, because the body of an asynchronous function, and generic functions that it calls, are compiled in
/// the crate that awaits it, and with that crate's settings: in the page, which is compiled to be small, this took five times
/// as long.
trait Rank {
    /// How many candidates a block has.
    fn lanes(&self) -> usize;

    /// Brings what is kept of the history up to date, from the first step that changed.
    fn follow(&mut self, question: Question<'_>);

    /// Appends the probabilities of `items`, no more than a block has.
    fn score(&mut self, items: &[u32], probabilities: &mut Vec<f32>);

    /// Appends what is computed for `items`, no more than a block has.
    fn inspect(&mut self, items: &[u32], inspections: &mut Vec<Inspection>);
}

/// As [`Rank`].
struct Ranker<V> {
    zero: V,
    network: Arc<Network>,
    queries: Queries<V>,
    stages: Stages<V>,
    ranking_mlp: RankingMlp<V>,
    block: Block<V>,
    /// Σ_j k_j over the history, [H].
    key_sum: Vec<f32>,
    /// Length of the history.
    steps: usize,
}

impl<V: Vector> Ranker<V> {
    fn new(zero: V, network: Arc<Network>) -> Self {
        Self {
            zero,
            queries: Queries::new(zero, &network),
            stages: Stages::new(zero, &network),
            ranking_mlp: RankingMlp::new(zero, &network),
            block: Block::new(zero, network.config.interest_width()),
            key_sum: Vec::new(),
            steps: 0,
            network,
        }
    }

    /// The logits and the probabilities of `items`. Leaves the rest of what is computed in `block` and in `evolution`.
    #[inline(never)]
    fn compute(&mut self, items: &[u32], evolution: Option<&mut EvolutionTrace<V>>) -> (V, V) {
        let Self { zero, network, queries, stages, ranking_mlp, block, key_sum, .. } = self;
        queries.load(network, items);
        zero.vectorize(
            #[inline(always)]
            || {
                let query = queries.query();
                stages.run(query, block, evolution);
                let logit = ranking_mlp.run(&block.interest, query.own, key_sum);
                (logit, sigmoid(logit))
            },
        )
    }
}

impl<V: Vector + 'static> Rank for Ranker<V> {
    fn lanes(&self) -> usize {
        V::LANES
    }

    fn follow(&mut self, question: Question<'_>) {
        self.stages.follow(&self.network, question);
        self.key_sum = self.network.key_sum(question.history);
        self.steps = question.history.len();
    }

    fn score(&mut self, items: &[u32], probabilities: &mut Vec<f32>) {
        let (_, probability) = self.compute(items, None);
        probabilities.extend((0..items.len()).map(|lane| probability.lane(lane)));
    }

    fn inspect(&mut self, items: &[u32], inspections: &mut Vec<Inspection>) {
        let mut evolution = EvolutionTrace::new();
        let (logit, probability) = self.compute(items, Some(&mut evolution));
        inspections.extend(items.iter().enumerate().map(|(lane, &item)| {
            let trace = self.stages.trace(&self.network.config, &self.block, &evolution, self.steps, lane);
            Inspection { item, logit: logit.lane(lane), probability: probability.lane(lane), trace }
        }));
    }
}

/// The `count` best of the `candidates` [candidates], as `best_candidates.wgsl` finds them.
fn best(candidates: &[u32], probabilities: &[f32], count: usize) -> Vec<Candidate> {
    let mut order: Vec<u32> = (0..candidates.len() as u32).collect();
    let better = |a: u32, b: u32| probabilities[b as usize].total_cmp(&probabilities[a as usize]);
    if count < order.len() {
        order.select_nth_unstable_by(count, |&a, &b| better(a, b).then(a.cmp(&b)));
        order.truncate(count);
    }
    sort_rows(&mut order, &better);
    let best = order.into_iter().map(|at| at as usize);
    best.map(|at| Candidate { item: candidates[at], probability: probabilities[at] }).collect()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use model::{Activation, Config, DienAttention, Evolution, Normalization, Pooling, Reset};

    use super::*;
    use crate::seeded;

    /// Probabilities of every item.
    fn probabilities<V: Vector + 'static>(zero: V, config: Config) -> Vec<f32> {
        const ITEMS: u32 = 45;
        let mut ranker = Ranker::new(zero, Arc::new(seeded::network(config, ITEMS as usize)));
        let candidates: Arc<[u32]> = (0..ITEMS).collect();
        let (history, scope) = ([3, 7, 44, 3, 12], Scope::All);
        ranker.follow(Question { history: &history, kept: 0, candidates: &candidates, inspected: &[], scope });
        let mut probabilities = Vec::new();
        for items in candidates.chunks(V::LANES) {
            ranker.score(items, &mut probabilities);
        }
        probabilities
    }

    #[test]
    fn every_kind_of_vector_gives_the_same() {
        let Some(zero) = avx2::Lanes::zero() else { return };
        let unit = seeded::projected(&[9, 5], Activation::Sigmoid);
        let evolutions = [Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors, Evolution::Gru];
        let dien = evolutions.into_iter().flat_map(|evolution| {
            [Reset::After, Reset::Before]
                .map(|reset| seeded::dien_with([5, 2, 6], evolution, DienAttention::Bilinear, reset))
        });
        let mut configs = vec![
            seeded::embedding_mlp([5, 2], Pooling::Mean),
            seeded::din([5, 2, 11], Normalization::None),
            seeded::din_with([5, 2], unit, Normalization::ScaledSoftmax),
            seeded::tin([5, 2, 4]),
        ];
        configs.extend(dien);
        for config in configs {
            let name = format!("{:?}", config.network);
            let portable = probabilities(Lanes::ZERO, config.clone());
            let avx2 = probabilities(zero, config);
            assert_eq!(portable.len(), 45);
            for (portable, avx2) in portable.iter().zip(&avx2) {
                // A multiply-add rounds once there, and twice here.
                assert!((portable - avx2).abs() < 1e-6, "{name}: {portable} {avx2}");
            }
        }
    }
}
