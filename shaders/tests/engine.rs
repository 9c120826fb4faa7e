//! What an engine promises about histories, errors and lost devices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::{Axis, Config, PartSpec};
use proptest::prelude::*;
use shaders::{Answer, Backend, Candidate, Choice, Engine, EngineError, Host, MAX_BEST, MAX_HISTORY, inspect};
use testing::{Difference, ITEMS, Seeded, TOLERANCE, history, knows_order, networks, seeded, shares_of_one, trained};

fn open(choice: Choice) -> Host {
    pollster::block_on(Host::open(choice)).expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers")
}

fn engine(host: &Host, network: &Seeded) -> Engine {
    pollster::block_on(Engine::new(host, &network.weights, &network.categories)).unwrap()
}

fn rank(engine: &mut Engine, inspected: &[u32]) -> Answer {
    pollster::block_on(engine.rank(inspected)).unwrap()
}

fn fresh(host: &Host, network: &Seeded, items: &[u32], inspected: &[u32]) -> Answer {
    let mut engine = engine(host, network);
    engine.set_history(items).unwrap();
    rank(&mut engine, inspected)
}

fn named(name: &str) -> Seeded {
    networks().into_iter().find(|network| network.name == name).unwrap()
}

/// What a visitor does.
#[derive(Debug, Clone)]
enum Action {
    Push(u32),
    Remove(prop::sample::Index),
    Clear,
    Set(Vec<u32>),
    Rank,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let item = 0..ITEMS as u32;
    let action = prop_oneof![
        8 => item.clone().prop_map(Action::Push),
        3 => any::<prop::sample::Index>().prop_map(Action::Remove),
        1 => Just(Action::Clear),
        2 => prop::collection::vec(item, 0..6).prop_map(Action::Set),
        4 => Just(Action::Rank),
    ];
    prop::collection::vec(action, 1..25)
}

/// Plays `actions` on an engine and on a plain list, and ranks in between as they say.
fn play(engine: &mut Engine, actions: &[Action]) {
    let mut items: Vec<u32> = Vec::new();
    for action in actions {
        match action {
            Action::Push(item) => {
                engine.push(*item).unwrap();
                items.push(*item);
            }
            Action::Remove(index) if !items.is_empty() => {
                let index = index.index(items.len());
                engine.remove(index).unwrap();
                items.remove(index);
            }
            Action::Remove(_) => {}
            Action::Clear => {
                engine.clear();
                items.clear();
            }
            Action::Set(new) => {
                engine.set_history(new).unwrap();
                items.clone_from(new);
            }
            Action::Rank => {
                rank(engine, &[1]);
            }
        }
        assert_eq!(engine.history(), items);
    }
}

/// Kept steps are the very numbers that a fresh engine computes, so nothing may differ at all.
fn kept_steps_are_right(host: &Host, network: &Seeded, actions: &[Action]) -> Result<(), TestCaseError> {
    let mut engine = engine(host, network);
    play(&mut engine, actions);
    let answer = rank(&mut engine, &[0, 5]);
    let expected = fresh(host, network, engine.history(), &[0, 5]);
    prop_assert_eq!(answer.probabilities, expected.probabilities);
    prop_assert_eq!(answer.inspections, expected.inspections);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_clicks_on_the_cpu_give_what_a_fresh_engine_gives(actions in actions()) {
        for network in networks() {
            kept_steps_are_right(&open(Choice::Cpu), &network, &actions)?;
        }
    }

    #[test]
    fn weights_that_are_shares_of_one_sum_to_one(items in prop::collection::vec(0..ITEMS as u32, 1..60), inspected in 0..ITEMS as u32) {
        for network in networks().into_iter().filter(|network| shares_of_one(&network.weights.config().network)) {
            let answer = fresh(&open(Choice::Cpu), &network, &items, &[inspected]);
            let attention = answer.inspections[0].trace.attention();
            prop_assert!(attention.iter().all(|&weight| (0.0..=1.0).contains(&weight)));
            // Sixty roundings of numbers below 1.
            prop_assert!((attention.iter().sum::<f32>() - 1.0).abs() < 4e-6);
        }
    }

    #[test]
    fn networks_that_do_not_know_the_order_answer_alike_in_any(items in prop::collection::vec(0..ITEMS as u32, 2..60).prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle()))) {
        for network in networks().into_iter().filter(|network| !knows_order(&network.weights.config().network)) {
            let host = open(Choice::Cpu);
            let (a, b) = (fresh(&host, &network, &items.0, &[]), fresh(&host, &network, &items.1, &[]));
            for (a, b) in a.probabilities.iter().zip(&b.probabilities) {
                prop_assert!(f64::from((a - b).abs()) <= TOLERANCE.probability);
            }
        }
    }
}

