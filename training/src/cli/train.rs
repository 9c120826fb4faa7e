//! `interest-lens train` and `interest-lens study`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::prelude::Device;
use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::ProgressBar;
use model::presets::{Preset, presets};
use model::{Catalogue, Weights};
use training::exam::{Exam, SEED};
use training::options::TrainConfig;
use training::projection;
use training::purchases::Protocol;
use training::samples::{Negatives, Sampler, questions};
use training::scores::Scores;
use training::search::Settings;
use training::split::Split;
use training::train::{Progress, train};

use super::{DataArgs, Failure, progress_bar, read_catalogue};

/// Arguments of `study`.
#[derive(Args)]
pub struct StudyArgs {
    /// Which networks [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(presets().iter().map(|preset| preset.name)))]
    models: Vec<String>,
    /// Seeds, in place of the first five or three
    #[arg(long, value_delimiter = ',')]
    seeds: Vec<u64>,
    /// Folder for the weights
    #[arg(long, default_value = "data/runs")]
    runs: PathBuf,
    #[command(flatten)]
    options: TrainingArgs,
}

/// Arguments of `train`.
#[derive(Args)]
pub struct TrainArgs {
    /// Which network
    #[arg(long, value_parser = PossibleValuesParser::new(presets().iter().map(|preset| preset.name)))]
    model: String,
    /// Weights file to write [default: assets/MODEL.safetensors]
    #[arg(long)]
    output: Option<PathBuf>,
    /// Folder for the checkpoint [default: data/checkpoints/MODEL]
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Where every random number comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A configuration as JSON, in place of the named one
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: TrainingArgs,
}

/// How to train. What is not said is as the search chose it for the network.
#[derive(Args)]
struct TrainingArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Passes over the data, at most; the step size falls to a tenth over so many
    #[arg(long, default_value_t = 4)]
    epochs: usize,
    /// Stop after this many epochs without a better validation GAUC
    #[arg(long, default_value_t = 3)]
    patience: usize,
    /// Histories a step
    #[arg(long, default_value_t = 256)]
    batch: usize,
    /// Negatives a history [default: as searched]
    #[arg(long)]
    negatives: Option<usize>,
    /// Share of the softmax loss over item and negatives, from 0 to 1; the rest is the logistic loss [default: as searched]
    #[arg(long, value_parser = share)]
    softmax: Option<f64>,
    /// Adam's largest step size [default: as searched]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Share of all steps over which the step size rises at the start, from 0 to 1 [default: as searched]
    #[arg(long, value_parser = share)]
    warmup: Option<f64>,
    /// Weight decay: how much of every parameter a step takes away, as a share of the step size [default: as searched]
    #[arg(long)]
    weight_decay: Option<f64>,
    /// Weight of the auxiliary loss [default: 0.5 for dien and its variants, 0 for all others]
    #[arg(long)]
    auxiliary: Option<f32>,
    /// Train on histories without the rest of the item's own invoice
    #[arg(long)]
    next_basket: bool,
    /// Weight λ of the mini-batch aware regularization of the embeddings
    #[arg(long, default_value_t = 0.0)]
    regularization: f32,
}

impl TrainingArgs {
    fn of(&self, preset: &Preset, seed: u64) -> Result<TrainConfig, Failure> {
        let settings = Settings::chosen(preset.config.network.kind())?;
        Ok(TrainConfig {
            seed,
            protocol: if self.next_basket { Protocol::NextBasket } else { Protocol::NextItem },
            epochs: self.epochs,
            patience: self.patience,
            batch: self.batch,
            negatives: self.negatives.unwrap_or(settings.negatives),
            softmax: self.softmax.unwrap_or(settings.softmax) as f32,
            learning_rate: self.learning_rate.unwrap_or(settings.learning_rate),
            warmup: self.warmup.unwrap_or(settings.warmup),
            weight_decay: self.weight_decay.unwrap_or(settings.weight_decay) as f32,
            auxiliary: self.auxiliary.unwrap_or(preset.auxiliary),
            regularization: self.regularization,
            fine_tuning: None,
        })
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected a number from 0 to 1".to_owned()) }
}

/// Trains a network on prepared data and writes its weights.
///
/// # Errors
/// Names the file or the option and what is wrong with it.
pub fn run_train(args: &TrainArgs) -> Result<(), Failure> {
    let mut preset = preset(&args.model)?;
    if let Some(file) = &args.config {
        let named = |problem: String| format!("{}: {problem}", file.display());
        let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        preset.config = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
        if let Some(problem) = preset.config.problem() {
            return Err(named(problem).into());
        }
    }
    let (catalogue, split) = args.options.data.read()?;
    let checkpoint = args.checkpoint.clone().unwrap_or_else(|| Path::new("data/checkpoints").join(preset.name));
    let page = Path::new("assets").join(format!("{}.safetensors", preset.name));
    let output = args.output.clone().unwrap_or_else(|| page.clone());
    if output == page {
        check_page(&output, &catalogue, &args.options.data.folder)?;
    }
    let options = args.options.of(&preset, args.seed)?;
    train_to(&output, &checkpoint, &preset, &options, (&catalogue, &split), &*interrupt()?)
}

/// Trains every network of the table of results that has no weights yet.
///
/// # Errors
/// Names the file or the option and what is wrong with it.
pub fn run_study(args: &StudyArgs) -> Result<(), Failure> {
    let (catalogue, split) = args.options.data.read()?;
    fs::create_dir_all(&args.runs).map_err(|error| format!("{}: {error}", args.runs.display()))?;
    let stop = interrupt()?;
    let mut left = Vec::new();
    for preset in presets()
        .into_iter()
        .filter(|preset| args.models.is_empty() || args.models.iter().any(|name| name == preset.name))
    {
        let seeds = if args.seeds.is_empty() { (1..=preset.seeds).collect() } else { args.seeds.clone() };
        left.extend(seeds.into_iter().map(|seed| (preset.clone(), seed)));
    }
    let output = |(preset, seed): &(Preset, u64)| args.runs.join(format!("{}-{seed}.safetensors", preset.name));
    let all = left.len();
    left.retain(|training| !output(training).exists());
    while !left.is_empty() && !stop.load(Ordering::Relaxed) {
        let names: Vec<String> = left.iter().map(|(preset, seed)| format!("{}-{seed}", preset.name)).collect();
        println!("{} of {all} trainings are left: {}", left.len(), names.join(", "));
        let training = left.remove(0);
        let (output, (preset, seed)) = (output(&training), &training);
        let options = args.options.of(preset, *seed)?;
        train_to(&output, &output.with_extension(""), preset, &options, (&catalogue, &split), &stop)?;
    }
    Ok(())
}

pub fn preset(name: &str) -> Result<Preset, Failure> {
    let found = presets().into_iter().find(|preset| preset.name == name);
    found.ok_or_else(|| format!("no network is named {name}").into())
}

/// Refuses to write the page's weights for the products of `data` where the page's are others.
fn check_page(output: &Path, catalogue: &Catalogue, data: &Path) -> Result<(), Failure> {
    let page = Path::new("assets/catalogue.csv");
    if page.exists() && read_catalogue(page)?.vocabulary_hash() != catalogue.vocabulary_hash() {
        return Err(format!(
            "{}: goes with {}, whose products are others than those of {}; name another file by --output",
            output.display(),
            page.display(),
            data.join("catalogue.csv").display()
        )
        .into());
    }
    Ok(())
}

/// A flag that Ctrl-C sets.
pub fn interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the checkpoint.
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(stop)
}

