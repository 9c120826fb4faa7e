//! How long training steps take natively, for the benchmark in bench/web, whose README says what is in the folder: trains a network for
//! so many epochs from its weights, and writes the milliseconds of each epoch's steps as a line of JSON.
//! `RAYON_NUM_THREADS=1 cargo run --release -p training --example step_time -- FOLDER din 2`
#![allow(clippy::expect_used, reason = "a measurement fails by panicking")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use burn::prelude::Device;
use model::{Catalogue, Config, Weights};
use pollster::block_on;
use serde::Deserialize;
use training::options::TrainConfig;
use training::packed::unpack;
use training::train::{Begin, Data, Training};

/// As in the program that trains.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is trained, and how.
#[derive(Deserialize)]
struct Timed {
    config: Config,
    train: TrainConfig,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [folder, network, epochs] = env::args().skip(1).collect::<Vec<_>>().try_into().expect("FOLDER NETWORK EPOCHS");
    let folder = PathBuf::from(folder);
    let read = |name: &str| {
        let file = folder.join(name);
        fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let Timed { config, train } = serde_json::from_slice(&read(&format!("timed-{network}.json"))?)?;
    let catalogue = Catalogue::from_csv("catalogue.csv", &read("catalogue.csv")?)?;
    let (_, users) = unpack("timed.bin", &read("timed.bin")?, &catalogue)?;
    let (_, validation) = unpack("validation.bin", &read("validation.bin")?, &catalogue)?;
    let file = format!("{network}.safetensors");
    let weights = Weights::from_safetensors(&file, &read(&file)?)?;
    let data = Data { catalogue: &catalogue, train: &users, validation: &validation, own: &[], hash: "" };
    let mut training = Training::new(&config, &train, &data, Begin::From(Box::new(weights)), &Device::flex())?;
    for _ in 0..epochs.parse()? {
        let mut times: Vec<f64> = Vec::new();
        while !training.epoch_is_over() {
            let began = Instant::now();
            block_on(training.step())?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        println!("{}", serde_json::json!({ "network": network, "ms": times }));
        // Nobody looks at which epoch is the best.
        let (now, scores) = (block_on(training.now())?, training.popularity());
        training.close_epoch(now, &scores);
    }
    Ok(())
}
