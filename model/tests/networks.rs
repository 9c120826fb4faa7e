//! The burn networks against equations computed by hand, and their properties.
#![cfg(feature = "burn")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;

use burn::prelude::*;
use model::networks::{Histories, Network, inspect, item_rows};
use model::{
    Activation, Config, DienConfig, DinConfig, Evolution, HeadConfig, NetworkConfig, Normalization, Tensor as Values,
    Trace, Vocabulary, Weights,
};
use proptest::prelude::*;

const VOCABULARY: Vocabulary = Vocabulary { items: 12, categories: 3 };

fn item_categories() -> Vec<u32> {
    (0..VOCABULARY.items as u32).map(|item| item % 3).collect()
}

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig { hidden: vec![7, 5], activation: Activation::Dice, interest_product: true, key_sum: true };
    Config { item_dim: 4, category_dim: 2, max_history: 8, network, head }
}

fn din(normalization: Normalization) -> Config {
    config(NetworkConfig::Din(DinConfig { attention_hidden: 5, activation: Activation::Dice, normalization }))
}

fn dien(evolution: Evolution) -> Config {
    config(NetworkConfig::Dien(DienConfig { hidden: 6, evolution }))
}

/// A network small enough to compute by hand: one item number, no category, a head that is the identity on interest.
fn by_hand(network: NetworkConfig, tensors: &[(&str, &[usize], &[f32])]) -> Weights {
    let head = HeadConfig { hidden: vec![1], activation: Activation::Prelu, interest_product: false, key_sum: false };
    let config = Config { item_dim: 1, category_dim: 0, max_history: 8, network, head };
    let vocabulary = Vocabulary { items: 3, categories: 1 };
    let mut all: BTreeMap<String, Values> = BTreeMap::new();
    let fixed: [(&str, &[usize], &[f32]); 7] = [
        ("embedding.item.weight", &[3, 1], &[0.5, -1.0, 2.0]),
        ("embedding.category.weight", &[1, 0], &[]),
        ("head.hidden.0.weight", &[2, 1], &[1.0, 0.0]),
        ("head.hidden.0.bias", &[1], &[0.0]),
        ("head.activation.0.alpha", &[1], &[1.0]),
        ("head.output.weight", &[1, 1], &[1.0]),
        ("head.output.bias", &[1], &[0.0]),
    ];
    for (name, shape, values) in fixed.iter().chain(tensors) {
        all.insert((*name).to_owned(), Values { shape: shape.to_vec(), values: values.to_vec() });
    }
    Weights::new("by hand", config, vocabulary, String::new(), all).unwrap()
}

/// A few float32 roundings of numbers around 1.
const ROUNDING: f64 = 1e-6;