proptest! {
    // A software adapter takes its time.
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(2), ..ProptestConfig::default() })]

    #[test]
    fn any_clicks_on_the_gpu_give_what_a_fresh_engine_gives(actions in actions()) {
        let host = open(Choice::Gpu);
        for network in trained() {
            kept_steps_are_right(&host, &network, &actions)?;
        }
    }
}

#[test]
fn networks_that_know_the_order_answer_otherwise_in_another() {
    let host = open(Choice::Cpu);
    let items = history(10);
    let reversed: Vec<u32> = items.iter().rev().copied().collect();
    for network in networks().into_iter().filter(|network| knows_order(&network.weights.config().network)) {
        let [one, other] = [&items, &reversed].map(|items| fresh(&host, &network, items, &[]).probabilities);
        assert_ne!(one, other, "{}", network.name);
    }
}

#[test]
fn the_base_model_weighs_every_click_alike_for_every_candidate() {
    for (name, weight) in [("Embedding & MLP", 0.25), ("Embedding & MLP sum, odd", 1.0)] {
        for choice in [Choice::Cpu, Choice::Gpu] {
            let answer = fresh(&open(choice), &named(name), &[3, 1, 4, 1], &[0, 69]);
            let [a, b] = [0, 1].map(|index: usize| &answer.inspections[index].trace);
            assert_eq!(a.attention(), [weight; 4]);
            assert_eq!(a, b);
        }
    }
}

#[test]
fn an_empty_history_has_empty_traces_and_a_probability() {
    for choice in [Choice::Cpu, Choice::Gpu] {
        let host = open(choice);
        for network in trained() {
            let inspection = fresh(&host, &network, &[], &[2]).inspections.remove(0);
            for part in inspection.trace.parts().iter().filter(|part| part.axes().contains(&Axis::Step)) {
                assert!(part.values().is_empty(), "{} of {}", part.name(), network.name);
            }
            if let Some(interest) = inspection.trace.part(PartSpec::INTEREST.name) {
                let values = interest.values();
                assert!(!values.is_empty() && values.iter().all(|value| *value == 0.0), "{}", network.name);
            }
            assert!((0.0..1.0).contains(&inspection.probability));
        }
    }
}

#[test]
fn what_does_not_exist_is_refused_and_changes_nothing() {
    let mut engine = engine(&open(Choice::Cpu), &named("DIEN"));
    engine.set_history(&[1, 2, 3]).unwrap();
    let item = |index| EngineError::OutOfRange { what: "item", index, count: ITEMS };
    assert_eq!(engine.push(ITEMS as u32), Err(item(ITEMS)));
    assert_eq!(engine.set_history(&[0, 999]), Err(item(999)));
    let position = EngineError::OutOfRange { what: "history position", index: 3, count: 3 };
    assert_eq!(engine.remove(3), Err(position));
    assert_eq!(pollster::block_on(engine.rank(&[70])), Err(item(70)));
    let long = vec![0; MAX_HISTORY + 1];
    assert_eq!(engine.set_history(&long), Err(EngineError::HistoryTooLong { length: MAX_HISTORY + 1 }));
    assert_eq!(engine.history(), [1, 2, 3]);
    engine.set_history(&long[1..]).unwrap();
    assert_eq!(engine.push(0), Err(EngineError::HistoryTooLong { length: MAX_HISTORY + 1 }));
    assert_eq!(rank(&mut engine, &[]).probabilities.len(), ITEMS);
}

#[test]
fn networks_and_catalogues_that_do_not_fit_are_refused() {
    let host = open(Choice::Cpu);
    let din = named("DIN");
    let make = |weights, categories: &[u32]| {
        pollster::block_on(Engine::new(&host, weights, categories)).err().map(|error| error.to_string())
    };
    assert_eq!(make(&din.weights, &[0; 3]).as_deref(), Some("3 item categories for weights with 70 items"));
    assert_eq!(make(&din.weights, &[5; ITEMS]).as_deref(), Some("there is no category 5; there are 5"));
    let mut config: Config = din.weights.config().clone();
    config.head.wide = true;
    let wide = seeded("wide", config);
    let message = make(&wide.weights, &wide.categories);
    assert_eq!(message.as_deref(), Some("there are no live stages for a wide part (head.wide)"));
}

