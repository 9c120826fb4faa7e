//! Writes how each network trains on a small generated shop as JSON, for a test to compare with the trainer in a browser:
//! `cargo run -p training --example training_fixture -- fixture.json`
#![allow(clippy::expect_used, reason = "what the ring holds is known")]

#[path = "../tests/ring/mod.rs"]
mod ring;

use burn::prelude::Device;
use model::NetworkKind;
use pollster::block_on;
use serde::Serialize;
use training::messages::{Command, Report, Start};
use training::options::TrainConfig;
use training::session::Session;

/// A training from its beginning to its end.
#[derive(Serialize)]
struct Case {
    /// The network's id.
    network: &'static str,
    /// The command that begins it; bytes are arrays of numbers.
    start: Start,
    /// The loss of each step's batch.
    losses: Vec<f32>,
    /// The GAUC of each epoch against uniform and against popular negatives.
    gauc: Vec<[f64; 2]>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: training_fixture <file to write>")?;
    let cases: Vec<Case> = NetworkKind::ALL.iter().flat_map(|&kind| [(kind, false), (kind, true)]).map(case).collect();
    std::fs::write(&path, serde_json::to_vec(&cases)?)?;
    println!("{path}: {} trainings", cases.len());
    Ok(())
}

/// Trains a small network, or one of the size that the page ships, with every part of the loss that it has.
fn case((kind, shipped): (NetworkKind, bool)) -> Case {
    let config = if shipped { kind.shipped() } else { ring::small(kind) };
    let auxiliary = if kind == NetworkKind::Dien { 0.5 } else { 0.0 };
    let parts = TrainConfig { softmax: 0.5, negatives: 3, auxiliary, regularization: 1e-2, ..ring::options() };
    // Small steps: what two machines round otherwise, Adam makes greater from step to step.
    let train = TrainConfig { learning_rate: 2e-3, warmup: 0.1, weight_decay: 1e-2, ..parts };
    let start = ring::start(config, train);
    let mut session = Session::new(Device::flex());
    block_on(session.command(Command::Start(Box::new(start.clone())), 0.0));
    let (mut losses, mut gauc) = (Vec::new(), Vec::new());
    while session.is_working() {
        for report in block_on(session.work(0.0)) {
            match report {
                Report::Step(step) => losses.extend(step.losses),
                Report::Evaluated(evaluated) => gauc.push(evaluated.scores.map(|scores| scores.gauc)),
                _ => {}
            }
        }
    }
    Case { network: kind.id(), start, losses, gauc }
}