fn close(found: f32, expected: f64) {
    assert!((f64::from(found) - expected).abs() < ROUNDING, "found {found}, expected {expected}");
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn din_is_the_weighted_sum_of_its_keys() {
    // One hidden unit with W = [1, 2, 3, 4], b = 0.1, PReLU α = 0.5, output ·2 + 0.3.
    let weights = by_hand(
        NetworkConfig::Din(DinConfig {
            attention_hidden: 1,
            activation: Activation::Prelu,
            normalization: Normalization::None,
        }),
        &[
            ("attention.hidden.weight", &[4, 1], &[1.0, 2.0, 3.0, 4.0]),
            ("attention.hidden.bias", &[1], &[0.1]),
            ("attention.activation.alpha", &[1], &[0.5]),
            ("attention.output.weight", &[1, 1], &[2.0]),
            ("attention.output.bias", &[1], &[0.3]),
        ],
    );
    let inspection = &inspect(&weights, &[0, 0, 0], &[0, 1], &[2]).unwrap()[0];
    let score = |q: f64, k: f64| {
        let s = q + 2.0 * k + 3.0 * (q - k) + 4.0 * q * k + 0.1;
        2.0 * (if s > 0.0 { s } else { 0.5 * s }) + 0.3
    };
    let (w0, w1) = (score(2.0, 0.5), score(2.0, -1.0));
    let v = w0 * 0.5 - w1;
    let Trace::Din(trace) = &inspection.trace else { panic!("not DIN's trace") };
    close(trace.weights[0], w0);
    close(trace.weights[1], w1);
    close(trace.interest[0], v);
    close(inspection.logit, v);
    close(inspection.probability, sigmoid(v));
}

#[test]
fn dice_gates_by_the_standardised_input() {
    // Dice with E[s] = 0.4, Var[s] = 0.25, α = 0.1 on s = q + k.
    let weights = by_hand(
        NetworkConfig::Din(DinConfig {
            attention_hidden: 1,
            activation: Activation::Dice,
            normalization: Normalization::None,
        }),
        &[
            ("attention.hidden.weight", &[4, 1], &[1.0, 1.0, 0.0, 0.0]),
            ("attention.hidden.bias", &[1], &[0.0]),
            ("attention.activation.alpha", &[1], &[0.1]),
            ("attention.activation.mean", &[1], &[0.4]),
            ("attention.activation.variance", &[1], &[0.25]),
            ("attention.output.weight", &[1, 1], &[1.0]),
            ("attention.output.bias", &[1], &[0.0]),
        ],
    );
    let inspection = &inspect(&weights, &[0, 0, 0], &[1], &[0]).unwrap()[0];
    let s: f64 = 0.5 - 1.0;
    let p = sigmoid((s - 0.4) / 0.5);
    close(inspection.trace.attention()[0], p * s + (1.0 - p) * 0.1 * s);
}

/// r, u, n of a GRU step by the equations in the documentation, with scalar weights [r, u, n].
fn gates(x: f64, h: f64, [w, b, uu, c]: [[f64; 3]; 4]) -> (f64, f64, f64) {
    let r = sigmoid(x * w[0] + b[0] + h * uu[0] + c[0]);
    let u = sigmoid(x * w[1] + b[1] + h * uu[1] + c[1]);
    let n = (x * w[2] + b[2] + r * (h * uu[2] + c[2])).tanh();
    (r, u, n)
}

#[test]
fn dien_follows_its_equations() {
    let extractor = [[0.3, -0.2, 0.7], [0.1, 0.2, -0.1], [0.5, 0.4, -0.6], [0.05, -0.15, 0.25]];
    let cell = [[-0.4, 0.9, 1.1], [0.2, -0.3, 0.1], [0.6, -0.5, 0.8], [-0.1, 0.3, 0.2]];
    let w = 1.5;
    for evolution in [Evolution::Augru, Evolution::Agru, Evolution::Aigru] {
        let as_f32 = |rows: [[f64; 3]; 4]| rows.map(|row| row.map(|x| x as f32));
        let ([ew, eb, eu, ec], [cw, cb, cu, cc]) = (as_f32(extractor), as_f32(cell));
        let weights = by_hand(
            NetworkConfig::Dien(DienConfig { hidden: 1, evolution }),
            &[
                ("extractor.input.weight", &[1, 3], &ew),
                ("extractor.input.bias", &[3], &eb),
                ("extractor.hidden.weight", &[1, 3], &eu),
                ("extractor.hidden.bias", &[3], &ec),
                ("attention.weight", &[1, 1], &[w as f32]),
                ("evolution.input.weight", &[1, 3], &cw),
                ("evolution.input.bias", &[3], &cb),
                ("evolution.hidden.weight", &[1, 3], &cu),
                ("evolution.hidden.bias", &[3], &cc),
            ],
        );
        let inspection = &inspect(&weights, &[0, 0, 0], &[2, 1, 0], &[1]).unwrap()[0];
        let Trace::Dien(trace) = &inspection.trace else { panic!("not DIEN's trace") };

        let (keys, q) = ([2.0, -1.0, 0.5], -1.0);
        let mut h = 0.0;
        let states = keys.map(|x| {
            let (_, u, n) = gates(x, h, extractor);
            h = (1.0 - u) * h + u * n;
            h
        });
        let exp = states.map(|h| (h * w * q).exp());
        let a = exp.map(|e| e / exp.iter().sum::<f64>());
        let mut state = 0.0;
        for t in 0..3 {
            let x = if evolution == Evolution::Aigru { a[t] * states[t] } else { states[t] };
            let (r, u, n) = gates(x, state, cell);
            let u_tilde = match evolution {
                Evolution::Augru => a[t] * u,
                Evolution::Agru => a[t],
                Evolution::Aigru => u,
            };
            state = (1.0 - u_tilde) * state + u_tilde * n;
            close(trace.interest_states.step(t)[0], states[t]);
            close(trace.attention[t], a[t]);
            close(trace.reset.step(t)[0], r);
            close(trace.update.step(t)[0], u);
            close(trace.attentional_update.step(t)[0], u_tilde);
            close(trace.candidate.step(t)[0], n);
            close(trace.evolution_states.step(t)[0], state);
        }
        close(inspection.logit, state);
    }
}

fn every_config() -> Vec<Config> {
    let mut all = vec![config(NetworkConfig::MeanPooling)];
    all.extend([Normalization::None, Normalization::Softmax, Normalization::ScaledSoftmax].map(din));
    all.extend([Evolution::Augru, Evolution::Agru, Evolution::Aigru].map(dien));
    all
}

#[test]
fn weights_come_back_as_they_went_in() {
    for config in every_config() {
        let weights = Weights::seeded(config, VOCABULARY, 3).unwrap();
        let network = Network::new(&weights, &item_categories(), &Device::flex().autodiff()).unwrap();
        assert_eq!(network.to_weights(&weights).unwrap(), weights);
    }
}

#[test]
fn a_network_refuses_another_number_of_items() {
    let weights = Weights::seeded(din(Normalization::None), VOCABULARY, 3).unwrap();
    let error = Network::new(&weights, &[0, 1], &Device::flex()).unwrap_err();
    assert!(error.to_string().contains("the number of items is 12 in the weights and 2 in the catalogue"), "{error}");
}

#[test]
fn what_cannot_be_inspected_is_said() {
    let weights = Weights::seeded(config(NetworkConfig::MeanPooling), VOCABULARY, 3).unwrap();
    let error = inspect(&weights, &item_categories(), &[0], &[1]).unwrap_err();
    assert_eq!(error.to_string(), "mean pooling has no trace: it weighs no click");
    let error = inspect(&weights, &item_categories(), &[0, 12], &[1]).unwrap_err();
    assert_eq!(error.to_string(), "there is no item 12; there are 12");
}

/// Logits of a batch of histories, each with the same candidates.
fn logits(weights: &Weights, histories: &[&[u32]], candidates: &[u32]) -> Vec<f32> {
    let device = Device::flex();
    let network = Network::new(weights, &item_categories(), &device).unwrap();
    let ids = item_rows(&candidates.repeat(histories.len()), [histories.len(), candidates.len()], &device);
    network.forward(&Histories::new(histories, &device), ids).logits.into_data().iter::<f32>().collect()
}

/// Sums in another order, in networks whose values stay around 1.
const REORDERED: f32 = 1e-5;

fn item() -> impl Strategy<Value = u32> {
    0..VOCABULARY.items as u32
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
    fn din_does_not_depend_on_the_order(seed in 0..1000u64, history in prop::collection::vec(item(), 2..6)) {
        let reversed: Vec<u32> = history.iter().rev().copied().collect();
        for normalization in [Normalization::None, Normalization::Softmax, Normalization::ScaledSoftmax] {
            let weights = Weights::seeded(din(normalization), VOCABULARY, seed).unwrap();
            let (a, b) = (logits(&weights, &[&history], &[0]), logits(&weights, &[&reversed], &[0]));
            prop_assert!((a[0] - b[0]).abs() < REORDERED, "{} and {}", a[0], b[0]);
        }
    }

    #[test]
    fn attention_sums_to_one_and_its_gate_is_the_product(
        seed in 0..1000u64,
        history in prop::collection::vec(item(), 1..6),
    ) {
        let weights = Weights::seeded(dien(Evolution::Augru), VOCABULARY, seed).unwrap();
        for inspection in inspect(&weights, &item_categories(), &history, &[0, 5]).unwrap() {
            let Trace::Dien(trace) = inspection.trace else { panic!("not DIEN's trace") };
            prop_assert!((trace.attention.iter().sum::<f32>() - 1.0).abs() < REORDERED);
            for t in 0..history.len() {
                for (u_tilde, u) in trace.attentional_update.step(t).iter().zip(trace.update.step(t)) {
                    prop_assert!((u_tilde - trace.attention[t] * u).abs() < REORDERED);
                }
            }
        }
    }
}

#[test]
fn dien_depends_on_the_order() {
    let weights = Weights::seeded(dien(Evolution::Augru), VOCABULARY, 1).unwrap();
    let candidates: Vec<u32> = (0..VOCABULARY.items as u32).collect();
    let (a, b) = (logits(&weights, &[&[1, 2, 3]], &candidates), logits(&weights, &[&[3, 2, 1]], &candidates));
    let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest > 100.0 * REORDERED, "{largest}");
}

