//! How well a network tells what was bought from what was not.

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use crate::samples::Question;
use model::reference::{Histories, Network, item_rows, values};
use model::{Weights, WeightsError, metrics};

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

/// Logits of every candidate of every question, question by question. Of a history the network sees as many of the last
/// items as its configuration says.
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
    let max_history = weights.config().max_history;
    // Histories of about the same length together, so that little of a batch is padding.
    let mut order: Vec<usize> = (0..questions.len()).collect();
    order.sort_by_key(|&index| (questions[index].candidates.len(), questions[index].history.len().min(max_history)));
    let mut logits = vec![Vec::new(); questions.len()];
    for batch in order.chunk_by(|&a, &b| questions[a].candidates.len() == questions[b].candidates.len()) {
        for batch in batch.chunks(16) {
            let histories: Vec<&[u32]> = batch.iter().map(|&index| questions[index].last(max_history)).collect();
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
