//! Properties of every network's answers.

use burn::prelude::*;
use model::reference::{Network, inspect};
use model::{Normalization, Pooling, Weights};
use proptest::prelude::*;
use testing::{knows_order, shares_of_one};

use crate::{REORDERED, VOCABULARY, din, every_config, item, item_categories, logits, pooling};

#[test]
fn weights_come_back_as_they_went_in() {
    for config in every_config() {
        let weights = Weights::seeded(config, VOCABULARY, 3).unwrap();
        let network = Network::new(&weights, &item_categories(), &Device::flex().autodiff()).unwrap();
        assert_eq!(pollster::block_on(network.to_weights(&weights)).unwrap(), weights);
    }
}

#[test]
fn a_network_refuses_another_number_of_items() {
    let weights = Weights::seeded(din(Normalization::None), VOCABULARY, 3).unwrap();
    let error = Network::new(&weights, &[0, 1], &Device::flex()).unwrap_err();
    assert!(error.to_string().contains("the number of items is 12 in the weights and 2 in the catalogue"), "{error}");
}

#[test]
fn an_item_that_is_not_there_is_named() {
    let weights = Weights::seeded(pooling(Pooling::Mean), VOCABULARY, 3).unwrap();
    let error = inspect(&weights, &item_categories(), &[0, 12], &[1]).unwrap_err();
    assert_eq!(error.to_string(), "there is no item 12; there are 12");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_equals_its_rows_one_by_one(
        seed in 0..1000u64,
        histories in prop::collection::vec(prop::collection::vec(item(), 0..6), 1..4),
        candidates in prop::collection::vec(item(), 1..4),
    ) {
        // Rows differ in length, so this also shows that padding never changes an output, and that empty histories are
        // finite.
        for config in every_config() {
            let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
            let slices: Vec<&[u32]> = histories.iter().map(Vec::as_slice).collect();
            let together = logits(&weights, &slices, &candidates);
            let alone: Vec<f32> = slices.iter().flat_map(|history| logits(&weights, &[history], &candidates)).collect();
            for (a, b) in together.iter().zip(&alone) {
                prop_assert!(a.is_finite() && (a - b).abs() < REORDERED, "{a} and {b}");
            }
        }
    }

    #[test]
    fn networks_that_do_not_know_the_order_answer_alike_in_another(
        seed in 0..1000u64,
        history in prop::collection::vec(item(), 2..6),
    ) {
        let reversed: Vec<u32> = history.iter().rev().copied().collect();
        for config in every_config().into_iter().filter(|config| !knows_order(&config.network)) {
            let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
            let (a, b) = (logits(&weights, &[&history], &[0]), logits(&weights, &[&reversed], &[0]));
            prop_assert!((a[0] - b[0]).abs() < REORDERED, "{} and {}", a[0], b[0]);
        }
    }

    #[test]
    fn weights_that_are_shares_of_one_sum_to_one(seed in 0..1000u64, history in prop::collection::vec(item(), 1..12)) {
        for config in every_config().into_iter().filter(|config| shares_of_one(&config.network)) {
            let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
            for inspection in inspect(&weights, &item_categories(), &history, &[0, 5]).unwrap() {
                prop_assert_eq!(inspection.trace.attention().len(), history.len());
                prop_assert!((inspection.trace.attention().iter().sum::<f32>() - 1.0).abs() < REORDERED);
            }
        }
    }

}

#[test]
fn networks_that_know_the_order_answer_otherwise_in_another() {
    for config in every_config().into_iter().filter(|config| knows_order(&config.network)) {
        let weights = Weights::seeded(config, VOCABULARY, 1).unwrap();
        let candidates: Vec<u32> = (0..VOCABULARY.items as u32).collect();
        let (a, b) = (logits(&weights, &[&[1, 2, 3]], &candidates), logits(&weights, &[&[3, 2, 1]], &candidates));
        let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest > 100.0 * REORDERED, "{largest}");
    }
}
