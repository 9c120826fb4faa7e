//! DIEN's attention, `wgsl/interest_attention.wgsl` in Rust.

use super::interest_extractor::InterestStep;
use super::lanes::Lanes;
use super::weighted_pooling::softmax;

/// score_t = (h_t·W)·q of eight candidates and a = softmax_t(score), both [step]; `query` is [H].
pub(crate) fn interest_attention(
    steps: &[InterestStep],
    query: &[Lanes],
    scores: &mut Vec<Lanes>,
    attention: &mut Vec<Lanes>,
) {
    scores.clear();
    scores.extend(steps.iter().map(|step| {
        let mut score = Lanes::ZERO;
        for (&query, &weight) in query.iter().zip(&step.attention) {
            score += query * weight;
        }
        score
    }));
    attention.clone_from(scores);
    softmax(attention, 1.0);
}
