//! Writes how long a training step of each network takes natively on one thread, as lines of JSON:
//! `RAYON_NUM_THREADS=1 cargo run --release -p training --example step_time -- 40`
#![allow(clippy::expect_used, reason = "the repository's own files are sound")]

use std::fs;
use std::path::Path;
use std::time::Instant;

use burn::prelude::Device;
use model::{Catalogue, NetworkKind};
use pollster::block_on;
use training::options::TrainConfig;
use training::packed::unpack;
use training::train::{Begin, Data, Training};

/// As in the program that trains.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steps that are not counted.
const WARM_UP: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let steps: usize = std::env::args().nth(1).ok_or("usage: step_time <steps>")?.parse()?;
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    let catalogue = Catalogue::from_csv("catalogue.csv", &fs::read(assets.join("catalogue.csv"))?)?;
    let purchases = |set: &str| {
        let file = assets.join(format!("purchases-{set}.bin"));
        unpack(set, &fs::read(file).expect("it is there"), &catalogue).expect("it is sound").1
    };
    let (train, validation) = (purchases("training"), purchases("validation"));
    let data = Data { catalogue: &catalogue, train: &train, validation: &validation, own: &[], hash: "" };
    for kind in NetworkKind::ALL {
        let options = TrainConfig::shipped(*kind);
        let mut training = Training::new(&kind.shipped(), &options, &data, Begin::Seed, &Device::flex())?;
        let mut times = Vec::new();
        while times.len() < WARM_UP + steps && !training.epoch_is_over() {
            let began = Instant::now();
            block_on(training.step())?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        println!("{}", serde_json::json!({ "network": kind.id(), "ms": times[WARM_UP.min(times.len())..] }));
    }
    Ok(())
}
