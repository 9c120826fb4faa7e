//! `interest-lens search`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use burn::prelude::Device;
use clap::Args;
use clap::builder::PossibleValuesParser;
use model::{NetworkKind, Weights};
use serde::Deserialize;
use training::scores::Scores;
use training::search::{Run, Settings, markdown, way};
use training::train::train;

use super::train::{Bars, interrupt, preset};
use super::{DataArgs, Failure};

/// Arguments of `search`.
#[derive(Args)]
pub struct SearchArgs {
    /// Which networks [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(NetworkKind::ALL.iter().map(|kind| kind.id())))]
    models: Vec<String>,
    #[command(flatten)]
    data: DataArgs,
    /// Folder for search.md and search.json; the runs in the latter are not done again
    #[arg(long, default_value = "assets")]
    output: PathBuf,
    /// Folder for the checkpoint
    #[arg(long, default_value = "data/search")]
    checkpoint: PathBuf,
    /// Say what is left, and stop
    #[arg(long)]
    dry_run: bool,
}

/// Searches sizes and options of training on the validation users; the same command goes on where it was stopped.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &SearchArgs) -> Result<(), Failure> {
    let file = args.output.join("search.json");
    let named = |problem: String| format!("{}: {problem}", file.display());
    let mut runs: Vec<Run> = Vec::new();
    if file.exists() {
        let bytes = fs::read(&file).map_err(|error| named(error.to_string()))?;
        runs = serde_json::from_slice(&bytes).map_err(|error| named(error.to_string()))?;
    }
    let all: Vec<&str> = NetworkKind::ALL.iter().map(|kind| kind.id()).collect();
    let stop = interrupt()?;
    let (catalogue, split) = args.data.read()?;
    for network in &all {
        if !args.models.is_empty() && !args.models.iter().any(|model| model == network) {
            continue;
        }
        while let Some(settings) = way(network, &runs).next {
            println!("{network}: {} runs left; next {}", way(network, &runs).left(), serde_json::to_string(&settings)?);
            if args.dry_run {
                break;
            }
            let mut preset = preset(network)?;
            preset.config = settings.sized(&preset.config);
            let options = settings.training(preset.auxiliary);
            let mut bars = Bars::default();
            let best = train(
                &preset.config,
                &options,
                (&catalogue, &split),
                &args.checkpoint,
                &Device::flex(),
                &stop,
                &mut bars,
            )?;
            if stop.load(Ordering::Relaxed) {
                println!("stopped; the same command goes on");
                return Ok(());
            }
            runs.push(finished(network, settings, &best)?);
            fs::remove_dir_all(&args.checkpoint).map_err(|error| format!("{}: {error}", args.checkpoint.display()))?;
            fs::write(&file, serde_json::to_string_pretty(&runs)? + "\n").map_err(|error| named(error.to_string()))?;
            write(&args.output.join("search.md"), &markdown(&all, &runs))?;
        }
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    Ok(fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// What training said of its best epoch.
fn finished(network: &str, settings: Settings, best: &Weights) -> Result<Run, Failure> {
    #[derive(Deserialize)]
    struct Validation {
        uniform: Scores,
        popularity: Scores,
    }
    let note = |key: &str| best.note(key).unwrap_or_default();
    let Validation { uniform, popularity } = serde_json::from_str(note("validation"))?;
    let seconds = note("epoch_seconds").parse::<f64>()? * note("epochs").parse::<f64>()?;
    Ok(Run { network: network.to_owned(), settings, uniform: uniform.gauc, popularity: popularity.gauc, seconds })
}
