//! The Temporal Interest Network, `temporal_attention.wgsl` in Rust.

use model::Normalization;

use crate::cpu::dense::dot;
use crate::cpu::lanes::Vector;
use crate::stages::temporal_attention::Positions;
use crate::stages::weighted_pooling::cpu::weighted_pooling;

/// Target-aware temporal encoding of the `history`, oldest first, `[H]` each: k̃_j = k_j + p(T−j+1) into `keys` `[step, H]`.
pub(crate) fn encode_keys<'a>(
    positions: &Positions,
    history: impl ExactSizeIterator<Item = &'a [f32]>,
    keys: &mut Vec<f32>,
) {
    let steps = history.len();
    keys.clear();
    for (step, key) in history.enumerate() {
        keys.extend(key.iter().zip(positions.of_step(step, steps)).map(|(k, p)| k + p)); // (1)
    }
}

/// Target-aware temporal encoding of each candidate: q̃ = q + p(0) into `encoded` `[H]`, of q in `query` `[H]`.
#[inline(always)]
pub(crate) fn encode_query<V: Vector>(positions: &Positions, query: &[V], encoded: &mut Vec<V>) {
    encoded.clear();
    for (&q, &p) in query.iter().zip(positions.of_candidate()) {
        encoded.push(q + p); // (2)
    }
}

/// α = softmax_j(k̃_j·q̃/√H) of each candidate and v = Σ_j α_j (k̃_j ⊙ q̃). `keys` is k̃ `[step, H]`, `query` is q̃ `[H]`,
/// `scores` and `weights` are `[step]`, `interest` is `[H]`.
#[inline(always)]
pub(crate) fn temporal_attention<V: Vector>(
    keys: &[f32],
    query: &[V],
    scores: &mut Vec<V>,
    weights: &mut Vec<V>,
    interest: &mut [V],
) {
    let scale = 1.0 / (query.len() as f32).sqrt();
    scores.clear();
    for key in keys.chunks_exact(query.len()) {
        scores.push(dot(query, key) * scale); // (3)
    }
    weights.clone_from(scores);
    weighted_pooling(Normalization::Softmax, keys, weights, interest); // (3, 4)
    // q̃ is the same for every j, so it comes out of the sum.
    for (interest, &query) in interest.iter_mut().zip(query) {
        *interest = *interest * query; // (4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::lanes::Lanes;
    use crate::layers::Matrix;

    #[test]
    fn positions_count_back_from_the_newest_click_and_stop_at_the_last() {
        let positions = Positions(Matrix::new(2, &[0.5, 0.25, 1.0, 2.0, 3.0, 4.0]));
        assert_eq!(positions.of_candidate(), [0.5, 0.25]);
        let history: [&[f32]; 3] = [&[10.0, 20.0], &[30.0, 40.0], &[50.0, 60.0]];
        let mut keys = vec![9.0];
        encode_keys(&positions, history.into_iter(), &mut keys);
        // The newest has p(1) = [1, 2], the two before it p(2) = [3, 4], the last one there is.
        assert_eq!(keys, [13.0, 24.0, 33.0, 44.0, 51.0, 62.0]);
        encode_keys(&positions, history[..1].iter().copied(), &mut keys);
        assert_eq!(keys, [11.0, 22.0]);
        encode_keys(&positions, std::iter::empty(), &mut keys);
        assert!(keys.is_empty());
    }

    #[test]
    fn attention_and_representation_are_the_sums_by_hand() {
        let query = [2.0, 0.0, 1.0, 0.0].map(Lanes::splat);
        let (mut scores, mut weights) = (Vec::new(), vec![Lanes::ZERO; 7]);
        let mut interest = [Lanes::splat(9.0); 4];
        // √H = 2. Scores: (2·1 + 1·ln 9)/2 = 1 + ln 3 and 2·1/2 = 1, so that the weights are 3 : 1.
        let keys = [1.0, 5.0, 9.0f32.ln(), 6.0, 1.0, 7.0, 0.0, 8.0];
        temporal_attention(&keys, &query, &mut scores, &mut weights, &mut interest);
        let close = |found: &[Lanes], expected: &[f32]| {
            // A few roundings of numbers about 2.
            let near = |(a, b): (&Lanes, &f32)| (a.to_array()[5] - b).abs() < 1e-6;
            assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?} {expected:?}");
        };
        close(&scores, &[1.0 + 3.0f32.ln(), 1.0]);
        close(&weights, &[0.75, 0.25]);
        // v = q̃ ⊙ (¾ k̃_1 + ¼ k̃_2) = [2·1, 0, ¾ ln 9, 0].
        close(&interest, &[2.0, 0.0, 0.75 * 9.0f32.ln(), 0.0]);
        temporal_attention(&[], &query, &mut scores, &mut weights, &mut interest);
        assert!(scores.is_empty() && weights.is_empty());
        assert_eq!(interest, [Lanes::ZERO; 4]);
    }
}
