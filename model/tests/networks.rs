//! The burn networks against equations computed by hand, and their properties.
#![cfg(feature = "burn")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;

use burn::prelude::*;
use model::reference::{Body, BodyOutput, Histories, Network, inspect, item_rows};
use model::{
    Activation, Auxiliary, Config, DienAttention, DienConfig, DienTrace, DinConfig, EmbeddingMlpConfig, Evolution,
    HeadConfig, LocalActivationConfig, NetworkConfig, Normalization, Pooling, Reset, Tensor as Values, TinConfig,
    Vocabulary, Weights,
};
use proptest::prelude::*;

const VOCABULARY: Vocabulary = Vocabulary { items: 12, categories: 3 };

fn item_categories() -> Vec<u32> {
    (0..VOCABULARY.items as u32).map(|item| item % 3).collect()
}

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![7, 5],
        activation: Activation::DICE,
        interest_product: true,
        key_sum: true,
        wide: false,
    };
    Config { item_dim: 4, category_dim: 2, max_history: 8, network, head }
}

fn din(normalization: Normalization) -> Config {
    config(NetworkConfig::Din(DinConfig {
        attention: LocalActivationConfig::new([5], Activation::DICE),
        normalization,
        padding: false,
    }))
}

fn dien(evolution: Evolution) -> Config {
    config(NetworkConfig::Dien(DienConfig::new(6, evolution)))
}

/// A network small enough to compute by hand: one item number, no category, a head that is the identity on interest.
fn by_hand(network: NetworkConfig, tensors: &[(&str, &[usize], &[f32])]) -> Weights {
    let head = HeadConfig {
        hidden: vec![1],
        activation: Activation::Prelu,
        interest_product: false,
        key_sum: false,
        wide: false,
    };
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
            attention: LocalActivationConfig::new([1], Activation::Prelu),
            normalization: Normalization::None,
            padding: false,
        }),
        &[
            ("attention.hidden.0.weight", &[4, 1], &[1.0, 2.0, 3.0, 4.0]),
            ("attention.hidden.0.bias", &[1], &[0.1]),
            ("attention.activation.0.alpha", &[1], &[0.5]),
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
    let trace = &inspection.trace;
    close(trace.attention()[0], w0);
    close(trace.attention()[1], w1);
    close(trace.values("interest")[0], v);
    close(inspection.logit, v);
    close(inspection.probability, sigmoid(v));
}

#[test]
fn pooling_counts_every_key_alike() {
    for (pooling, weight) in [(Pooling::Sum, 1.0), (Pooling::Mean, 0.5)] {
        let weights = by_hand(NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling }), &[]);
        let inspection = &inspect(&weights, &[0, 0, 0], &[0, 2], &[1]).unwrap()[0];
        assert_eq!(inspection.trace.attention(), [weight, weight]);
        close(inspection.logit, f64::from(weight) * (0.5 + 2.0));
    }
}

#[test]
fn wide_and_deep_adds_a_linear_layer_of_the_products() {
    let mut config = pooling(Pooling::Mean);
    config.head.wide = true;
    let weights = Weights::seeded(config, VOCABULARY, 5).unwrap();
    let inspected = |weights: &Weights| inspect(weights, &item_categories(), &[3, 7], &[4]).unwrap().remove(0);
    let with = inspected(&weights);
    let mut tensors = weights.tensors().clone();
    for name in ["head.wide.weight", "head.wide.bias"] {
        tensors.get_mut(name).unwrap().values.fill(0.0);
    }
    let deep = Weights::new("deep", weights.config().clone(), VOCABULARY, String::new(), tensors).unwrap();
    let q: Vec<f32> = [
        &weights.values("embedding.item.weight")[4 * 4..][..4],
        &weights.values("embedding.category.weight")[2..][..2],
    ]
    .concat();
    let v = with.trace.values("interest");
    let features = v.iter().chain(&q).copied().chain(v.iter().zip(&q).map(|(v, q)| v * q));
    let wide: f32 = features.zip(weights.values("head.wide.weight")).map(|(x, w)| x * w).sum();
    close(with.logit - inspected(&deep).logit, f64::from(wide + weights.values("head.wide.bias")[0]));
}

