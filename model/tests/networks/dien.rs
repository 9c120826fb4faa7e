//! DIEN: what its second layer does with attention, and its auxiliary loss.

use burn::prelude::*;
use model::reference::{Body, BodyOutput, Histories, Network, inspect, item_rows};
use model::{DienAttention, DienConfig, DienTrace, Evolution, HeadConfig, NetworkConfig, Weights};
use proptest::prelude::*;

use crate::{REORDERED, VOCABULARY, close, config, dien, item, item_categories, sigmoid};

#[test]
fn attention_on_a_second_gru_weighs_its_states() {
    let weights = Weights::seeded(dien(Evolution::Gru), VOCABULARY, 8).unwrap();
    let inspections = inspect(&weights, &item_categories(), &[3, 7, 1], &[4, 9]).unwrap();
    let traces: Vec<_> = inspections.iter().map(|inspection| DienTrace::of(&inspection.trace).unwrap()).collect();
    assert_eq!(traces[0].evolution_states, traces[1].evolution_states, "its states know no candidate");
    assert_ne!(traces[0].attention, traces[1].attention);
    // scores are h'_t·W·q.
    let q = [
        &weights.values("embedding.item.weight")[4 * 4..][..4],
        &weights.values("embedding.category.weight")[2..][..2],
    ]
    .concat();
    let w = weights.values("attention.weight");
    for t in 0..3 {
        let h = traces[0].evolution_states.step(t);
        let score: f32 = (0..6).map(|i| (0..6).map(|j| h[i] * w[6 * i + j] * q[j]).sum::<f32>()).sum();
        close(traces[0].scores[t], f64::from(score));
    }
}

#[test]
fn without_attention_the_interest_is_the_last_state_of_the_second_gru() {
    let none = DienConfig { attention: DienAttention::None, ..DienConfig::new(6, Evolution::Gru) };
    let mut config = config(NetworkConfig::Dien(none));
    // So that the logit hangs on the interest alone.
    config.head = HeadConfig { interest_product: false, key_sum: false, ..config.head };
    let weights = Weights::seeded(config, VOCABULARY, 8).unwrap();
    let inspection = inspect(&weights, &item_categories(), &[3, 1, 4], &[5]).unwrap().remove(0);
    let trace = DienTrace::of(&inspection.trace).unwrap();
    assert_eq!(trace.attention, [0.0, 0.0, 1.0]);
    let network = Network::new(&weights, &item_categories(), &Device::flex()).unwrap();
    let histories = Histories::new(&[[3u32, 1, 4]], &Device::flex());
    let output = network.forward(&histories, item_rows(&[5], [1, 1], &Device::flex()));
    let interest: Vec<f32> = output.body.interest().into_data().iter::<f32>().collect();
    for (found, expected) in interest.iter().zip(trace.evolution_states.step(2)) {
        close(*found, f64::from(*expected));
    }
}

#[test]
fn the_auxiliary_loss_asks_each_state_for_the_next_click() {
    let weights = Weights::seeded(dien(Evolution::Augru), VOCABULARY, 4).unwrap();
    let device = Device::flex();
    let network = Network::new(&weights, &item_categories(), &device).unwrap();
    // The second history has one question only, the third none: a first click is asked of nobody.
    let clicked: [&[u32]; 3] = [&[1, 2, 3], &[4, 5], &[6]];
    let sampled: [&[u32]; 3] = [&[7, 8, 9], &[10, 11], &[0]];
    let histories = Histories::new(&clicked, &device);
    let ids = item_rows(&[0, 0, 0], [3, 1], &device);
    let Body::Dien(dien) = &network.body else { panic!("not DIEN") };
    let states = |histories: &Histories, ids| match network.forward(histories, ids).body {
        BodyOutput::Dien(output) => output.interest_states,
        _ => panic!("not DIEN"),
    };
    let embed = |histories: &Histories| network.embedding.forward(histories.items.clone());
    let sampled_keys = embed(&Histories::new(&sampled, &device));
    let loss = dien.auxiliary_loss(states(&histories, ids), embed(&histories), sampled_keys, &histories);

    let item = |row: u32| {
        let item = &weights.values("embedding.item.weight")[4 * row as usize..][..4];
        [item, &weights.values("embedding.category.weight")[2 * (row as usize % 3)..][..2]].concat()
    };
    let (mut sum, mut questions) = (0.0, 0.0);
    for (clicked, sampled) in clicked.iter().zip(&sampled) {
        let inspection = inspect(&weights, &item_categories(), clicked, &[0]).unwrap().remove(0);
        let trace = DienTrace::of(&inspection.trace).unwrap();
        for t in 0..clicked.len() - 1 {
            let h = trace.interest_states.step(t);
            let p = |row: u32| sigmoid(h.iter().zip(item(row)).map(|(h, e)| f64::from(h * e)).sum());
            sum -= p(clicked[t + 1]).ln() + (1.0 - p(sampled[t + 1])).ln();
            questions += 2.0;
        }
    }
    assert_eq!(questions, 6.0);
    close(loss.into_scalar::<f32>(), sum / questions);

    let short = Histories::new(&[[6u32]], &device);
    let ids = item_rows(&[0], [1, 1], &device);
    let loss = dien.auxiliary_loss(states(&short, ids), embed(&short), embed(&short), &short);
    assert_eq!(loss.into_scalar::<f32>(), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn attention_sums_to_one_and_its_gate_is_the_product(
        seed in 0..1000u64,
        history in prop::collection::vec(item(), 1..6),
    ) {
        let weights = Weights::seeded(dien(Evolution::Augru), VOCABULARY, seed).unwrap();
        for inspection in inspect(&weights, &item_categories(), &history, &[0, 5]).unwrap() {
            let trace = DienTrace::of(&inspection.trace).unwrap();
            prop_assert!((trace.attention.iter().sum::<f32>() - 1.0).abs() < REORDERED);
            for t in 0..history.len() {
                for (u_tilde, u) in trace.attentional_update.step(t).iter().zip(trace.update.step(t)) {
                    prop_assert!((u_tilde - trace.attention[t] * u).abs() < REORDERED);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn an_augru_step_without_attention_keeps_the_state(seed in 0..1000u64, h in prop::collection::vec(-1f32..1.0, 6)) {
        let weights = Weights::seeded(dien(Evolution::Augru), VOCABULARY, seed).unwrap();
        let device = Device::flex();
        let network = Network::new(&weights, &item_categories(), &device).unwrap();
        let model::reference::Body::Dien(body) = &network.body else { panic!("not DIEN") };
        let step = body.evolution().step(
            Tensor::from_data([[0.3, -0.1, 0.8, 0.2, -0.9, 0.5]], &device),
            Tensor::zeros([1, 1, 1], &device),
            Tensor::from_data(TensorData::new(h.clone(), [1, 1, 6]), &device),
            Tensor::<3, Bool>::from_data([[[false]]], &device),
        );
        prop_assert_eq!(step.state.into_data().iter::<f32>().collect::<Vec<_>>(), h);
    }
}
