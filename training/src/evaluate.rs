//! How well a network tells what was bought from what was not.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::knn::{self, ItemKnn};
use crate::samples::{Negatives, Protocol, Question, Sampler, Split, questions};
use crate::sequences::Sequences;
use model::reference::{Histories, Network, item_rows, values};
use model::{Catalogue, Weights, WeightsError, metrics};

/// AUC, GAUC and logloss on one set of questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Area under the ROC curve over all questions together.
    pub auc: f64,
    /// Mean of each question's AUC.
    pub gauc: f64,
    /// Mean negative log likelihood in nats of the item bought and one sampled item a question.
    pub logloss: f64,
    /// Number of questions.
    pub questions: usize,
}

/// Logits of every candidate of every question, question by question.
///
/// # Errors
/// As [`Network::new`].
pub fn logits(
    weights: &Weights,
    item_categories: &[u32],
    questions: &[Question],
) -> Result<Vec<Vec<f32>>, WeightsError> {
    let device = Device::flex();
    let network = Network::new(weights, item_categories, &device)?;
    // Histories of about the same length together, so that little of a batch is padding.
    let mut order: Vec<usize> = (0..questions.len()).collect();
    order.sort_by_key(|&index| (questions[index].candidates.len(), questions[index].history.len()));
    let mut logits = vec![Vec::new(); questions.len()];
    for batch in order.chunk_by(|&a, &b| questions[a].candidates.len() == questions[b].candidates.len()) {
        for batch in batch.chunks(16) {
            let histories: Vec<&[u32]> = batch.iter().map(|&index| questions[index].history.as_slice()).collect();
            let histories = Histories::new(&histories, &device);
            let columns = questions[batch[0]].candidates.len();
            let candidates: Vec<u32> =
                batch.iter().flat_map(|&index| questions[index].candidates.iter().copied()).collect();
            let ids = item_rows(&candidates, [batch.len(), columns], &device);
            let answers = values(network.forward(&histories, ids).logits);
            for (&index, row) in batch.iter().zip(answers.chunks_exact(columns)) {
                logits[index] = row.to_vec();
            }
        }
    }
    Ok(logits)
}

/// Scores of the network on `questions`.
///
/// # Errors
/// As [`Network::new`].
pub fn score(weights: &Weights, item_categories: &[u32], questions: &[Question]) -> Result<Scores, WeightsError> {
    Ok(score_logits(&logits(weights, item_categories, questions)?))
}

/// Scores of answers given as one row of logits a question, the item really bought first.
pub fn score_logits(logits: &[Vec<f32>]) -> Scores {
    let all: Vec<f32> = logits.concat();
    let clicks: Vec<bool> = logits.iter().flat_map(|row| (0..row.len()).map(|column| column == 0)).collect();
    let question: Vec<u32> = logits.iter().zip(0..).flat_map(|(row, index)| row.iter().map(move |_| index)).collect();
    // One negative a question, as in training: with all of them, the prior of a click would be another one.
    let pairs: Vec<f32> = logits.iter().flat_map(|row| row[..2].to_vec()).collect();
    let pair_clicks: Vec<bool> = (0..pairs.len()).map(|column| column % 2 == 0).collect();
    Scores {
        auc: metrics::auc(&all, &clicks).unwrap_or(f64::NAN),
        gauc: metrics::gauc(&question, &all, &clicks).unwrap_or(f64::NAN),
        logloss: metrics::logloss(&pairs, &pair_clicks).unwrap_or(f64::NAN),
        questions: logits.len(),
    }
}

/// Scores on the test users: each user's last item against [`TEST_NEGATIVES`] sampled ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`Protocol::NextItem`].
    pub next_item: ByNegatives,
    /// [`Protocol::NextBasket`].
    pub next_basket: ByNegatives,
}

/// Scores by the kind of negatives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ByNegatives {
    /// [`Negatives::Uniform`].
    pub uniform: Scores,
    /// [`Negatives::Popularity`].
    pub popularity: Scores,
}

/// Negatives a question in a [`Report`].
pub const TEST_NEGATIVES: usize = 100;

/// Seed of the negatives in a [`Report`], the same for every network.
pub const TEST_SEED: u64 = 2012;

impl Report {
    /// Asks `answer` for one row of logits a question, under both protocols with both kinds of negatives. Histories are
    /// cut to the last `max_history` items.
    ///
    /// # Errors
    /// The first of `answer`'s.
    pub fn new<E>(
        catalogue: &Catalogue,
        sequences: &Sequences,
        max_history: usize,
        mut answer: impl FnMut(&[Question]) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<Self, E> {
        let users = Split::new(sequences).test;
        let sampler = Sampler::new(catalogue);
        let mut score = |protocol, negatives| {
            let size = (1, TEST_NEGATIVES);
            let asked = questions(sequences, &users, &sampler, (protocol, negatives), size, max_history, TEST_SEED);
            Ok(score_logits(&answer(&asked)?))
        };
        let mut by_negatives = |protocol| {
            Ok(ByNegatives {
                uniform: score(protocol, Negatives::Uniform)?,
                popularity: score(protocol, Negatives::Popularity)?,
            })
        };
        Ok(Self { next_item: by_negatives(Protocol::NextItem)?, next_basket: by_negatives(Protocol::NextBasket)? })
    }

    /// The report of a trained network.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn of_network(weights: &Weights, catalogue: &Catalogue, sequences: &Sequences) -> Result<Self, WeightsError> {
        let categories = catalogue.item_categories();
        Self::new(catalogue, sequences, weights.config().max_history, |questions| {
            logits(weights, &categories, questions)
        })
    }

    /// The report of the floor that knows no history: an item's score is its number of customers.
    pub fn of_popularity(catalogue: &Catalogue, sequences: &Sequences) -> Self {
        Self::of_scores(catalogue, sequences, 1, |_, item| catalogue.items()[item as usize].popularity as f32)
    }

    /// The report of item-kNN, fitted to the training users.
    pub fn of_item_knn(catalogue: &Catalogue, sequences: &Sequences) -> Self {
        let knn = ItemKnn::fit(sequences, &Split::new(sequences).train, catalogue.items().len());
        Self::of_scores(catalogue, sequences, knn::MAX_HISTORY, |history, item| knn.score(history, item))
    }

    /// The report of a floor: `score` of a history and a candidate is no probability and so has no logloss (NaN).
    fn of_scores(
        catalogue: &Catalogue,
        sequences: &Sequences,
        max_history: usize,
        score: impl Fn(&[u32], u32) -> f32,
    ) -> Self {
        let row = |question: &Question| -> Vec<f32> {
            question.candidates.iter().map(|&item| score(&question.history, item)).collect()
        };
        let report: Result<Self, std::convert::Infallible> =
            Self::new(catalogue, sequences, max_history, |questions| Ok(questions.iter().map(row).collect()));
        let Ok(mut report) = report;
        for scores in [&mut report.next_item, &mut report.next_basket] {
            scores.uniform.logloss = f64::NAN;
            scores.popularity.logloss = f64::NAN;
        }
        report
    }
}
