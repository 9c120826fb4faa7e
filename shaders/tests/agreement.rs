//! The three implementations against one another: burn, the shaders, the CPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use model::reference::inspect;
use model::{NetworkKind, Vocabulary, Weights};
use shaders::{Answer, Backend, Choice, Engine, Host, MAX_BEST};
use testing::{Difference, ITEMS, LENGTHS, history, networks};

/// Candidates whose traces are compared: both ends of the catalogue, one twice, more than a group.
const INSPECTED: [u32; 6] = [0, 7, ITEMS as u32 - 1, 33, 7, 64];

fn gpu() -> Host {
    let host = pollster::block_on(Host::open(Choice::Gpu));
    let host = host.expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers");
    assert_eq!(host.backend(), Backend::Gpu);
    host
}

fn cpu() -> Host {
    pollster::block_on(Host::open(Choice::Cpu)).expect("a CPU")
}

fn compare(a: &Answer, b: &Answer) -> Difference {
    let mut difference = Difference::default();
    difference.probabilities(&a.probabilities, &b.probabilities);
    assert_eq!(a.inspections.len(), b.inspections.len());
    for (a, b) in a.inspections.iter().zip(&b.inspections) {
        difference.inspection(a, b);
    }
    difference
}

#[test]
fn shaders_and_cpu_agree_with_burn() {
    let hosts = [("WGSL", gpu()), ("CPU", cpu())];
    let catalogue: Vec<u32> = (0..ITEMS as u32).collect();
    for network in networks() {
        let mut engines = hosts.clone().map(|(name, host)| {
            (name, pollster::block_on(Engine::new(&host, &network.weights, &network.categories)).unwrap())
        });
        for length in LENGTHS {
            let items = history(length);
            let burn = inspect(&network.weights, &network.categories, &items, &catalogue).unwrap();
            let expected = Answer {
                probabilities: burn.iter().map(|inspection| inspection.probability).collect(),
                inspections: INSPECTED.iter().map(|&item| burn[item as usize].clone()).collect(),
                timing: shaders::Timing::default(),
            };
            for (name, engine) in &mut engines {
                engine.set_history(&items).unwrap();
                let answer = pollster::block_on(engine.rank(&INSPECTED)).unwrap();
                let difference = compare(&answer, &expected);
                println!("{name} - burn, {}, {length} items: {difference:?}", network.name);
                assert!(difference.is_tolerable(), "{name} - burn, {}, {length} items: {difference:?}", network.name);
            }
        }
    }
}

#[test]
fn inspecting_more_and_fewer_changes_no_number() {
    for host in [gpu(), cpu()] {
        for network in networks() {
            let mut engine = pollster::block_on(Engine::new(&host, &network.weights, &network.categories)).unwrap();
            engine.set_history(&history(5)).unwrap();
            let all: Vec<u32> = (0..ITEMS as u32).rev().collect();
            let none = pollster::block_on(engine.rank(&[])).unwrap();
            let every = pollster::block_on(engine.rank(&all)).unwrap();
            let one = pollster::block_on(engine.rank(&[3])).unwrap();
            assert_eq!(none.probabilities, every.probabilities);
            assert_eq!(none.probabilities, one.probabilities);
            assert_eq!(one.inspections[0], every.inspections[ITEMS - 1 - 3]);
            for inspection in &every.inspections {
                assert_eq!(inspection.probability, every.probabilities[inspection.item as usize]);
            }
        }
    }
}

#[test]
fn a_catalogue_of_a_hundred_thousand_is_ranked_alike() {
    const ITEMS: usize = 100_000;
    let categories: Vec<u32> = (0..ITEMS as u32).map(|item| item % 5).collect();
    let small: Vec<_> = networks().into_iter().filter(|network| network.name.ends_with("odd")).collect();
    assert_eq!(small.len(), NetworkKind::ALL.len());
    for network in small {
        let vocabulary = Vocabulary { items: ITEMS, categories: 5 };
        let weights = Weights::seeded(network.weights.config().clone(), vocabulary, 3).unwrap();
        let [shaders, cpu] = [gpu(), cpu()].map(|host| {
            let mut engine = pollster::block_on(Engine::new(&host, &weights, &categories)).unwrap();
            engine.set_history(&[99_999, 0, 50_000]).unwrap();
            let all = pollster::block_on(engine.rank(&[99_999, 65_536])).unwrap();
            // The best of them, which alone are read, are the best of all.
            let best = pollster::block_on(engine.best(MAX_BEST, &[99_999, 65_536])).unwrap();
            let mut order: Vec<u32> = (0..ITEMS as u32).collect();
            order.sort_by(|&a, &b| all.probabilities[b as usize].total_cmp(&all.probabilities[a as usize]));
            assert_eq!(best.candidates.iter().map(|best| best.item).collect::<Vec<_>>(), order[..MAX_BEST]);
            assert_eq!(best.inspections, all.inspections);
            all
        });
        assert_eq!(shaders.probabilities.len(), ITEMS);
        let difference = compare(&shaders, &cpu);
        assert!(difference.is_tolerable(), "{}: {difference:?}", network.name);
    }
}