/// Σ (row + 1)·logit of a batch as in training, with Dice's statistics of the batch: smooth everywhere, and no row's
/// part cancels another's.
fn training_loss(weights: &Weights) -> (Network, Tensor<1>) {
    let device = Device::flex().autodiff();
    let network = Network::new(weights, &item_categories(), &device).unwrap();
    let ids = Tensor::<2, Int>::from_data([[5, 6], [7, 2], [9, 10]], &device);
    let histories: [&[u32]; 3] = [&[1, 2, 3], &[4], &[5, 11, 8, 0]];
    let logits = network.forward(&Histories::new(&histories, &device), ids).logits;
    let loss = (logits * Tensor::from_data([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device)).sum();
    (network, loss)
}

#[test]
fn gradients_agree_with_finite_differences() {
    for config in every_config() {
        let weights = Weights::seeded(config, VOCABULARY, 11).unwrap();
        let (network, loss) = training_loss(&weights);
        let gradients = loss.backward();
        let mut found = Gradients { gradients: &gradients, path: Vec::new(), by_name: BTreeMap::new() };
        burn::module::Module::visit(&network, &mut found);
        let trained = |name: &&String| !name.ends_with(".mean") && !name.ends_with(".variance");
        for name in weights.tensors().keys().filter(trained) {
            let Some(gradient) = found.by_name.get(name) else { panic!("no gradient of {name}") };
            let position = gradient.len() / 2;
            let shifted = |by: f32| {
                let mut tensors = weights.tensors().clone();
                if let Some(tensor) = tensors.get_mut(name) {
                    tensor.values[position] += by;
                }
                let (vocabulary, hash) = (weights.vocabulary(), weights.vocabulary_hash().to_owned());
                let weights = Weights::new("shifted", weights.config().clone(), vocabulary, hash, tensors).unwrap();
                f64::from(training_loss(&weights).1.into_scalar::<f32>())
            };
            let step = 4e-3;
            let difference = (shifted(step) - shifted(-step)) / (2.0 * f64::from(step));
            // The loss is around 10 and has roundings of some 1e-6 each, over 8e-3; the third derivative adds the square
            // of the step.
            let error = (f64::from(gradient[position]) - difference).abs();
            assert!(error < 5e-3 * (1.0 + difference.abs()), "{name}: {} and {difference}", gradient[position]);
        }
    }
}

/// Gradients by the names of [`Config::tensors`].
struct Gradients<'a> {
    gradients: &'a burn::tensor::Gradients,
    path: Vec<String>,
    by_name: BTreeMap<String, Vec<f32>>,
}

impl burn::module::ModuleVisitor for Gradients<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
        let skip = ["body", "gru", "Din", "Dien", "Dice", "Prelu", "MeanPooling"];
        let name: Vec<&str> = self.path.iter().map(String::as_str).filter(|part| !skip.contains(part)).collect();
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.by_name.insert(name.join("."), gradient.into_data().iter::<f32>().collect());
        }
    }
}
