//! `interest-lens evaluate`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use training::evaluate::Report;
use training::results;
use training::samples::Split;

use super::{Failure, print_left_out, print_report, read_prepared, read_weights, weights_files};

/// Arguments of `evaluate`.
#[derive(Args)]
pub struct EvaluateArgs {
    /// Weights files, or folders of them
    #[arg(default_value = "assets")]
    weights: Vec<PathBuf>,
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long, default_value = "data/prepared")]
    data: PathBuf,
    /// Folder for results.md and results.json
    #[arg(long)]
    output: Option<PathBuf>,
}

/// Measures trained weights on the test users, beside what needs no training.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &EvaluateArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.data)?;
    let split = Split::new(&sequences);
    let (train, validation, test) = (split.train.len(), split.validation.len(), split.test.len());
    println!("{train} training, {validation} validation and {test} test users; split {}", split.hash(&sequences));
    print_left_out(&catalogue, &sequences);
    println!();
    println!("| network | protocol | negatives | AUC | GAUC | logloss | questions |");
    println!("|---|---|---|---|---|---|---|");
    let mut rows = Vec::new();
    let mut add = |name: &str, seed, epoch_seconds, report: &Report| {
        print_report(name, report);
        rows.extend(results::rows(name, seed, epoch_seconds, report));
    };
    add("popularity", None, None, &Report::of_popularity(&catalogue, &sequences));
    add("item-knn", None, None, &Report::of_item_knn(&catalogue, &sequences));
    for file in weights_files(&args.weights)? {
        let name = file.display().to_string();
        let (_, weights) = read_weights(&name, &catalogue)?;
        let network = weights.note("network").unwrap_or(weights.config().network.kind().id()).to_owned();
        let seed = weights.note("seed").and_then(|seed| seed.parse().ok());
        let epoch_seconds = weights.note("epoch_seconds").and_then(|seconds| seconds.parse().ok());
        add(&network, seed, epoch_seconds, &Report::of_network(&weights, &catalogue, &sequences)?);
    }
    if let Some(folder) = &args.output {
        for (file, text) in [
            ("results.md", results::markdown(&rows, &split.hash(&sequences))),
            ("results.json", serde_json::to_string_pretty(&rows)? + "\n"),
        ] {
            let file = folder.join(file);
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}
