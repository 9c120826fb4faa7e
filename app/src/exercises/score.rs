//! What a prediction is worth, from 0 to 1, and what a guess is worth on average.

use super::draws::Draws;

/// What a guess of an order or of one of two answers is worth on average: every pair and every answer is right half the time.
pub const EVEN: f64 = 0.5;

/// The highest a bar can be drawn, in steps; the lowest is 0.
pub const TOP: u32 = 100;

/// The part of the whole that a drawing may be off: bars in whole steps cannot be closer.
const FORGIVEN: f64 = 0.03;

/// Drawings from which the worth of a guessed one is averaged.
const DRAWINGS: usize = 2000;

/// The share of pairs of products that stand in the order of their probabilities: `guess`, `[products]`, has the probability of
/// each in the order predicted. A pair with equal probabilities counts half.
pub fn pairs_in_order(guess: &[f32]) -> f64 {
    let pairs =
        guess.iter().enumerate().flat_map(|(place, first)| guess[place + 1..].iter().map(move |next| (first, next)));
    let worth = pairs.map(|(first, next)| if first == next { 0.5 } else { f64::from(u8::from(first > next)) });
    let (sum, count) = worth.fold((0.0, 0), |(sum, count), worth| (sum + worth, count + 1));
    sum / f64::from(count.max(1))
}

/// 1 where the change of a probability was predicted, 0 where it went the other way, and one half where there was none.
pub fn right_way(says_up: bool, change: f32) -> f64 {
    if change == 0.0 { EVEN } else { f64::from(u8::from(says_up == (change > 0.0))) }
}

/// The part of the whole that each weight is, `[weights]`; a weight below zero has none of it, and where no weight is above, all
/// have the same.
pub fn shares(weights: &[f32]) -> Vec<f64> {
    let above: Vec<f64> = weights.iter().map(|weight| f64::from(weight.max(0.0))).collect();
    let sum: f64 = above.iter().sum();
    let even = 1.0 / weights.len().max(1) as f64;
    above.into_iter().map(|weight| if sum > 0.0 { weight / sum } else { even }).collect()
}

/// How much of the whole two ways to share it have in common: 1 where they are the same, 0 where nothing is.
pub fn in_common(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one.min(*other)).sum()
}

/// What drawn bars are worth where the true ones share the whole so, `[bars]`.
pub fn as_drawn(bars: &[f32], truth: &[f64]) -> f64 {
    (in_common(&shares(bars), truth) / (1.0 - FORGIVEN)).min(1.0)
}

/// What bars of drawn heights are worth on average where the true ones share the whole so, `[bars]`.
pub fn chance_as_drawn(truth: &[f64]) -> f64 {
    let mut draws = Draws::named("bars", 0);
    (0..DRAWINGS).map(|_| as_drawn(&bars(truth.len(), &mut draws), truth)).sum::<f64>() / DRAWINGS as f64
}

/// Bars of which each height is as likely, `[count]`.
pub fn bars(count: usize, draws: &mut Draws) -> Vec<f32> {
    (0..count).map(|_| draws.below(TOP as usize + 1) as f32).collect()
}

/// 1 for the first place of `count`, 0 for the last, and the same step down for each doubling of the place.
pub fn for_place(place: usize, count: usize) -> f64 {
    1.0 - (place.max(1) as f64).ln() / (count.max(2) as f64).ln()
}

/// How far a score is above chance: 0 for what a guess gets, 1 for full marks, and below 0 for less than a guess.
pub fn above_chance(score: f64, chance: f64) -> f64 {
    if chance < 1.0 { (score - chance) / (1.0 - chance) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_worth_its_share_of_right_pairs() {
        assert_eq!(pairs_in_order(&[0.9, 0.7, 0.2]), 1.0);
        assert_eq!(pairs_in_order(&[0.2, 0.7, 0.9]), 0.0);
        // One of three pairs the wrong way round.
        assert_eq!(pairs_in_order(&[0.7, 0.9, 0.2]), 2.0 / 3.0);
        assert_eq!(pairs_in_order(&[0.5, 0.5]), EVEN);
        assert_eq!(pairs_in_order(&[0.5]), 0.0);
    }

    #[test]
    fn a_way_is_right_or_wrong_and_none_is_neither() {
        assert_eq!([right_way(true, 0.1), right_way(true, -0.1), right_way(false, -0.1)], [1.0, 0.0, 1.0]);
        assert_eq!([right_way(true, 0.0), right_way(false, 0.0)], [EVEN, EVEN]);
    }

    #[test]
    fn shares_are_parts_of_what_is_above_zero() {
        assert_eq!(shares(&[3.0, 1.0, -2.0, 0.0]), [0.75, 0.25, 0.0, 0.0]);
        assert_eq!(shares(&[-1.0, 0.0]), [0.5, 0.5]);
        assert!(shares(&[]).is_empty());
    }

    #[test]
    fn bars_have_in_common_what_both_give_to_the_same_click() {
        assert_eq!(in_common(&[0.5, 0.5], &[0.5, 0.5]), 1.0);
        assert_eq!(in_common(&[1.0, 0.0], &[0.0, 1.0]), 0.0);
        assert_eq!(in_common(&[0.75, 0.25], &[0.25, 0.75]), 0.5);
        // Of thirds, the closest whole steps are as good as it gets.
        assert_eq!(as_drawn(&[33.0, 67.0], &[1.0 / 3.0, 2.0 / 3.0]), 1.0);
        assert!(as_drawn(&[50.0, 50.0], &[1.0 / 3.0, 2.0 / 3.0]) < 0.9);
    }

    #[test]
    fn chance_is_what_drawn_predictions_get() {
        let mut draws = Draws::named("a random visitor", 0);
        let products = [90, 70, 50, 30, 10];
        let mut mean =
            |one: &mut dyn FnMut(&mut Draws) -> f64| (0..4000).map(|_| one(&mut draws)).sum::<f64>() / 4000.0;
        let pairs = mean(&mut |draws| {
            let order = draws.some(&products, products.len());
            pairs_in_order(&order.into_iter().map(|product| product as f32).collect::<Vec<_>>())
        });
        // The standard deviation of one order is 0.2, that of the mean 0.003.
        assert!((pairs - EVEN).abs() < 0.015, "{pairs}");
        for truth in [&[0.6, 0.3, 0.1, 0.0, 0.0, 0.0][..], &[0.2; 5]] {
            let drawn = mean(&mut |draws| as_drawn(&bars(truth.len(), draws), truth));
            let chance = chance_as_drawn(truth);
            assert!((drawn - chance).abs() < 0.015, "{truth:?}: {drawn}, {chance}");
        }
    }

    #[test]
    fn the_first_place_is_worth_all_and_the_last_nothing() {
        assert_eq!(for_place(1, 2785), 1.0);
        assert!(for_place(2785, 2785).abs() < 1e-12);
        let step = for_place(1, 1024) - for_place(2, 1024);
        assert!((for_place(2, 1024) - for_place(4, 1024) - step).abs() < 1e-12);
    }

    #[test]
    fn a_guess_is_at_chance_and_full_marks_are_one_above_it() {
        assert_eq!(above_chance(0.5, 0.5), 0.0);
        assert_eq!(above_chance(1.0, 0.7), 1.0);
        assert_eq!(above_chance(0.0, 0.5), -1.0);
        assert_eq!(above_chance(1.0, 1.0), 0.0);
    }
}
