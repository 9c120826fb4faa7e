//! Numbers that grow too large for float32: both backends say so, and neither answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::{Activation, Config, DienConfig, Evolution, NetworkKind, Normalization, Weights};
use shaders::{Backend, Choice, Engine, EngineError, Host};
use testing::{Difference, ITEMS, Seeded, config, history, seeded};

/// The CPU, and the GPU of these tests.
fn hosts() -> [Host; 2] {
    let hosts = [Choice::Cpu, Choice::Gpu].map(|choice| pollster::block_on(Host::open(choice)));
    let hosts = hosts.map(|host| host.expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers"));
    assert_eq!(hosts[1].backend(), Backend::Gpu);
    hosts
}

/// The seeded network of `config` whose tensor of this name was changed.
fn changed(config: Config, tensor: &str, change: impl FnOnce(&mut [f32])) -> Seeded {
    let seeded = seeded("", config);
    let weights = &seeded.weights;
    let mut tensors = weights.tensors().clone();
    change(&mut tensors.get_mut(tensor).unwrap_or_else(|| panic!("no {tensor}")).values);
    let (config, hash) = (weights.config().clone(), weights.vocabulary_hash().to_owned());
    let weights = Weights::new("changed", config, weights.vocabulary(), hash, tensors).unwrap();
    Seeded { weights, ..seeded }
}

/// Numbers as large as float32 holds, with the signs that they had.
fn huge(values: &mut [f32]) {
    values.iter_mut().for_each(|value| *value = 3e38 * value.signum());
}

fn engine(host: &Host, network: &Seeded) -> Engine {
    pollster::block_on(Engine::new(host, &network.weights, &network.categories)).unwrap()
}

/// What an engine says after a history: the probabilities, or why there are none.
fn said(engine: &mut Engine, history: &[u32]) -> Result<Vec<f32>, String> {
    engine.set_history(history).unwrap();
    match pollster::block_on(engine.rank(&[1])) {
        Ok(answer) => Ok(answer.probabilities),
        Err(error @ EngineError::Overflow(_)) => Err(error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn both_backends_refuse_to_answer_with_the_same_words() {
    let hosts = hosts();
    for kind in NetworkKind::ALL {
        let mut overflowed = 0;
        for tensor in seeded("", kind.shipped()).weights.tensors().keys() {
            let network = match tensor.as_str() {
                // Dice divides by the root of these, so that it is the lowest that make numbers large.
                name if name.ends_with(".variance") => continue,
                name => changed(kind.shipped(), name, huge),
            };
            let mut engines = hosts.each_ref().map(|host| engine(host, &network));
            for length in [0, 3] {
                let [cpu, gpu] = engines.each_mut().map(|engine| said(engine, &history(length)));
                match (cpu, gpu) {
                    (Ok(cpu), Ok(gpu)) => {
                        let mut difference = Difference::default();
                        difference.probabilities(&cpu, &gpu);
                        assert!(difference.is_tolerable(), "{kind:?}, {tensor}, {length} clicks: {difference:?}");
                        assert!(cpu.iter().all(|probability| (0.0..=1.0).contains(probability)));
                    }
                    (cpu, gpu) => {
                        assert_eq!(cpu, gpu, "{kind:?}, {tensor}, {length} clicks");
                        overflowed += 1;
                    }
                }
            }
        }
        assert!(overflowed > 5, "{kind:?}: {overflowed}");
    }
}

#[test]
fn it_overflows_with_clicks_and_answers_without_them() {
    for host in hosts() {
        // Scores alone: without clicks there are none.
        let network = changed(NetworkKind::Din.shipped(), "attention.output.weight", huge);
        let mut engine = engine(&host, &network);
        let without = said(&mut engine, &[]).unwrap();
        let refusal = said(&mut engine, &[4, 5]).unwrap_err();
        assert!(refusal.contains("first in the part “scores”") && refusal.contains("undo the last click"), "{refusal}");
        assert_eq!(engine.host().backend(), host.backend());
        engine.clear();
        assert_eq!(said(&mut engine, &[]), Ok(without));
    }
}

#[test]
fn every_question_is_refused_and_the_history_goes_on() {
    for host in hosts() {
        // One product is broken, and not among the candidates.
        let mut config: Config = NetworkKind::Dien.shipped();
        config.head.activation = Activation::Relu;
        let width = config.item_dim;
        let network = changed(config, "embedding.item.weight", |values| huge(&mut values[5 * width..6 * width]));
        let mut one = engine(&host, &network);
        let sound: Vec<u32> = (0..ITEMS as u32).filter(|item| *item != 5).collect();
        one.set_candidates(&sound).unwrap();
        let good = said(&mut one, &[1, 2]).unwrap();
        one.push(5).unwrap();
        let overflow = |result: Option<EngineError>| matches!(result, Some(EngineError::Overflow(_)));
        assert!(overflow(pollster::block_on(one.rank(&[])).err()));
        assert!(overflow(pollster::block_on(one.best(3, &[])).err()));
        assert!(overflow(pollster::block_on(one.inspect(&[1])).err()));
        assert!(overflow(pollster::block_on(one.leave_one_out(1)).err()));
        one.remove(2).unwrap();
        assert_eq!(pollster::block_on(one.rank(&[])).unwrap().probabilities, good);
        assert!(overflow(pollster::block_on(one.inspect(&[5])).err()));
        assert_eq!(pollster::block_on(one.rank(&[])).unwrap().probabilities, good);
        assert_eq!(pollster::block_on(one.leave_one_out(1)).unwrap().len(), 2);
    }
}

#[test]
fn a_state_that_grows_from_step_to_step_overflows_after_enough_clicks() {
    let dien = DienConfig { normalization: Normalization::None, ..DienConfig::new(9, Evolution::Agru) };
    // a_t of about a hundred: each click makes the state so much greater.
    let network = changed(config([6, 3], dien), "attention.weight", |values| {
        values.iter_mut().for_each(|value| *value *= 300.0);
    });
    let lengths = [1, 5, 60, 200];
    let [cpu, gpu] = hosts().map(|host| {
        let mut engine = engine(&host, &network);
        lengths.map(|length| said(&mut engine, &history(length)))
    });
    assert!(cpu[0].is_ok() && cpu[3].is_err(), "{cpu:?}");
    for ((cpu, gpu), length) in cpu.iter().zip(&gpu).zip(lengths) {
        assert_eq!(cpu.is_ok(), gpu.is_ok(), "{length} clicks");
        assert_eq!(cpu.as_ref().err(), gpu.as_ref().err());
    }
}
