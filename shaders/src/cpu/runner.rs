//! One network on the CPU.

use std::fmt;
use std::sync::Arc;

use model::Inspection;

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::lanes::{Lanes, Vector, sigmoid};
use super::pace::Pace;
use super::queries::Queries;
use crate::error::EngineError;
use crate::network::Network;
use crate::networks::Live;
use crate::question::{Question, Ranking, Scope};
use crate::stages::best_candidates::cpu::best_candidates;
use crate::stages::ranking_mlp::cpu::RankingMlp;

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

    /// A runner that computes in its own way.
    pub(super) fn of(rank: impl Rank + 'static) -> Self {
        Self(Box::new(rank))
    }

    /// The inspected candidates, at once.
    ///
    /// # Errors
    /// [`EngineError::Overflow`], where the runner looks for it.
    pub fn inspect(&mut self, question: Question<'_>) -> Result<Vec<Inspection>, EngineError> {
        let mut inspections = Vec::with_capacity(question.inspected.len());
        self.0.follow(question);
        for items in question.inspected.chunks(self.0.lanes()) {
            self.0.inspect(items, &mut inspections)?;
        }
        Ok(inspections)
    }

    /// Ranks the candidates, in slices.
    ///
    /// # Errors
    /// [`EngineError::Overflow`], where the runner looks for it.
    pub async fn rank(&mut self, question: Question<'_>) -> Result<Ranking, EngineError> {
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
                ranker.score(inspected, &mut probabilities)?;
                pace.breathe().await;
            }
            return Ok(Ranking { probabilities, ..Ranking::default() });
        }
        ranker.follow(question);
        if scope != Scope::Inspected {
            probabilities.reserve(candidates.len());
            for items in candidates.chunks(ranker.lanes()) {
                ranker.score(items, &mut probabilities)?;
                pace.breathe().await;
            }
        }
        let mut inspections = Vec::with_capacity(inspected.len());
        for items in inspected.chunks(ranker.lanes()) {
            ranker.inspect(items, &mut inspections)?;
            pace.breathe().await;
        }
        let best = match scope {
            Scope::Best(count) => best_candidates(candidates, &probabilities, count),
            Scope::All | Scope::Inspected | Scope::LeaveOneOut => Vec::new(),
        };
        Ok(Ranking { probabilities, best, inspections, ..Ranking::default() })
    }
}

/// A network for one kind of vector.
///
/// Behind a trait object, because the body of an asynchronous function, and generic functions that it calls, are compiled in
/// the crate that awaits it, and with that crate's settings: in the page, which is compiled to be small, this took five times
/// as long.
pub(super) trait Rank {
    /// How many candidates a block has.
    fn lanes(&self) -> usize;

    /// Brings what is kept of the history up to date, from the first step that changed.
    fn follow(&mut self, question: Question<'_>);

    /// Appends the probabilities of `items`, no more than a block has.
    ///
    /// # Errors
    /// [`EngineError::Overflow`], where that is looked for.
    fn score(&mut self, items: &[u32], probabilities: &mut Vec<f32>) -> Result<(), EngineError>;

    /// Appends what is computed for `items`, no more than a block has.
    ///
    /// # Errors
    /// [`EngineError::Overflow`], where that is looked for.
    fn inspect(&mut self, items: &[u32], inspections: &mut Vec<Inspection>) -> Result<(), EngineError>;
}

/// The network, and what it computes for a block of candidates.
pub(super) struct Ranker<V> {
    zero: V,
    network: Arc<Network>,
    queries: Queries<V>,
    live: Live<V>,
    ranking_mlp: RankingMlp<V>,
    /// Of each candidate of the block that was run last, `[interest]`.
    interest: Vec<V>,
    /// Σ_j k_j over the history, `[H]`.
    key_sum: Vec<f32>,
    /// Length of the history.
    steps: usize,
}

impl<V: Vector> Ranker<V> {
    /// `network`, computed in vectors like `zero`.
    pub fn new(zero: V, network: Arc<Network>) -> Self {
        Self {
            zero,
            queries: Queries::new(zero, network.body.attention_query()),
            live: Live::new(zero, &network.body),
            ranking_mlp: RankingMlp::new(zero, &network.config.head, &network.head),
            interest: vec![zero; network.config.interest_width()],
            key_sum: Vec::new(),
            steps: 0,
            network,
        }
    }

    /// The logits and the probabilities of `items`. Leaves their interests in `interest`, and in `live` what its trace tells
    /// where they are `inspected`.
    #[inline(never)]
    fn compute(&mut self, items: &[u32], inspected: bool) -> (V, V) {
        let Self { zero, network, queries, live, ranking_mlp, interest, key_sum, .. } = self;
        queries.load(&network.catalogue, items);
        zero.vectorize(
            #[inline(always)]
            || {
                let query = queries.query();
                live.run(query, interest, inspected);
                let logit = ranking_mlp.run(interest, query.own, key_sum);
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
        let Question { history, kept, .. } = question;
        self.live.follow(&self.network.catalogue, history, kept);
        self.key_sum = self.network.catalogue.key_sum(history);
        self.steps = history.len();
    }

    fn score(&mut self, items: &[u32], probabilities: &mut Vec<f32>) -> Result<(), EngineError> {
        let (_, probability) = self.compute(items, false);
        probabilities.extend((0..items.len()).map(|lane| probability.lane(lane)));
        Ok(())
    }

    fn inspect(&mut self, items: &[u32], inspections: &mut Vec<Inspection>) -> Result<(), EngineError> {
        let (logit, probability) = self.compute(items, true);
        inspections.extend(items.iter().enumerate().map(|(lane, &item)| {
            let parts = self.live.trace(&self.interest, self.steps, lane);
            self.network.inspection(item, [logit, probability].map(|value| value.lane(lane)), self.steps, parts)
        }));
        Ok(())
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
mod tests {
    use model::Config;
    use testing::{ITEMS, config, every_option};

    use super::*;
    use crate::seeded;

    /// Probabilities of every item.
    fn probabilities<V: Vector + 'static>(zero: V, config: Config) -> Vec<f32> {
        let mut ranker = Ranker::new(zero, Arc::new(seeded::network(config)));
        let candidates: Arc<[u32]> = (0..ITEMS as u32).collect();
        let (history, scope) = ([3, 7, 44, 3, 12], Scope::All);
        ranker.follow(Question { history: &history, kept: 0, candidates: &candidates, inspected: &[], scope });
        let mut probabilities = Vec::new();
        for items in candidates.chunks(V::LANES) {
            ranker.score(items, &mut probabilities).unwrap();
        }
        probabilities
    }

    #[test]
    fn every_kind_of_vector_gives_the_same() {
        let Some(zero) = avx2::Lanes::zero() else { return };
        for options in every_option(5 + 2) {
            // Shorter than the history, so that clicks share the oldest position.
            let config = Config { max_history: 4, ..config([5, 2], options) };
            let name = format!("{:?}", config.network);
            let portable = probabilities(Lanes::ZERO, config.clone());
            let avx2 = probabilities(zero, config);
            assert_eq!(portable.len(), ITEMS);
            for (portable, avx2) in portable.iter().zip(&avx2) {
                // A multiply-add rounds once there, and twice here.
                assert!((portable - avx2).abs() < 1e-6, "{name}: {portable} {avx2}");
            }
        }
    }
}