fn train_to(
    output: &Path,
    checkpoint: &Path,
    preset: &Preset,
    options: &TrainConfig,
    (catalogue, split): (&Catalogue, &Split),
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let mut progress = Bars::default();
    let device = Device::flex();
    let best = train(&preset.config, options, (catalogue, split), checkpoint, &device, stop, &mut progress)?;
    if stop.load(Ordering::Relaxed) {
        println!("stopped; the same command goes on from {}", checkpoint.display());
        return Ok(());
    }
    let mut finished = finish(&best, catalogue, split)?;
    finished.set_note("network", preset.name);
    finished.set_note("seed", options.seed.to_string());
    finished.set_note("training", serde_json::to_string(options)?);
    let name = output.display().to_string();
    fs::write(output, finished.to_safetensors()?).map_err(|error| format!("{name}: {error}"))?;
    println!("wrote {name}");
    Ok(())
}

/// Adds to trained weights what is made of them: the projections for the page, and what they score on the test users. The latter
/// is noted and not said, so that nobody chooses by it.
fn finish(weights: &Weights, catalogue: &Catalogue, split: &Split) -> Result<Weights, Failure> {
    let how = (Protocol::NextItem, Negatives::Uniform);
    let max_history = weights.config().max_history;
    let shown = questions(&split.validation.purchases(), &Sampler::new(catalogue), how, (1, 1), max_history, SEED);
    let item_categories = catalogue.item_categories();
    let finished = projection::fit_states(weights, &item_categories, &shown)?;
    let mut finished = projection::fit_embeddings(&finished, &item_categories)?;
    let answers = Exam::new(catalogue, &split.test).ask_network(weights, &item_categories)?;
    finished.set_note("metrics", answers.note());
    finished.set_note("split", split.hash());
    Ok(finished)
}

/// Training's progress on standard error, and a line an epoch on standard output.
#[derive(Default)]
pub struct Bars {
    steps: Option<ProgressBar>,
    began: Option<Instant>,
}

impl Progress for Bars {
    fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: f32) {
        let bar = self.steps.get_or_insert_with(|| {
            self.began = Some(Instant::now());
            progress_bar(steps as u64, "{msg} {wide_bar} {pos}/{len} steps, {eta} left")
        });
        bar.set_message(format!("epoch {epoch}, loss {loss:.4}"));
        bar.set_position(step as u64);
    }

    fn epoch(&mut self, epoch: usize, loss: f32, scores: &[Scores], best: bool) {
        if let Some(bar) = self.steps.take() {
            bar.finish_and_clear();
        }
        let list = |pick: fn(&Scores) -> f64| -> String {
            scores.iter().map(|scores| format!("{:.4}", pick(scores))).collect::<Vec<_>>().join(" ")
        };
        let [gauc, auc, logloss] = [list(|s| s.gauc), list(|s| s.auc), list(|s| s.logloss)];
        let seconds = self.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        let star = if best { ", best so far" } else { "" };
        println!(
            "epoch {epoch}: loss {loss:.4}, validation GAUC {gauc}, AUC {auc}, logloss {logloss} (uniform, popularity), \
             {seconds:.0} s{star}"
        );
    }

    fn say(&mut self, text: &str) {
        println!("{text}");
    }
}