#[test]
fn any_list_of_candidates_is_ranked() {
    for host in [Choice::Cpu, Choice::Gpu].map(open) {
        for network in trained() {
            let name = network.name;
            let mut engine = engine(&host, &network);
            engine.set_history(&history(6)).unwrap();
            let all = rank(&mut engine, &[7]);
            // Fewer, none, one more than once, more than the catalogue has, and all again.
            let often: Vec<u32> = (0..3 * ITEMS as u32).map(|index| index * 11 % ITEMS as u32).collect();
            for candidates in [&[7][..], &[], &[69, 0, 0, 33, 0], &often, &(0..ITEMS as u32).collect::<Vec<_>>()] {
                engine.set_candidates(candidates).unwrap();
                assert_eq!(engine.candidates(), candidates);
                let answer = rank(&mut engine, &[7, 3]);
                let expected: Vec<f32> = candidates.iter().map(|&item| all.probabilities[item as usize]).collect();
                assert_eq!(answer.probabilities, expected, "{name}");
                assert_eq!(answer.inspections[0], all.inspections[0], "{name}");
                engine.push(1).unwrap();
                engine.remove(6).unwrap();
            }
        }
    }
    let mut engine = engine(&open(Choice::Cpu), &named("DIN"));
    engine.set_candidates(&[3, 4]).unwrap();
    let error = EngineError::OutOfRange { what: "item", index: ITEMS, count: ITEMS };
    assert_eq!(engine.set_candidates(&[0, ITEMS as u32]), Err(error));
    assert_eq!(engine.candidates(), [3, 4]);
}

#[test]
fn the_best_are_the_first_of_all_in_order() {
    for host in [Choice::Cpu, Choice::Gpu].map(open) {
        for name in ["DIN", "DIEN"] {
            let network = named(name);
            let mut engine = engine(&host, &network);
            engine.set_history(&history(5)).unwrap();
            // Every item three times, so that there are ties of which the first wins.
            let candidates: Vec<u32> = (0..3 * ITEMS as u32).map(|index| index * 13 % ITEMS as u32).collect();
            engine.set_candidates(&candidates).unwrap();
            let all = rank(&mut engine, &[2, 5]);
            let mut expected: Vec<(usize, Candidate)> = candidates
                .iter()
                .zip(&all.probabilities)
                .map(|(&item, &probability)| Candidate { item, probability })
                .enumerate()
                .collect();
            expected.sort_by(|(a, x), (b, y)| y.probability.total_cmp(&x.probability).then(a.cmp(b)));
            let expected: Vec<Candidate> = expected.into_iter().map(|(_, candidate)| candidate).collect();
            for count in [0, 1, 2, 50, MAX_BEST] {
                let best = pollster::block_on(engine.best(count, &[2, 5])).unwrap();
                assert_eq!(best.candidates, expected[..count], "{name}, best {count}");
                assert_eq!(best.inspections, all.inspections, "{name}, best {count}");
            }
            engine.set_candidates(&candidates[..7]).unwrap();
            let all = rank(&mut engine, &[]);
            let best = pollster::block_on(engine.best(MAX_BEST, &[])).unwrap().candidates;
            assert_eq!(best.len(), 7, "{name}");
            assert!(best.is_sorted_by(|a, b| a.probability >= b.probability), "{name}");
            assert!(best.iter().all(|best| all.probabilities.contains(&best.probability)), "{name}");
            let error = EngineError::TooMany { count: MAX_BEST + 1 };
            assert_eq!(pollster::block_on(engine.best(MAX_BEST + 1, &[])), Err(error));
        }
    }
}

#[test]
fn inspecting_alone_gives_what_ranking_gives() {
    for host in [Choice::Cpu, Choice::Gpu].map(open) {
        for network in trained() {
            let (name, mut engine) = (network.name, engine(&host, &network));
            engine.set_history(&history(9)).unwrap();
            let inspect = |engine: &mut Engine, items: &[u32]| pollster::block_on(engine.inspect(items)).unwrap().0;
            // Even before anything was ranked, and after a click that was not.
            let before = inspect(&mut engine, &[4, 69]);
            assert_eq!(before, rank(&mut engine, &[4, 69]).inspections, "{name}");
            assert_eq!(inspect(&mut engine, &[69]), before[1..], "{name}");
            engine.push(8).unwrap();
            let after = inspect(&mut engine, &[4]);
            assert_eq!(after, rank(&mut engine, &[4]).inspections, "{name}");
            assert_eq!(inspect(&mut engine, &[]), []);
        }
    }
}

