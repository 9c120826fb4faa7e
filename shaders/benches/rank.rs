//! How long one new history takes, with every candidate ranked and nothing kept, on both backends and in burn:
//! `cargo bench -p shaders`. `bench/native` compares it with ONNX Runtime.

use std::error::Error;
use std::hint::black_box;

use burn::prelude::*;
use criterion::Criterion;
use model::Weights;
use model::reference::{Histories, Network, item_rows};
use pollster::block_on;
use shaders::{Choice, Engine, Host};
use testing::page::{CANDIDATES, STEPS, categories, history, networks};

fn main() -> Result<(), Box<dyn Error>> {
    // The slowest takes a second, and the others do not vary.
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut hosts = vec![("CPU engine, one thread".to_owned(), block_on(Host::open(Choice::Cpu))?)];
    match block_on(Host::open(Choice::Gpu)) {
        Ok(host) => hosts.push((format!("GPU engine, {}", host.name()), host)),
        Err(error) => eprintln!("The GPU is left out: {error}"),
    }
    let candidates: Vec<u32> = (0..CANDIDATES).collect();
    for (name, weights) in networks()? {
        let mut group = criterion.benchmark_group(name);
        for (backend, host) in &hosts {
            let mut engine = block_on(Engine::new(host, &weights, &categories()))?;
            engine.set_candidates(&candidates)?;
            rank(&mut engine, 0)?;
            let mut turn = 0;
            group.bench_function(backend, |bencher| {
                bencher.iter(|| {
                    turn += 1;
                    rank(&mut engine, turn)
                });
            });
        }
        let mut burn = Burn::new(&weights, &candidates)?;
        group.bench_function("burn flex, one thread", |bencher| bencher.iter(|| burn.rank()));
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

/// The probabilities after the history of this turn.
fn rank(engine: &mut Engine, turn: usize) -> Result<Vec<f32>, shaders::EngineError> {
    engine.clear();
    engine.set_history(&history(turn, STEPS))?;
    Ok(block_on(engine.rank(&[]))?.probabilities)
}

/// The network in burn tensors.
struct Burn {
    network: Network,
    candidates: Tensor<2, Int>,
    device: Device,
    turn: usize,
}

impl Burn {
    fn new(weights: &Weights, candidates: &[u32]) -> Result<Self, Box<dyn Error>> {
        let device = Device::flex();
        let network = Network::new(weights, &categories(), &device)?;
        Ok(Self { network, candidates: item_rows(candidates, [1, candidates.len()], &device), device, turn: 0 })
    }

    /// As [`rank`].
    fn rank(&mut self) {
        self.turn += 1;
        let histories = Histories::new(&[history(self.turn, STEPS)], &self.device);
        let logits = self.network.forward(&histories, self.candidates.clone()).logits;
        black_box(burn::tensor::activation::sigmoid(logits).into_data());
    }
}
