//! Weighted sum pooling, `wgsl/weighted_pooling.wgsl` in Rust.

use model::Normalization;

use super::lanes::{Lanes, exp};

/// softmax over the steps of eight candidates, in place, of `scale`·score.
///
/// Never inlined, like the stages: with a copy in each caller the page's program is 10 kB larger.
#[inline(never)]
pub(crate) fn softmax(scores: &mut [Lanes], scale: f32) {
    let Some(&first) = scores.first() else { return };
    let highest = scores.iter().fold(first, |highest, &score| highest.fast_max(score));
    let mut sum = Lanes::ZERO;
    for score in &mut *scores {
        *score = exp((*score - highest) * scale);
        sum += *score;
    }
    let share = Lanes::splat(1.0) / sum;
    for weight in scores {
        *weight *= share;
    }
}

/// Weights w_j from scores, in place [step]; `width` is that of a key.
pub(crate) fn normalize(normalization: Normalization, width: usize, scores: &mut [Lanes]) {
    match normalization {
        Normalization::None => {}
        Normalization::Softmax => softmax(scores, 1.0),
        Normalization::ScaledSoftmax => softmax(scores, 1.0 / (width as f32).sqrt()),
    }
}

/// v = Σ_j w_j k_j into `interest` [H]; `weights` is [step], `keys` is [step, H].
#[inline(never)]
pub(crate) fn pool(keys: &[f32], weights: &[Lanes], interest: &mut [Lanes]) {
    interest.fill(Lanes::ZERO);
    for (&weight, key) in weights.iter().zip(keys.chunks_exact(interest.len())) {
        for (interest, &key) in interest.iter_mut().zip(key) {
            *interest += weight * key;
        }
    }
}

/// Weights w_j from scores, in place [step], and v = Σ_j w_j k_j into `interest` [H]. `keys` is [step, H].
#[inline(never)]
pub(crate) fn weighted_pooling(
    normalization: Normalization,
    keys: &[f32],
    weights: &mut [Lanes],
    interest: &mut [Lanes],
) {
    normalize(normalization, interest.len(), weights);
    pool(keys, weights, interest);
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [f32; 4] = [1.0, 0.0, 4.0, 2.0];

    fn pool(normalization: Normalization, scores: [f32; 2]) -> (Vec<f32>, Vec<f32>) {
        let mut weights = scores.map(Lanes::splat);
        let mut interest = [Lanes::ZERO; 2];
        weighted_pooling(normalization, &KEYS, &mut weights, &mut interest);
        (weights.map(|lanes| lanes.to_array()[3]).into(), interest.map(|lanes| lanes.to_array()[3]).into())
    }

    fn close(found: &[f32], expected: &[f32]) {
        // A few roundings of numbers about 1.
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    }

    #[test]
    fn scores_are_weights_in_the_paper() {
        assert_eq!(pool(Normalization::None, [2.0, -0.5]), (vec![2.0, -0.5], vec![0.0, -1.0]));
    }

    #[test]
    fn softmax_shares_one() {
        // e^ln 3 : e^0 = 3 : 1.
        let (weights, interest) = pool(Normalization::Softmax, [3.0f32.ln() + 500.0, 500.0]);
        // Near 500 a float32 is spaced 3e-5 apart.
        assert!((weights[0] - 0.75).abs() < 1e-5 && (weights[0] + weights[1] - 1.0).abs() < 1e-6, "{weights:?}");
        assert!((interest[0] - 1.75).abs() < 1e-4, "{interest:?}");
        // √H = √2.
        let (weights, _) = pool(Normalization::ScaledSoftmax, [3.0f32.ln() * 2.0f32.sqrt(), 0.0]);
        close(&weights, &[0.75, 0.25]);
    }

    #[test]
    fn an_empty_history_gives_no_interest() {
        for normalization in [Normalization::None, Normalization::Softmax, Normalization::ScaledSoftmax] {
            let mut interest = [Lanes::splat(9.0)];
            weighted_pooling(normalization, &[], &mut [], &mut interest);
            assert_eq!(interest, [Lanes::ZERO]);
        }
    }
}
