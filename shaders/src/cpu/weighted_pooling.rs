//! DIN's weighted sum pooling, `wgsl/weighted_pooling.wgsl` in Rust.

use model::Normalization;

use super::lanes::Lanes;

/// softmax over the steps of eight candidates, in place, of `scale`·score.
pub(crate) fn softmax(scores: &mut [Lanes], scale: f32) {
    let Some(&first) = scores.first() else { return };
    let highest = scores.iter().fold(first, |highest, &score| highest.max(score));
    let mut sum = Lanes::ZERO;
    for score in &mut *scores {
        *score = ((*score - highest) * scale).exp();
        sum += *score;
    }
    let share = sum.recip();
    for weight in scores {
        *weight = *weight * share;
    }
}

/// Weights w_j from scores, in place [step], and v = Σ_j w_j k_j into `interest` [H]. `keys` is [step, H].
pub(crate) fn weighted_pooling(
    normalization: Normalization,
    keys: &[f32],
    weights: &mut [Lanes],
    interest: &mut [Lanes],
) {
    let width = interest.len();
    match normalization {
        Normalization::None => {}
        Normalization::Softmax => softmax(weights, 1.0),
        Normalization::ScaledSoftmax => softmax(weights, 1.0 / (width as f32).sqrt()),
    }
    interest.fill(Lanes::ZERO);
    for (&weight, key) in weights.iter().zip(keys.chunks_exact(width)) {
        for (interest, &key) in interest.iter_mut().zip(key) {
            *interest += weight * key;
        }
    }
}
