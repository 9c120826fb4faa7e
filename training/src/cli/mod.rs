//! The commands of the program, a file each, and what several of them need.

pub mod evaluate;
pub mod export;
pub mod import;
pub mod pack;
pub mod prepare;
pub mod project;
pub mod search;
pub mod train;

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::presets::presets;
use model::{Catalogue, Weights};
use training::exam::{Answers, SETS};
use training::purchases::Protocol;
use training::samples::{Negatives, Sampler};
use training::scores::Scores;
use training::sequences::Sequences;
use training::split::{Split, SplitBy};

/// An error as the program shows it.
pub type Failure = Box<dyn std::error::Error>;

/// The weights files among `paths` and in the folders among them, in the order of the presets and their seeds.
fn weights_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut inside = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "safetensors"));
        // Names end with the seed, if anything.
        inside.sort_by_cached_key(|file| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-');
            (presets().iter().position(|preset| preset.name == name), stem)
        });
        if inside.is_empty() {
            return Err(format!("{}: no weights in this folder", path.display()).into());
        }
        files.extend(inside);
    }
    Ok(files)
}

fn read_catalogue(file: &Path) -> Result<Catalogue, Failure> {
    let name = file.display().to_string();
    let bytes = fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    Ok(Catalogue::from_csv(&name, &bytes)?)
}

/// The bytes of `file` and the weights in it, which must have been trained on `catalogue`.
fn read_weights(file: &str, catalogue: &Catalogue) -> Result<(Vec<u8>, Weights), Failure> {
    let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let weights = Weights::from_safetensors(file, &bytes)?;
    weights.check_vocabulary(file, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
    Ok((bytes, weights))
}

/// Which data, and which part of them is what for.
#[derive(Args)]
pub struct DataArgs {
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long = "data", default_value = "data/prepared")]
    folder: PathBuf,
    /// What is trained on and what is measured: "user" puts each user in one part, three dates train on what was bought before
    /// the first and measure who bought from the second to the third
    #[arg(long, default_value = "user")]
    split: SplitBy,
}

impl DataArgs {
    fn read(&self) -> Result<(Catalogue, Split), Failure> {
        let file = self.folder.join("catalogue.csv");
        if !file.exists() {
            return Err(format!("{}: not found; `interest-lens prepare` writes it", file.display()).into());
        }
        let catalogue = read_catalogue(&file)?;
        let split = Split::new(&Sequences::read(&self.folder.join("sequences.csv"), &catalogue)?, self.split);
        if catalogue.items().iter().any(|item| item.popularity > 0) {
            return Ok((catalogue, split));
        }
        println!("{}: no popularity in it; counted are the training users who bought each product", file.display());
        let customers = split.train.customers(catalogue.items().len());
        Ok((catalogue.with_popularity(&customers), split))
    }
}

/// Says which of the users that are measured are left out.
fn print_left_out(catalogue: &Catalogue, test: &Sequences) {
    let (sampler, test) = (Sampler::new(catalogue), test.purchases());
    for (negatives, name) in [(Negatives::Uniform, "uniform"), (Negatives::Popularity, "popular")] {
        if let Some(text) = sampler.left_out(&test, negatives) {
            println!("test, {name} negatives: {text}");
        }
    }
}

fn print_scores(network: &str, answers: &Answers) {
    for ((protocol, negatives), scores) in SETS.into_iter().zip(answers.scores()) {
        let protocol = if protocol == Protocol::NextItem { "next item" } else { "next basket" };
        let negatives = if negatives == Negatives::Uniform { "uniform" } else { "popularity" };
        let Scores { auc, gauc, logloss, questions } = scores;
        // The popularity of an item is no probability, and without a question there is no number at all.
        let [auc, gauc, logloss] =
            [auc, gauc, logloss].map(|value| if value.is_nan() { "–".to_owned() } else { format!("{value:.4}") });
        println!("| {network} | {protocol} | {negatives} | {auc} | {gauc} | {logloss} | {questions} |");
    }
}

/// A bar, where standard error is a terminal.
fn progress_bar(length: u64, template: &str) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
