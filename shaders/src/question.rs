//! The contract between the engine and its backends: what a backend is asked, and what it answers.

use std::sync::Arc;

use model::Inspection;

/// The longest history that an engine takes, in items.
pub const MAX_HISTORY: usize = 200;

/// The most candidates that [`Engine::best`](crate::Engine::best) gives.
pub const MAX_BEST: usize = 100;

/// One of the best candidates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The item, as its row in the catalogue.
    pub item: u32,
    /// The click probability.
    pub probability: f32,
}

/// The time of one stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageTime {
    /// Name of the stage, as in `stages/<stage>/`.
    pub stage: &'static str,
    /// In milliseconds.
    pub ms: f64,
}

/// What a backend is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// The items clicked, oldest first.
    pub history: &'a [u32],
    /// How many steps, from the oldest, are as they were at the last ranking.
    pub kept: usize,
    /// The rows of the catalogue that are ranked. Another list is another `Arc`.
    pub candidates: &'a Arc<[u32]>,
    /// The items whose full trace is wanted.
    pub inspected: &'a [u32],
    pub scope: Scope,
}

impl Question<'_> {
    /// The history without one of its items.
    pub fn without(&self, left_out: usize) -> Vec<u32> {
        let (before, after) = self.history.split_at(left_out);
        [before, &after[1..]].concat()
    }
}

/// Which candidates a backend computes and answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// So many of the best of all; no more than [`MAX_BEST`] and than there are.
    Best(usize),
    /// The inspected ones alone.
    Inspected,
    /// The one inspected candidate, once without each item of the history. Keeps all steps but the newest.
    LeaveOneOut,
}

impl Scope {
    /// Whether candidates are ranked.
    pub fn is_ranking(self) -> bool {
        matches!(self, Self::All | Self::Best(_))
    }
}

/// What a backend answers.
#[derive(Debug, Default)]
pub(crate) struct Ranking {
    /// `[candidates]` of [`Scope::All`], `[history]` of [`Scope::LeaveOneOut`].
    pub probabilities: Vec<f32>,
    /// Of [`Scope::Best`].
    pub best: Vec<Candidate>,
    pub inspections: Vec<Inspection>,
    pub gpu_ms: Option<f64>,
    pub stages: Vec<StageTime>,
}
