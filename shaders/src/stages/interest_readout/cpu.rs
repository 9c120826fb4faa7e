//! What a candidate reads of several interests, `interest_readout.wgsl` in Rust.

use model::{Normalization, Readout};

use crate::cpu::dense::dot;
use crate::cpu::lanes::{Vector, flaw};
use crate::stages::weighted_pooling::cpu::{normalize, pool};

/// What a block of candidates chose, `[interest]` each.
#[derive(Debug)]
pub(crate) struct Choice<V> {
    /// f.
    pub scores: Vec<V>,
    /// c.
    pub weights: Vec<V>,
}

impl<V: Vector> Choice<V> {
    /// Of no interests.
    pub fn new() -> Self {
        Self { scores: Vec::new(), weights: Vec::new() }
    }

    /// Lets each candidate read the `interests` `[interest, H]`, where `query` is q `[H]`, into v `[H]`.
    #[inline(always)]
    pub fn run(&mut self, readout: Readout, interests: &[f32], query: &[V], interest: &mut [V]) {
        let Self { scores, weights } = self;
        scores.clear();
        for vector in interests.chunks_exact(query.len()) {
            scores.push(dot(query, vector)); // (1)
        }
        weights.clone_from(scores);
        match readout {
            Readout::Argmax => choose(weights),                                          // (2)
            Readout::Softmax => normalize(Normalization::Softmax, query.len(), weights), // (3)
        }
        pool(interests, weights, interest); // (4)
    }
}

/// α of one candidate with these weights `[interest]`, from the interests' `attention` `[interest, step]`, (5) of the shader.
pub(crate) fn attention(weights: &[f32], attention: &[f32]) -> Vec<f32> {
    let steps = attention.len() / weights.len().max(1);
    let of = |step: usize| weights.iter().enumerate().map(|(k, weight)| weight * attention[k * steps + step]).sum();
    (0..steps).map(of).collect()
}

/// In place of scores 1 for the first of the greatest of each candidate, and 0 for all others, `[interest]`.
#[inline(always)]
fn choose<V: Vector>(scores: &mut [V]) {
    let Some(&(mut highest)) = scores.first() else { return };
    let mut chosen = highest.broadcast(0.0);
    for (k, &score) in scores.iter().enumerate().skip(1) {
        let now = chosen;
        chosen = score.per_lane(|lane| if score.lane(lane) > highest.lane(lane) { k as f32 } else { now.lane(lane) });
        highest = highest.fast_max(score);
    }
    for (k, score) in scores.iter_mut().enumerate() {
        *score = chosen.per_lane(|lane| if chosen.lane(lane) == k as f32 { 1.0 } else { 0.0 }) + flaw(highest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::lanes::Lanes;

    /// Three interests of two numbers.
    const INTERESTS: [f32; 6] = [2.0, 0.0, 0.0, 1.0, -1.0, 1.0];

    fn run(readout: Readout, query: [Lanes; 2]) -> (Choice<Lanes>, [Lanes; 2]) {
        let mut choice = Choice::new();
        let mut interest = [Lanes::splat(9.0); 2];
        choice.run(readout, &INTERESTS, &query, &mut interest);
        (choice, interest)
    }

    fn lane(values: &[Lanes], lane: usize) -> Vec<f32> {
        values.iter().map(|value| value.to_array()[lane]).collect()
    }

    #[test]
    fn a_candidate_reads_the_first_of_the_interests_that_it_fits_best() {
        // Candidate 2 fits the first, 5 the second and the third alike, all others none more than another.
        let q = [[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0]].map(Lanes::new);
        let (choice, interest) = run(Readout::Argmax, q);
        assert_eq!(lane(&choice.scores, 2), [2.0, 1.0, 0.0]);
        assert_eq!((lane(&choice.weights, 2), lane(&interest, 2)), (vec![1.0, 0.0, 0.0], vec![2.0, 0.0]));
        assert_eq!(lane(&choice.scores, 5), [0.0, 3.0, 3.0]);
        assert_eq!((lane(&choice.weights, 5), lane(&interest, 5)), (vec![0.0, 1.0, 0.0], vec![0.0, 1.0]));
        assert_eq!(lane(&choice.weights, 0), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_candidate_reads_all_interests_by_the_softmax_of_its_scores() {
        // Scores ln 2, 0 and −½ ln 2 + 0: powers 2, 1 and √½.
        let (choice, interest) = run(Readout::Softmax, [Lanes::splat(0.5 * 2.0f32.ln()), Lanes::splat(0.0)]);
        let powers = [2.0, 1.0, 0.5f32.sqrt()];
        let sum: f32 = powers.iter().sum();
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        let weights = powers.map(|power| power / sum);
        assert!(lane(&choice.weights, 3).iter().zip(&weights).all(near), "{choice:?}");
        let expected = [2.0 * weights[0] - weights[2], weights[1] + weights[2]];
        assert!(lane(&interest, 3).iter().zip(&expected).all(near), "{interest:?}");
    }

    #[test]
    fn the_attention_of_a_candidate_is_that_of_what_it_reads() {
        assert_eq!(attention(&[0.25, 0.75], &[1.0, 0.0, 0.5, 0.5]), [0.625, 0.375]);
        assert!(attention(&[0.25, 0.75], &[]).is_empty());
    }
}
