//! DIEN's attention, `wgsl/interest_attention.wgsl` in Rust.

use super::interest_extractor::InterestStep;
use super::lanes::Lanes;
use super::weighted_pooling::softmax;

/// score_t = (h_t·W)·q of eight candidates and a = softmax_t(score), both [step]; `query` is [H].
#[inline(never)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_is_a_softmax_over_the_steps() {
        let step =
            |attention: [f32; 2]| InterestStep { state: Vec::new(), attention: attention.to_vec(), input: Vec::new() };
        let query = [Lanes::splat(2.0), Lanes::splat(0.5)];
        let (mut scores, mut attention) = (Vec::new(), Vec::new());
        interest_attention(&[step([1.0, 2.0]), step([-1.0, 10.0])], &query, &mut scores, &mut attention);
        assert_eq!(scores, [Lanes::splat(3.0), Lanes::splat(3.0)]);
        assert_eq!(attention, [Lanes::splat(0.5), Lanes::splat(0.5)]);
        interest_attention(&[], &query, &mut scores, &mut attention);
        assert!(scores.is_empty() && attention.is_empty());
    }
}