#[test]
fn tin_follows_its_equations() {
    // p(0) = 0.25, p(1) = −0.5, p(2) = 0.75 and so on; the head is the identity on the interest.
    let p = [0.25, -0.5, 0.75, 1.5, -1.25, 0.5, 0.0, -0.75, 1.0];
    let weights = by_hand(NetworkConfig::Tin(TinConfig {}), &[("embedding.position.weight", &[9, 1], &p)]);
    let p = p.map(f64::from);
    // Ten clicks of item 0 and then 2 and 1: positions 12 to 1, of which 8 is the last with a vector of its own.
    let history = [[0; 10].as_slice(), &[2, 1]].concat();
    let keys: Vec<f64> = history.iter().map(|&item| [0.5, -1.0, 2.0][item as usize]).collect();
    let inspection = &inspect(&weights, &[0, 0, 0], &history, &[2]).unwrap()[0];
    let trace = &inspection.trace;
    let q = 2.0 + p[0];
    let k: Vec<f64> = keys.iter().enumerate().map(|(j, k)| k + p[(keys.len() - j).min(8)]).collect();
    let exp: Vec<f64> = k.iter().map(|k| (k * q).exp()).collect();
    let sum: f64 = exp.iter().sum();
    let mut v = 0.0;
    for j in 0..keys.len() {
        close(trace.scores()[j] / 4.0, k[j] * q / 4.0);
        close(trace.attention()[j], exp[j] / sum);
        v += exp[j] / sum * k[j] * q;
    }
    close(inspection.logit / 4.0, v / 4.0);
}

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
fn dice_in_one_operation_is_dice_in_many() {
    let affine = Activation::Dice { epsilon: 1e-3, affine: true };
    for activation in [Activation::DICE, affine] {
        let mut config = din(Normalization::None);
        config.head.activation = activation;
        config.head.hidden = vec![37];
        let weights = Weights::seeded(config, VOCABULARY, 21).unwrap();
        let device = Device::flex().autodiff();
        // More rows than one task has, some of them padding.
        let rows = 700;
        let s: Vec<f32> = (0..rows * 37).map(|i| ((i * 7919) % 1000) as f32 / 250.0 - 1.5).collect();
        let padding: Vec<bool> = (0..rows).map(|row| row % 5 == 3).collect();
        let run = |one: bool| {
            let network = Network::new(&weights, &item_categories(), &device).unwrap();
            let model::reference::Activation::Dice(dice) = &network.head.activation()[0] else { panic!("not Dice") };
            let s = Tensor::<2>::from_data(TensorData::new(s.clone(), [rows, 37]), &device).require_grad();
            let padding = Some(Tensor::<2, Bool>::from_data(TensorData::new(padding.clone(), [rows, 1]), &device));
            let f = if one { dice.forward(s.clone(), padding) } else { dice.in_tensor_operations(s.clone(), padding) };
            let factors: Vec<f32> = (0..rows * 37).map(|i| ((i * 31) % 17) as f32 / 17.0).collect();
            let gradients =
                (f.clone() * Tensor::from_data(TensorData::new(factors, [rows, 37]), &device)).sum().backward();
            let read = |tensor: Tensor<2>| tensor.into_data().iter::<f32>().collect::<Vec<_>>();
            let mut all = vec![read(f), read(s.grad(&gradients).unwrap())];
            all.extend(
                [Some(&dice.alpha), dice.gamma.as_ref(), dice.beta.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|param| read(param.val().grad(&gradients).unwrap().unsqueeze())),
            );
            all.extend([&dice.mean, &dice.variance].map(|running| read(running.value().unsqueeze())));
            all
        };
        let (one, many) = (run(true), run(false));
        assert_eq!(one.len(), if activation == affine { 7 } else { 5 });
        for (one, many) in one.iter().zip(&many) {
            for (a, b) in one.iter().zip(many) {
                // Sums of 700 rows, in another order.
                assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{a} and {b}");
            }
        }
    }
}

