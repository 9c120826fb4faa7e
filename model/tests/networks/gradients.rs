//! Derivatives: against finite differences, and of one operation against many.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::prelude::*;
use model::reference::{Histories, Network, Output, item_rows};
use model::{Activation, DienConfig, NetworkConfig, Normalization, Weights};
use proptest::prelude::*;

use crate::{EVERY_EVOLUTION, REORDERED, VOCABULARY, config, din, every_config, item, item_categories};

/// Σ (row + 1)·logit of a batch as in training, with Dice's statistics of the batch: smooth everywhere, and no row's
/// part cancels another's.
fn training_loss(weights: &Weights) -> (Network, Tensor<1>) {
    let device = Device::flex().autodiff();
    let network = Network::new(weights, &item_categories(), &device).unwrap();
    let ids = Tensor::<2, Int>::from_data([[5, 6], [7, 2], [9, 10]], &device);
    let clicked: [&[u32]; 3] = [&[1, 2, 3], &[4], &[5, 11, 8, 0]];
    let histories = Histories::new(&clicked, &device);
    let output = network.forward(&histories, ids);
    let mut loss = (output.logits * Tensor::from_data([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device)).sum();
    // The last item of all in place of sampled ones.
    let sampled = Histories::new(&clicked.map(|history| vec![11; history.len()]), &device);
    if let Some(auxiliary) = network.auxiliary_loss(&output.body, &histories, &sampled) {
        loss = loss + auxiliary;
    }
    (network, loss)
}

#[test]
fn gradients_agree_with_finite_differences() {
    for config in every_config() {
        let weights = Weights::seeded(config, VOCABULARY, 11).unwrap();
        let (network, loss) = training_loss(&weights);
        let found = by_name(&network, &weights, &loss.backward());
        let trained = |name: &&String| !name.ends_with(".mean") && !name.ends_with(".variance");
        for name in weights.tensors().keys().filter(trained) {
            let Some(gradient) = found.get(name) else { panic!("no gradient of {name}") };
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

/// Gradients by the names of the tensors in `weights`.
fn by_name(network: &Network, weights: &Weights, gradients: &burn::tensor::Gradients) -> BTreeMap<String, Vec<f32>> {
    let known = weights.tensors().keys().flat_map(|name| name.split('.')).collect();
    let mut found = ByName { gradients, known, path: Vec::new(), found: BTreeMap::new() };
    network.visit(&mut found);
    found.found
}

/// Collects gradients by name.
struct ByName<'a> {
    gradients: &'a burn::tensor::Gradients,
    /// What names are made of. Other fields on the path to a tensor, and the variants of enumerations, are no part of its name.
    known: BTreeSet<&'a str>,
    path: Vec<String>,
    found: BTreeMap<String, Vec<f32>>,
}

impl ModuleVisitor for ByName<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name: Vec<&str> = self.path.iter().map(String::as_str).filter(|part| self.known.contains(part)).collect();
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.found.insert(name.join("."), gradient.into_data().iter::<f32>().collect());
        }
    }
}

/// Gradients of Σ (position + 1)·logit, by name.
fn gradients(network: &Network, weights: &Weights, logits: Tensor<2>) -> BTreeMap<String, Vec<f32>> {
    let [batch, candidates] = logits.dims();
    let factors: Vec<f32> = (0..batch * candidates).map(|position| 1.0 + (position % 7) as f32).collect();
    let factors = Tensor::from_data(TensorData::new(factors, [batch, candidates]), &logits.device());
    by_name(network, weights, &(logits * factors).mean().backward())
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
        let run = |forward: fn(&Network, &Histories, Tensor<2, Int>) -> Output| {
            let network = Network::new(&weights, &item_categories(), &device).unwrap();
            let ids = item_rows(&ids, [histories.len(), candidates], &device);
            let logits = forward(&network, &Histories::new(&histories, &device), ids).logits;
            let values: Vec<f32> = logits.clone().into_data().iter::<f32>().collect();
            (values, gradients(&network, &weights, logits))
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
}
