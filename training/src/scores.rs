//! How well answers tell what was bought from what was not.

use model::metrics;
use serde::{Deserialize, Serialize};

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
