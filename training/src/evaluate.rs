//! What a network answers to questions.

use std::ops::Deref;

use burn::prelude::*;

use crate::samples::Question;
use model::reference::{Histories, Network, item_rows, values};
use model::{Weights, WeightsError};

/// Questions a batch.
const BATCH: usize = 16;

/// Questions that a network answers batch by batch, so that whoever asks can do something else in between.
#[derive(Debug)]
pub struct Evaluation<Q> {
    questions: Q,
    network: Network,
    max_history: usize,
    /// The questions of each batch that is still to come, the last one first.
    left: Vec<Vec<usize>>,
    logits: Vec<Vec<f32>>,
}

impl<Q: Deref<Target = [Question]>> Evaluation<Q> {
    /// `item_categories` `[items]` is the category row of each item. Of a history the network sees as many of the last items
    /// as its configuration says.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn new(weights: &Weights, item_categories: &[u32], questions: Q) -> Result<Self, WeightsError> {
        let network = Network::new(weights, item_categories, &Device::flex())?;
        let max_history = weights.config().max_history;
        // Histories of about the same length together, so that little of a batch is padding.
        let mut order: Vec<usize> = (0..questions.len()).collect();
        order
            .sort_by_key(|&index| (questions[index].candidates.len(), questions[index].history.len().min(max_history)));
        let alike = order.chunk_by(|&a, &b| questions[a].candidates.len() == questions[b].candidates.len());
        let mut left: Vec<_> = alike.flat_map(|alike| alike.chunks(BATCH)).map(<[usize]>::to_vec).collect();
        left.reverse();
        let logits = vec![Vec::new(); questions.len()];
        Ok(Self { questions, network, max_history, left, logits })
    }

    /// Answers the next batch, and says whether there is another one after it.
    pub fn advance(&mut self) -> bool {
        let Some(batch) = self.left.pop() else { return false };
        let (questions, device) = (&self.questions, Device::flex());
        let histories: Vec<&[u32]> = batch.iter().map(|&index| questions[index].last(self.max_history)).collect();
        let histories = Histories::new(&histories, &device);
        let columns = questions[batch[0]].candidates.len();
        let candidates: Vec<u32> =
            batch.iter().flat_map(|&index| questions[index].candidates.iter().copied()).collect();
        let ids = item_rows(&candidates, [batch.len(), columns], &device);
        let answers = values(self.network.forward(&histories, ids).logits);
        for (&index, row) in batch.iter().zip(answers.chunks_exact(columns)) {
            self.logits[index] = row.to_vec();
        }
        !self.left.is_empty()
    }

    /// Logits of every candidate of every question, question by question; none of those that were not answered.
    pub fn logits(self) -> Vec<Vec<f32>> {
        self.logits
    }
}

/// Logits of every candidate of every question, as by [`Evaluation`].
///
/// # Errors
/// As [`Network::new`].
pub fn logits(
    weights: &Weights,
    item_categories: &[u32],
    questions: &[Question],
) -> Result<Vec<Vec<f32>>, WeightsError> {
    let mut evaluation = Evaluation::new(weights, item_categories, questions)?;
    while evaluation.advance() {}
    Ok(evaluation.logits())
}