/// Leaves each click of histories of these lengths out, on one engine, and asks another one history after another.
fn leaves_each_out(host: &Host, network: &Seeded, lengths: &[usize]) {
    let [mut one, mut other] = [(); 2].map(|()| engine(host, network));
    let item = 69;
    let leave_one_out = |engine: &mut Engine| pollster::block_on(engine.leave_one_out(item)).unwrap();
    for &length in lengths {
        let items = history(length);
        one.set_history(&items).unwrap();
        let found = leave_one_out(&mut one);
        let expected = (0..length).map(|left_out| {
            let history: Vec<u32> = (0..length).filter(|at| *at != left_out).map(|at| items[at]).collect();
            other.set_history(&history).unwrap();
            pollster::block_on(other.inspect(&[item])).unwrap().0[0].probability
        });
        let mut difference = Difference::default();
        difference.probabilities(&found, &expected.collect::<Vec<f32>>());
        assert!(difference.is_tolerable(), "{}, {length} clicks: {difference:?}", network.name);
        // What is kept of the history is right afterwards, and asking again gives the same.
        other.set_history(&items).unwrap();
        let (answer, expected) = (rank(&mut one, &[item]), rank(&mut other, &[item]));
        assert_eq!((answer.probabilities, answer.inspections), (expected.probabilities, expected.inspections));
        assert_eq!(leave_one_out(&mut one), found, "{}", network.name);
        one.push(3).unwrap();
        other.push(3).unwrap();
        assert_eq!(rank(&mut one, &[]).probabilities, rank(&mut other, &[]).probabilities, "{}", network.name);
    }
}

#[test]
fn leaving_one_out_is_ranking_without_it() {
    for host in [Choice::Cpu, Choice::Gpu].map(open) {
        for network in networks() {
            // Before anything was ranked, too.
            let lengths: &[usize] = if network.is_trained { &[9, 0, 1, 2, 60] } else { &[9, 0, 1, 2] };
            leaves_each_out(&host, &network, lengths);
        }
    }
    leaves_each_out(&open(Choice::Cpu), &named("DIEN"), &[MAX_HISTORY - 1]);
    let error = EngineError::OutOfRange { what: "item", index: ITEMS, count: ITEMS };
    let mut engine = engine(&open(Choice::Cpu), &named("DIN"));
    assert_eq!(pollster::block_on(engine.leave_one_out(ITEMS as u32)), Err(error));
}

#[test]
fn an_engine_answers_on_the_cpu_until_its_gpu_is_ready() {
    for network in trained() {
        let name = network.name;
        let mut engine = engine(&Host::before_gpu(), &network);
        assert_eq!(engine.host().backend(), Backend::Cpu);
        assert!(engine.host().fallback_reason().unwrap().contains("getting ready"));
        engine.set_history(&history(7)).unwrap();
        let warm_up = engine.warm_up().unwrap();
        assert!(engine.warm_up().is_none());
        let first = rank(&mut engine, &[3]);
        assert_eq!(first.timing.gpu_ms, None);
        let warm = pollster::block_on(warm_up.on(&open(Choice::Gpu)));
        // The history may have changed meanwhile.
        engine.push(1).unwrap();
        engine.adopt(warm);
        assert_eq!(engine.host().backend(), Backend::Gpu);
        let mut items = history(7);
        items.push(1);
        let expected = fresh(&open(Choice::Gpu), &network, &items, &[3]);
        let answer = rank(&mut engine, &[3]);
        assert_eq!(
            (answer.probabilities, answer.inspections),
            (expected.probabilities, expected.inspections),
            "{name}"
        );
        let stages: Vec<&str> = answer.timing.stages.iter().map(|time| time.stage).collect();
        assert_eq!(stages.last(), Some(&"ranking_mlp"), "{stages:?}");
    }
}