#[test]
fn dice_gates_by_the_standardised_input() {
    // Dice with E[s] = 0.4, Var[s] = 0.25, α = 0.1 on s = q + k.
    let weights = by_hand(
        NetworkConfig::Din(DinConfig {
            attention: LocalActivationConfig::new([1], Activation::DICE),
            normalization: Normalization::None,
            padding: false,
        }),
        &[
            ("attention.hidden.0.weight", &[4, 1], &[1.0, 1.0, 0.0, 0.0]),
            ("attention.hidden.0.bias", &[1], &[0.0]),
            ("attention.activation.0.alpha", &[1], &[0.1]),
            ("attention.activation.0.mean", &[1], &[0.4]),
            ("attention.activation.0.variance", &[1], &[0.25]),
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
fn gates(x: f64, h: f64, [w, b, uu, c]: [[f64; 3]; 4], reset: Reset) -> (f64, f64, f64) {
    let r = sigmoid(x * w[0] + b[0] + h * uu[0] + c[0]);
    let u = sigmoid(x * w[1] + b[1] + h * uu[1] + c[1]);
    let n = match reset {
        Reset::After => x * w[2] + b[2] + r * (h * uu[2] + c[2]),
        Reset::Before => x * w[2] + b[2] + (r * h) * uu[2] + c[2],
    };
    let n = n.tanh();
    (r, u, n)
}

#[test]
fn the_local_activation_unit_may_have_layers_and_project_the_query() {
    // q' = PReLU(2q − 1, α = 0.5); two sigmoid layers with W = [1, 2, 3, 4] and 0.7; output ·2 + 0.3.
    let unit =
        LocalActivationConfig { query_projection: true, ..LocalActivationConfig::new([1, 1], Activation::Sigmoid) };
    let weights = by_hand(
        NetworkConfig::Din(DinConfig { attention: unit, normalization: Normalization::None, padding: false }),
        &[
            ("attention.query.weight", &[1, 1], &[2.0]),
            ("attention.query.bias", &[1], &[-1.0]),
            ("attention.query.alpha", &[1], &[0.5]),
            ("attention.hidden.0.weight", &[4, 1], &[1.0, 2.0, 3.0, 4.0]),
            ("attention.hidden.0.bias", &[1], &[0.1]),
            ("attention.hidden.1.weight", &[1, 1], &[0.7]),
            ("attention.hidden.1.bias", &[1], &[-0.2]),
            ("attention.output.weight", &[1, 1], &[2.0]),
            ("attention.output.bias", &[1], &[0.3]),
        ],
    );
    let inspections = inspect(&weights, &[0, 0, 0], &[2], &[0, 1]).unwrap();
    // Items are 0.5, −1 and 2, so 2q − 1 is 0 and −3.
    for (inspection, q) in inspections.iter().zip([0.0, -1.5]) {
        let k = 2.0;
        let first = sigmoid(q + 2.0 * k + 3.0 * (q - k) + 4.0 * q * k + 0.1);
        close(inspection.trace.attention()[0], 2.0 * sigmoid(0.7 * first - 0.2) + 0.3);
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
fn dien_follows_its_equations() {
    let extractor = [[0.3, -0.2, 0.7], [0.1, 0.2, -0.1], [0.5, 0.4, -0.6], [0.05, -0.15, 0.25]];
    let cell = [[-0.4, 0.9, 1.1], [0.2, -0.3, 0.1], [0.6, -0.5, 0.8], [-0.1, 0.3, 0.2]];
    let w = 1.5;
    let evolutions = [Evolution::Augru, Evolution::AugruAuthors, Evolution::Agru, Evolution::Aigru];
    for (evolution, reset) in evolutions.into_iter().flat_map(|kind| [(kind, Reset::After), (kind, Reset::Before)]) {
        let as_f32 = |rows: [[f64; 3]; 4]| rows.map(|row| row.map(|x| x as f32));
        let ([ew, eb, eu, ec], [cw, cb, cu, cc]) = (as_f32(extractor), as_f32(cell));
        let weights = by_hand(
            NetworkConfig::Dien(DienConfig { reset, ..DienConfig::new(1, evolution) }),
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
        let trace = DienTrace::of(&inspection.trace).unwrap();

        let (keys, q) = ([2.0, -1.0, 0.5], -1.0);
        let mut h = 0.0;
        let states = keys.map(|x| {
            let (_, u, n) = gates(x, h, extractor, reset);
            h = (1.0 - u) * h + u * n;
            h
        });
        let exp = states.map(|h| (h * w * q).exp());
        let a = exp.map(|e| e / exp.iter().sum::<f64>());
        let mut state = 0.0;
        for t in 0..3 {
            let x = if evolution == Evolution::Aigru { a[t] * states[t] } else { states[t] };
            let (r, u, n) = gates(x, state, cell, reset);
            let u_tilde = match evolution {
                Evolution::Augru => a[t] * u,
                Evolution::Agru => a[t],
                Evolution::Aigru | Evolution::Gru => u,
                Evolution::AugruAuthors => 1.0 - (1.0 - a[t]) * (1.0 - u),
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

fn pooling(pooling: Pooling) -> Config {
    config(NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling }))
}

const EVERY_EVOLUTION: [Evolution; 5] =
    [Evolution::Gru, Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors];

fn every_config() -> Vec<Config> {
    let mut all = vec![pooling(Pooling::Sum), pooling(Pooling::Mean), config(NetworkConfig::Tin(TinConfig {}))];
    all.extend([Normalization::None, Normalization::Softmax, Normalization::ScaledSoftmax].map(din));
    all.extend(EVERY_EVOLUTION.map(dien));
    let mut wide = pooling(Pooling::Mean);
    wide.head.wide = true;
    let affine = Activation::Dice { epsilon: 1e-3, affine: true };
    let mut affine_din = din(Normalization::None);
    affine_din.head.activation = affine;
    all.extend([wide, affine_din]);
    let unit = |hidden: &[usize], activation, query_projection| {
        DienAttention::LocalActivation(LocalActivationConfig {
            query_projection,
            ..LocalActivationConfig::new(hidden, activation)
        })
    };
    let auxiliary = Auxiliary::Mlp { hidden: vec![4, 3], activation: Activation::Sigmoid };
    all.extend(
        [
            DienConfig { attention: unit(&[5], affine, false), ..DienConfig::new(6, Evolution::Augru) },
            DienConfig {
                attention: unit(&[5, 3], Activation::Sigmoid, true),
                reset: Reset::Before,
                auxiliary,
                ..DienConfig::new(6, Evolution::AugruAuthors)
            },
            DienConfig {
                attention: unit(&[5, 3], Activation::Relu, false),
                normalization: Normalization::None,
                ..DienConfig::new(6, Evolution::Agru)
            },
            DienConfig { attention: DienAttention::None, ..DienConfig::new(6, Evolution::Gru) },
        ]
        .map(|dien| config(NetworkConfig::Dien(dien))),
    );
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
fn an_item_that_is_not_there_is_named() {
    let weights = Weights::seeded(pooling(Pooling::Mean), VOCABULARY, 3).unwrap();
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
    fn pooling_and_din_do_not_depend_on_the_order(
        seed in 0..1000u64,
        history in prop::collection::vec(item(), 2..6),
    ) {
        let reversed: Vec<u32> = history.iter().rev().copied().collect();
        let mut configs = vec![pooling(Pooling::Sum), pooling(Pooling::Mean)];
        configs.extend([Normalization::None, Normalization::Softmax, Normalization::ScaledSoftmax].map(din));
        for config in configs {
            let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
            let (a, b) = (logits(&weights, &[&history], &[0]), logits(&weights, &[&reversed], &[0]));
            prop_assert!((a[0] - b[0]).abs() < REORDERED, "{} and {}", a[0], b[0]);
        }
    }

    #[test]
    fn softmax_attention_sums_to_one(seed in 0..1000u64, history in prop::collection::vec(item(), 1..12)) {
        let weighs_alike = |config: &Config| {
            matches!(config.network, NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Sum }))
                || matches!(&config.network, NetworkConfig::Din(din) if din.normalization == Normalization::None)
                || matches!(&config.network, NetworkConfig::Dien(dien) if dien.normalization == Normalization::None)
        };
        for config in every_config().into_iter().filter(|config| !weighs_alike(config)) {
            let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
            for inspection in inspect(&weights, &item_categories(), &history, &[0, 5]).unwrap() {
                prop_assert_eq!(inspection.trace.attention().len(), history.len());
                prop_assert!((inspection.trace.attention().iter().sum::<f32>() - 1.0).abs() < REORDERED);
            }
        }
    }

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

#[test]
fn dien_and_tin_depend_on_the_order() {
    let mut configs = EVERY_EVOLUTION.map(dien).to_vec();
    configs.push(config(NetworkConfig::Tin(TinConfig {})));
    for config in configs {
        let weights = Weights::seeded(config, VOCABULARY, 1).unwrap();
        let candidates: Vec<u32> = (0..VOCABULARY.items as u32).collect();
        let (a, b) = (logits(&weights, &[&[1, 2, 3]], &candidates), logits(&weights, &[&[3, 2, 1]], &candidates));
        let largest = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest > 100.0 * REORDERED, "{largest}");
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

/// Σ (row + 1)·logit of a batch as in training, with Dice's statistics of the batch: smooth everywhere, and no row's
/// part cancels another's.
fn training_loss(weights: &Weights) -> (Network, Tensor<1>) {
    let device = Device::flex().autodiff();
    let network = Network::new(weights, &item_categories(), &device).unwrap();
    let ids = Tensor::<2, Int>::from_data([[5, 6], [7, 2], [9, 10]], &device);
    let histories: [&[u32]; 3] = [&[1, 2, 3], &[4], &[5, 11, 8, 0]];
    let histories = Histories::new(&histories, &device);
    let output = network.forward(&histories, ids);
    let mut loss = (output.logits * Tensor::from_data([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device)).sum();
    if let (Body::Dien(dien), BodyOutput::Dien(of_dien)) = (&network.body, output.body) {
        let keys = network.embedding.forward(histories.items.clone());
        // The last item of all in place of a sampled one.
        let sampled = network.embedding.forward(histories.items.full_like(11));
        loss = loss + dien.auxiliary_loss(of_dien.interest_states, keys, sampled, &histories);
    }
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
        let skip = [
            "body",
            "gru",
            "mlp",
            "linear",
            "prelu",
            "Din",
            "Dien",
            "Tin",
            "Bilinear",
            "LocalActivation",
            "Dice",
            "Plain",
            "Prelu",
            "EmbeddingMlp",
        ];
        let name: Vec<&str> = self.path.iter().map(String::as_str).filter(|part| !skip.contains(part)).collect();
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.by_name.insert(name.join("."), gradient.into_data().iter::<f32>().collect());
        }
    }
}

/// Gradients of Σ (position + 1)·logit, by name.
fn gradients(network: &Network, logits: Tensor<2>) -> BTreeMap<String, Vec<f32>> {
    let [batch, candidates] = logits.dims();
    let weights: Vec<f32> = (0..batch * candidates).map(|position| 1.0 + (position % 7) as f32).collect();
    let weights = Tensor::from_data(TensorData::new(weights, [batch, candidates]), &logits.device());
    let gradients = (logits * weights).mean().backward();
    let mut found = Gradients { gradients: &gradients, path: Vec::new(), by_name: BTreeMap::new() };
    burn::module::Module::visit(network, &mut found);
    found.by_name
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_scan_is_its_steps(
        seed in 0..1000u64,
        // More histories than are computed side by side, and more candidates; hidden widths that fill no tile.
        histories in prop::collection::vec(prop::collection::vec(item(), 0..7), 1..40),
        candidates in prop::sample::select(vec![1, 2, 3, 19]),
        hidden in 1..8usize,
        evolution in prop::sample::select(EVERY_EVOLUTION.to_vec()),
    ) {
        let mut config = config(NetworkConfig::Dien(DienConfig::new(hidden, evolution)));
        config.head.interest_product = false;
        let weights = Weights::seeded(config, VOCABULARY, seed).unwrap();
        let device = Device::flex().autodiff();
        let ids: Vec<u32> = (0..(histories.len() * candidates) as u32).map(|row| row * 5 % 12).collect();
        let run = |forward: fn(&Network, &Histories, Tensor<2, Int>) -> model::reference::Output| {
            let network = Network::new(&weights, &item_categories(), &device).unwrap();
            let ids = item_rows(&ids, [histories.len(), candidates], &device);
            let logits = forward(&network, &Histories::new(&histories, &device), ids).logits;
            let values: Vec<f32> = logits.clone().into_data().iter::<f32>().collect();
            (values, gradients(&network, logits))
        };
        let (scan, steps) = (run(Network::forward), run(Network::step_by_step));
        for (a, b) in scan.0.iter().zip(&steps.0) {
            prop_assert!((a - b).abs() < REORDERED, "{a} and {b}");
        }
        prop_assert_eq!(scan.1.keys().collect::<Vec<_>>(), steps.1.keys().collect::<Vec<_>>());
        for (name, found) in &scan.1 {
            for (a, b) in found.iter().zip(&steps.1[name]) {
                // Sums over all rows and steps, in another order.
                prop_assert!((a - b).abs() < 10.0 * REORDERED * (1.0 + b.abs()), "{name}: {a} and {b}");
            }
        }
        // Without autodiff the same numbers come out.
        let plain = Network::new(&weights, &item_categories(), &Device::flex()).unwrap();
        let eval_ids = item_rows(&ids, [histories.len(), candidates], &Device::flex());
        let batch = Histories::new(&histories, &Device::flex());
        let (a, b) = (plain.forward(&batch, eval_ids.clone()).logits, plain.step_by_step(&batch, eval_ids).logits);
        let largest = (a - b).abs().max().into_scalar::<f32>();
        prop_assert!(largest < REORDERED, "{largest}");
    }

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
