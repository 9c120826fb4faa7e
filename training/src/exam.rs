//! The questions by which networks are measured, and what networks and others answer.

use model::{Catalogue, Weights, WeightsError, metrics};

use crate::evaluate::logits;
use crate::knn::{self, ItemKnn};
use crate::purchases::Protocol;
use crate::samples::{Negatives, Question, Sampler, questions};
use crate::scores::{Scores, score_logits};
use crate::sequences::{Sequences, User};

/// The sets of questions, in the order of the tables.
pub const SETS: [(Protocol, Negatives); 4] = [
    (Protocol::NextItem, Negatives::Uniform),
    (Protocol::NextItem, Negatives::Popularity),
    (Protocol::NextBasket, Negatives::Uniform),
    (Protocol::NextBasket, Negatives::Popularity),
];

/// The sets' names in files, in their order.
pub const SET_NAMES: [&str; 4] =
    ["next_item-uniform", "next_item-popularity", "next_basket-uniform", "next_basket-popularity"];

/// Negatives a question, no two of them the same.
pub const NEGATIVES: usize = 100;

/// Seed of the negatives, the same for everybody who is asked.
pub const SEED: u64 = 2012;

/// The questions of each of [`SETS`]: each customer's last item against [`NEGATIVES`] sampled ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    /// The questions, set by set.
    pub sets: [Vec<Question>; 4],
    /// How many questions of the next item have another line of the answer's own invoice in their history.
    pub same_invoice: usize,
}

/// Logits of every candidate of every question, set by set.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// `[set][question][candidate]`.
    pub logits: [Vec<Vec<f32>>; 4],
    /// Whether σ(logit) is a probability; if not, there is no logloss.
    pub probabilities: bool,
}

impl Exam {
    /// The questions for the users of `sequences`; popular negatives are drawn by the popularity of `catalogue`.
    pub fn new(catalogue: &Catalogue, sequences: &Sequences) -> Self {
        let (sampler, users) = (Sampler::new(catalogue), sequences.purchases());
        let sets = SETS.map(|how| questions(&users, &sampler, how, (1, NEGATIVES), usize::MAX, SEED));
        let same_invoice = |user: &&User| match user.events.as_slice() {
            [.., before, last] => before.basket == last.basket,
            _ => false,
        };
        Self { sets, same_invoice: sequences.users.iter().filter(same_invoice).count() }
    }

    /// What `answer` says to each question: a logit a candidate.
    ///
    /// # Errors
    /// The first of `answer`'s.
    pub fn ask<E>(
        &self,
        probabilities: bool,
        mut answer: impl FnMut(&[Question]) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<Answers, E> {
        let [a, b, c, d] = &self.sets;
        Ok(Answers { logits: [answer(a)?, answer(b)?, answer(c)?, answer(d)?], probabilities })
    }

    /// What a trained network answers.
    ///
    /// # Errors
    /// As [`model::reference::Network::new`].
    pub fn ask_network(&self, weights: &Weights, item_categories: &[u32]) -> Result<Answers, WeightsError> {
        self.ask(true, |questions| logits(weights, item_categories, questions))
    }

    /// What the floor answers that knows no history: an item's number of customers, `[item]`.
    pub fn ask_popularity(&self, customers: &[u32]) -> Answers {
        self.ask_score(|_, item| customers[item as usize] as f32)
    }

    /// What item-kNN answers.
    pub fn ask_item_knn(&self, knn: &ItemKnn) -> Answers {
        self.ask_score(|question, item| knn.score(question.last(knn::MAX_HISTORY), item))
    }

    fn ask_score(&self, score: impl Fn(&Question, u32) -> f32) -> Answers {
        let row = |question: &Question| question.candidates.iter().map(|&item| score(question, item)).collect();
        let logits = self.sets.each_ref().map(|questions| questions.iter().map(row).collect());
        Answers { logits, probabilities: false }
    }
}

impl Answers {
    /// The scores of each set.
    pub fn scores(&self) -> [Scores; 4] {
        self.logits.each_ref().map(|logits| {
            let scores = score_logits(logits);
            if self.probabilities { scores } else { Scores { logloss: f64::NAN, ..scores } }
        })
    }

    /// The scores as a weights file's note "metrics" has them: by protocol and then by negatives.
    pub fn note(&self) -> String {
        let [a, b, c, d] = self.scores();
        let by_negatives =
            |uniform: Scores, popularity: Scores| serde_json::json!({ "uniform": uniform, "popularity": popularity });
        serde_json::json!({ "next_item": by_negatives(a, b), "next_basket": by_negatives(c, d) }).to_string()
    }

    /// AUC of each question of a set, NaN where a logit is.
    pub fn aucs(&self, set: usize) -> Vec<f64> {
        let of = |row: &Vec<f32>| {
            let clicks: Vec<bool> = (0..row.len()).map(|column| column == 0).collect();
            metrics::auc(row, &clicks).unwrap_or(f64::NAN)
        };
        self.logits[set].iter().map(of).collect()
    }

    /// The mean of the logits of several, which answered the same questions.
    pub fn mean(of: &[&Self]) -> Self {
        let mean = |set: usize, question: usize, candidate: usize| {
            of.iter().map(|answers| answers.logits[set][question][candidate]).sum::<f32>() / of.len() as f32
        };
        let logits = [0, 1, 2, 3].map(|set| {
            let first = of.first().map_or(&[][..], |answers| &answers.logits[set]);
            let row = |(question, row): (usize, &Vec<f32>)| {
                (0..row.len()).map(|column| mean(set, question, column)).collect()
            };
            first.iter().enumerate().map(row).collect()
        });
        Self { logits, probabilities: of.iter().all(|answers| answers.probabilities) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_areas_by_hand() {
        let answers = |row: &[f32]| Answers { logits: [0, 1, 2, 3].map(|_| vec![row.to_vec()]), probabilities: true };
        let (a, b) = (answers(&[1.0, 0.0, 2.0]), answers(&[2.0, 0.0, 0.0]));
        let mean = Answers::mean(&[&a, &b]);
        assert_eq!(mean.logits[3], [[1.5, 0.0, 1.0]]);
        assert_eq!([&a, &b, &mean].map(|answers| answers.aucs(0)), [[0.5], [1.0], [1.0]]);
        assert_eq!(mean.scores()[2].gauc, 1.0);
        let note: serde_json::Value = serde_json::from_str(&a.note()).unwrap();
        assert_eq!(note["next_basket"]["uniform"]["gauc"], 0.5);
        let floor = Answers { probabilities: false, ..a };
        assert!(floor.scores()[0].logloss.is_nan() && !Answers::mean(&[&floor, &b]).probabilities);
    }
}