#[test]
fn a_gpu_that_is_not_there_or_is_lost_leaves_an_answer() {
    let network = named("DIN");
    let adopting = |host: &Host| {
        let mut engine = engine(&Host::before_gpu(), &network);
        let warm_up = engine.warm_up().unwrap();
        assert!(engine.warm_up().is_none());
        engine.adopt(pollster::block_on(warm_up.on(host)));
        engine
    };
    let mut engine = adopting(&open(Choice::Cpu));
    assert_eq!((engine.host().backend(), engine.host().fallback_reason()), (Backend::Cpu, None));
    assert_eq!(rank(&mut engine, &[]).probabilities.len(), ITEMS);
    let lost = open(Choice::Gpu);
    lost.lose_device();
    let mut engine = adopting(&lost);
    assert_eq!(engine.host().backend(), Backend::Gpu);
    assert_eq!(rank(&mut engine, &[]).probabilities, fresh(&open(Choice::Gpu), &network, &[], &[]).probabilities);
}

#[test]
fn a_lost_device_costs_no_history() {
    let host = open(Choice::Gpu);
    let networks = trained();
    let mut engines: Vec<Engine> = networks.iter().map(|network| engine(&host, network)).collect();
    let before: Vec<Answer> = engines
        .iter_mut()
        .map(|engine| {
            engine.set_history(&history(8)).unwrap();
            rank(engine, &[4])
        })
        .collect();
    host.lose_device();
    let after: Vec<Answer> = engines
        .iter_mut()
        .map(|engine| {
            assert_eq!(engine.history(), history(8));
            rank(engine, &[4])
        })
        .collect();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.probabilities, after.probabilities);
        assert_eq!(before.inspections, after.inspections);
    }
    // All moved to one new device, which can be lost as well.
    assert!(engines.iter().all(|engine| engine.host().backend() == Backend::Gpu));
    engines[0].host().lose_device();
    let dien = &mut engines[networks.iter().position(|network| network.name == "DIEN").unwrap()];
    dien.push(3).unwrap();
    let mut items = history(8);
    items.push(3);
    assert_eq!(rank(dien, &[]).probabilities, fresh(&open(Choice::Gpu), &named("DIEN"), &items, &[]).probabilities);
}

#[test]
fn a_new_engine_on_a_lost_device_moves_on_every_time() {
    let host = open(Choice::Gpu);
    host.lose_device();
    for _ in 0..3 {
        let mut engine = engine(&host, &named("DIN"));
        assert_eq!(engine.host().backend(), Backend::Gpu);
        assert_eq!(rank(&mut engine, &[]).probabilities.len(), ITEMS);
        engine.host().lose_device();
    }
}

#[test]
fn a_software_adapter_is_left_for_the_cpu_with_a_reason() {
    let gpu = open(Choice::Gpu);
    let auto = open(Choice::Auto);
    match auto.backend() {
        // A machine with a GPU.
        Backend::Gpu => assert_eq!((auto.name(), auto.fallback_reason()), (gpu.name(), None)),
        Backend::Cpu => {
            let reason = auto.fallback_reason().unwrap();
            assert!(reason.contains(gpu.name()), "{reason}");
            assert_eq!(auto.name(), "CPU");
        }
    }
    assert_eq!(open(Choice::Cpu).fallback_reason(), None);
}

#[test]
fn one_answer_is_the_cpu_engine_s() {
    let host = open(Choice::Cpu);
    for network in networks() {
        for items in [&[][..], &[3], &[3, 7, 44, 3, 12]] {
            let candidates = [0, 7, ITEMS as u32 - 1];
            let expected = fresh(&host, &network, items, &candidates).inspections;
            for (candidate, expected) in candidates.into_iter().zip(expected) {
                let found = inspect(&network.weights, &network.categories, items, candidate).unwrap();
                let apart = (found.probability - expected.probability).abs();
                // The engine has other lanes for networks that may overflow: a multiply-add rounds once here, and twice there.
                assert!(found.item == candidate && apart < 1e-6, "{}, {items:?}, {candidate}: {apart}", network.name);
            }
        }
    }
    let Seeded { weights, categories, .. } = networks().remove(0);
    for (history, candidate) in [(&[][..], ITEMS as u32), (&[ITEMS as u32], 0)] {
        let refused = inspect(&weights, &categories, history, candidate).unwrap_err();
        assert!(matches!(refused, EngineError::OutOfRange { what: "item", .. }), "{refused}");
    }
}
