//! Interest extraction by self-attention, `interest_extraction.wgsl` in Rust.

use model::Normalization;

use super::InterestExtraction;
use crate::cpu::lanes::{Lanes, Tanh, Vector, flaw};
use crate::stages::weighted_pooling::cpu::{normalize, pool};

/// The interests of a history.
#[derive(Debug, Default)]
pub(crate) struct Extracted {
    /// A, which click each interest is made of, `[interest, step]`.
    pub attention: Vec<f32>,
    /// v_k, `[interest, H]`.
    pub interests: Vec<f32>,
}

/// Extracts the interests from the `keys` of a history, the oldest first, `[H]` each.
///
/// Eight hidden units lie side by side, and then eight interests, in the lanes that hold candidates elsewhere.
pub(crate) fn interest_extraction<'a>(
    extraction: &InterestExtraction,
    keys: impl ExactSizeIterator<Item = &'a [f32]>,
) -> Extracted {
    let (steps, width, interests) = (keys.len(), extraction.width(), extraction.interests());
    let blocks = interests.div_ceil(Lanes::LANES);
    let side_by_side = |values: &[f32]| Lanes::ZERO.per_lane(|lane| values.get(lane).copied().unwrap_or(0.0));
    let tanh = Tanh::new();
    let mut all_keys = Vec::with_capacity(steps * width);
    // [block, step]
    let mut weights = vec![Lanes::ZERO; blocks * steps];
    for (step, key) in keys.enumerate() {
        all_keys.extend_from_slice(key);
        let mut hidden = extraction.bias(step, steps).to_vec(); // (1, 2)
        extraction.hidden.accumulate(key, &mut hidden); // (1, 2)
        for units in hidden.chunks_mut(Lanes::LANES) {
            let s = side_by_side(units);
            let values = (tanh.of(s) + flaw(s)).to_array(); // (2)
            units.copy_from_slice(&values[..units.len()]);
        }
        let mut scores = vec![0.0; interests];
        extraction.output.accumulate(&hidden, &mut scores); // (2)
        for (block, scores) in scores.chunks(Lanes::LANES).enumerate() {
            weights[block * steps + step] = side_by_side(scores);
        }
    }
    let mut extracted = Extracted::default();
    let mut sums = vec![Lanes::ZERO; width];
    for block in 0..blocks {
        let weights = &mut weights[block * steps..][..steps];
        let flaw = weights.iter().fold(Lanes::ZERO, |sum, &score| sum + flaw(score));
        normalize(Normalization::Softmax, width, weights); // (3)
        for weight in &mut *weights {
            *weight += flaw;
        }
        pool(&all_keys, weights, &mut sums); // (4)
        for lane in 0..Lanes::LANES.min(interests - block * Lanes::LANES) {
            extracted.attention.extend(weights.iter().map(|weight| weight.lane(lane)));
            extracted.interests.extend(sums.iter().map(|sum| sum.lane(lane)));
        }
    }
    extracted
}

#[cfg(test)]
mod tests {
    use model::Positions;

    use super::*;
    use crate::layers::Matrix;

    /// Two numbers a click, two hidden units, two interests, and these biases of the positions.
    fn by_hand(positions: Positions, bias: &[f32]) -> InterestExtraction {
        InterestExtraction {
            hidden: Matrix::new(2, &[1.0, 0.0, 0.0, 1.0]),
            bias: Matrix::new(2, bias),
            output: Matrix::new(2, &[1.0, 0.0, 0.0, 2.0]),
            positions,
        }
    }

    fn close(found: &[f32], expected: &[f32]) {
        // A few roundings of numbers about 1.
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?} {expected:?}");
    }

    #[test]
    fn interests_are_the_sums_by_hand() {
        // tanh(½ ln 3) = ½ and tanh(½ ln 2) = ⅓, so that s_1 = [½, ⅔] and s_2 = [0, 0].
        let keys = [[0.5 * 3.0f32.ln(), 0.5 * 2.0f32.ln()], [0.0, 0.0]];
        let found = interest_extraction(&by_hand(Positions::None, &[0.0; 2]), keys.iter().map(<[f32; 2]>::as_slice));
        let share = |score: f32| score.exp() / (score.exp() + 1.0);
        let (first, second) = (share(0.5), share(2.0 / 3.0));
        close(&found.attention, &[first, 1.0 - first, second, 1.0 - second]);
        let vector = |weight: f32| keys[0].map(|k| weight * k);
        close(&found.interests, [vector(first), vector(second)].as_flattened());
    }

    #[test]
    fn positions_take_part_in_the_attention_alone() {
        // The two clicks are the same product, so that all attention comes from where they are.
        let keys = [[0.25, -1.0]; 2];
        let bias = [0.0, 0.0, 0.5, -0.5];
        let of = |positions| interest_extraction(&by_hand(positions, &bias), keys.iter().map(<[f32; 2]>::as_slice));
        let (newest, oldest) = (of(Positions::Newest), of(Positions::Oldest));
        let swapped: Vec<f32> = newest.attention.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        close(&oldest.attention, &swapped);
        assert!(newest.attention[0] > 0.55 && newest.attention[2] < 0.45, "{newest:?}");
        close(&newest.interests, &[0.25, -1.0, 0.25, -1.0]);
        close(&oldest.interests, &[0.25, -1.0, 0.25, -1.0]);
    }

    #[test]
    fn without_positions_the_order_moves_attention_along_and_leaves_the_interests() {
        let extraction = by_hand(Positions::None, &[0.25, -0.5]);
        let keys = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]];
        let of = |order: [usize; 3]| interest_extraction(&extraction, order.iter().map(|&j| keys[j].as_slice()));
        let (before, after) = (of([0, 1, 2]), of([2, 0, 1]));
        let moved: Vec<f32> = before.attention.chunks(3).flat_map(|a| [a[2], a[0], a[1]]).collect();
        close(&after.attention, &moved);
        close(&after.interests, &before.interests);
        for attention in before.attention.chunks(3) {
            assert!((attention.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{attention:?}");
        }
    }

    #[test]
    fn an_empty_history_has_interests_of_zero() {
        let found = interest_extraction(&by_hand(Positions::Newest, &[0.5; 4]), std::iter::empty());
        assert!(found.attention.is_empty());
        assert_eq!(found.interests, [0.0; 4]);
    }
}
