//! Weighted sum pooling, `weighted_pooling.wgsl` in Rust.

use model::Normalization;

use crate::cpu::lanes::{Vector, exp};

/// Weights w_j from scores, in place `[step]`; `width` is that of a key.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn normalize<V: Vector>(normalization: Normalization, width: usize, scores: &mut [V]) {
    let scale = match normalization {
        Normalization::None => return, // (1)
        Normalization::Softmax => 1.0,
        Normalization::ScaledSoftmax => 1.0 / (width as f32).sqrt(),
    };
    let Some(&(mut highest)) = scores.first() else { return };
    for &score in &*scores {
        highest = highest.fast_max(score);
    }
    let mut sum = highest.broadcast(0.0);
    for score in &mut *scores {
        *score = exp((*score - highest) * scale); // (2)
        sum += *score; // (2)
    }
    let share = sum.broadcast(1.0) / sum;
    for weight in scores {
        *weight = *weight * share; // (2)
    }
}

/// v = Σ_j w_j k_j into `interest` `[H]`; `weights` is `[step]`, `keys` is `[step, H]`.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn pool<V: Vector>(keys: &[f32], weights: &[V], interest: &mut [V]) {
    for interest in &mut *interest {
        *interest = interest.broadcast(0.0);
    }
    for (&weight, key) in weights.iter().zip(keys.chunks_exact(interest.len())) {
        for (interest, &key) in interest.iter_mut().zip(key) {
            *interest = weight.mul_add(weight.broadcast(key), *interest); // (3)
        }
    }
}

/// Weights w_j from scores, in place `[step]` (equations 1 and 2), and v = Σ_j w_j k_j into `interest` `[H]`. `keys` is `[step, H]`.
#[inline(always)]
pub(crate) fn weighted_pooling<V: Vector>(
    normalization: Normalization,
    keys: &[f32],
    weights: &mut [V],
    interest: &mut [V],
) {
    normalize(normalization, interest.len(), weights);
    pool(keys, weights, interest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::lanes::Lanes;

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
