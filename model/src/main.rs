//! The command-line program `interest-lens`: it prepares data and trains networks.

use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::{Args, Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::evaluate::{Report, Scores, TEST_SEED};
use model::prepare::prepare;
use model::projection;
use model::samples::{Negatives, Protocol, Sampler, Split, questions};
use model::sequences::Sequences;
use model::train::{Progress, TrainConfig, train};
use model::{Catalogue, Config, Weights};

/// Small DIN and DIEN networks: data, training, evaluation.
#[derive(Parser)]
#[command(name = "interest-lens", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a catalogue and purchase sequences of the raw Online Retail data
    ///
    /// Writes catalogue.csv (id, title, category, price, popularity) and sequences.csv (user, basket, item, time).
    ///
    /// The raw data: "Online Retail" in the UCI Machine Learning Repository, data set 352,
    /// https://archive.ics.uci.edu/dataset/352/online+retail (Chen, Sain and Guo 2012), as CSV in UTF-8 with the columns
    /// InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice and CustomerID.
    Prepare(PrepareArgs),
    /// Train a network on prepared data and write its weights
    ///
    /// Ctrl-C keeps a checkpoint; the same command goes on from it.
    Train(TrainArgs),
    /// Measure trained weights on the test users, beside the popularity of items
    Evaluate(EvaluateArgs),
}

#[derive(Args)]
struct EvaluateArgs {
    /// Weights files
    #[arg(default_values = ["assets/din.safetensors", "assets/dien.safetensors"])]
    weights: Vec<PathBuf>,
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long, default_value = "data/prepared")]
    data: PathBuf,
}

#[derive(Args)]
struct TrainArgs {
    /// Which network
    #[arg(long)]
    model: ModelName,
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long, default_value = "data/prepared")]
    data: PathBuf,
    /// Weights file to write [default: assets/MODEL.safetensors]
    #[arg(long)]
    output: Option<PathBuf>,
    /// Folder for the checkpoint [default: data/checkpoints/MODEL]
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// Where every random number comes from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Passes over the data, at most
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// Stop after this many epochs without a better validation GAUC
    #[arg(long, default_value_t = 3)]
    patience: usize,
    /// Histories a step
    #[arg(long, default_value_t = 256)]
    batch: usize,
    /// Negatives a history
    #[arg(long, default_value_t = 1)]
    negatives: usize,
    /// Adam's step size at the start
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// Weight of DIEN's auxiliary loss [default: 0.5 for dien]
    #[arg(long)]
    auxiliary: Option<f32>,
    /// Weight of the L2 penalty on the embeddings looked up
    #[arg(long, default_value_t = 0.0)]
    embedding_penalty: f32,
    /// A configuration as JSON, in place of the one that the page ships
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ModelName {
    MeanPooling,
    Din,
    Dien,
}

impl ModelName {
    fn config(self) -> Config {
        match self {
            Self::MeanPooling => Config::mean_pooling(),
            Self::Din => Config::din(),
            Self::Dien => Config::dien(),
        }
    }
}

#[derive(Args)]
struct PrepareArgs {
    /// The raw data, CSV as it is or compressed by gzip
    #[arg(long, default_value = "data/online_retail.csv.gz")]
    input: PathBuf,
    /// Folder for catalogue.csv and sequences.csv
    #[arg(long, default_value = "data/prepared")]
    output: PathBuf,
}

/// An error as the program shows it.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Prepare(args) => run_prepare(&args),
        Command::Train(args) => run_train(&args),
        Command::Evaluate(args) => run_evaluate(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_prepare(args: &PrepareArgs) -> Result<(), Failure> {
    let name = args.input.display().to_string();
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let raw = File::open(&args.input).map_err(|error| {
        format!("{}; `interest-lens prepare --help` says where to get the data", named(&args.input, error))
    })?;
    let length = raw.metadata().map_err(|error| named(&args.input, error))?.len();
    let bar = progress_bar(length, "reading {wide_bar} {bytes}/{total_bytes}, {eta} left");
    let prepared = prepare(&name, bar.wrap_read(raw));
    bar.finish_and_clear();
    let prepared = prepared?;
    fs::create_dir_all(&args.output).map_err(|error| named(&args.output, error))?;
    let catalogue = args.output.join("catalogue.csv");
    let sequences = args.output.join("sequences.csv");
    fs::write(&catalogue, prepared.catalogue.to_csv()?).map_err(|error| named(&catalogue, error))?;
    prepared.sequences.write(&sequences, &prepared.catalogue)?;
    println!("{}", prepared.report);
    println!("wrote {} and {}", catalogue.display(), sequences.display());
    Ok(())
}

fn run_train(args: &TrainArgs) -> Result<(), Failure> {
    let config = match &args.config {
        None => args.model.config(),
        Some(file) => {
            let named = |problem: String| format!("{}: {problem}", file.display());
            let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
            let config: Config = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
            match config.problem() {
                Some(problem) => return Err(named(problem).into()),
                None => config,
            }
        }
    };
    let name = config.network.name();
    let (catalogue, sequences) = read_prepared(&args.data)?;
    let options = TrainConfig {
        seed: args.seed,
        epochs: args.epochs,
        patience: args.patience,
        batch: args.batch,
        negatives: args.negatives,
        learning_rate: args.learning_rate,
        auxiliary: args.auxiliary.unwrap_or(if name == "dien" { 0.5 } else { 0.0 }),
        embedding_penalty: args.embedding_penalty,
    };
    let checkpoint = args.checkpoint.clone().unwrap_or_else(|| Path::new("data/checkpoints").join(name));
    let output = args.output.clone().unwrap_or_else(|| Path::new("assets").join(format!("{name}.safetensors")));
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the checkpoint.
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    let mut progress = Bars { steps: None, began: Instant::now() };
    let mut best = train(&config, &options, &catalogue, &sequences, &checkpoint, &stop, &mut progress)?;
    if stop.load(Ordering::Relaxed) {
        println!("stopped; the same command goes on from {}", checkpoint.display());
        return Ok(());
    }
    best = finish(&best, &catalogue, &sequences)?;
    best.set_note("seed", options.seed.to_string());
    best.set_note("training", serde_json::to_string(&options)?);
    let name = output.display().to_string();
    fs::write(&output, best.to_safetensors()?).map_err(|error| format!("{name}: {error}"))?;
    println!("wrote {name}");
    Ok(())
}

/// Adds to trained weights what is made of them: the projection for the page, and what they score on the test users.
fn finish(weights: &Weights, catalogue: &Catalogue, sequences: &Sequences) -> Result<Weights, Failure> {
    let split = Split::new(sequences);
    let how = (Protocol::NextItem, Negatives::Uniform);
    let max_history = weights.config().max_history;
    let shown = questions(sequences, &split.validation, &Sampler::new(catalogue), how, (1, 1), max_history, TEST_SEED);
    let mut finished = projection::fit(weights, &catalogue.item_categories(), &shown)?;
    let report = Report::of_network(weights, catalogue, sequences)?;
    finished.set_note("metrics", serde_json::to_string(&report)?);
    finished.set_note("split", split.hash(sequences));
    print_report(weights.config().network.name(), &report);
    Ok(finished)
}

fn run_evaluate(args: &EvaluateArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.data)?;
    let split = Split::new(&sequences);
    let (train, validation, test) = (split.train.len(), split.validation.len(), split.test.len());
    println!("{train} training, {validation} validation and {test} test users; split {}", split.hash(&sequences));
    println!();
    println!("| network | protocol | negatives | AUC | GAUC | logloss | questions |");
    println!("|---|---|---|---|---|---|---|");
    print_report("popularity", &Report::of_popularity(&catalogue, &sequences));
    for file in &args.weights {
        let name = file.display().to_string();
        let bytes = fs::read(file).map_err(|error| format!("{name}: {error}"))?;
        let weights = Weights::from_safetensors(&name, &bytes)?;
        weights.check_vocabulary(&name, catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
        print_report(weights.config().network.name(), &Report::of_network(&weights, &catalogue, &sequences)?);
    }
    Ok(())
}

fn print_report(network: &str, report: &Report) {
    for (protocol, scores) in [("next item", report.next_item), ("next basket", report.next_basket)] {
        for (negatives, scores) in [("uniform", scores.uniform), ("popularity", scores.popularity)] {
            let Scores { auc, gauc, logloss, questions } = scores;
            // The popularity of an item is no probability.
            let logloss = if logloss.is_nan() { "–".to_owned() } else { format!("{logloss:.4}") };
            println!("| {network} | {protocol} | {negatives} | {auc:.4} | {gauc:.4} | {logloss} | {questions} |");
        }
    }
}

fn read_prepared(folder: &Path) -> Result<(Catalogue, Sequences), Failure> {
    let file = folder.join("catalogue.csv");
    let name = file.display().to_string();
    let bytes = fs::read(&file).map_err(|error| format!("{name}: {error}; `interest-lens prepare` writes it"))?;
    let catalogue = Catalogue::from_csv(&name, &bytes)?;
    let sequences = Sequences::read(&folder.join("sequences.csv"), &catalogue)?;
    Ok((catalogue, sequences))
}

/// Training's progress on standard error, and a line an epoch on standard output.
struct Bars {
    steps: Option<ProgressBar>,
    began: Instant,
}

impl Progress for Bars {
    fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: f32) {
        let bar = self.steps.get_or_insert_with(|| {
            self.began = Instant::now();
            progress_bar(steps as u64, "{msg} {wide_bar} {pos}/{len} steps, {eta} left")
        });
        bar.set_message(format!("epoch {epoch}, loss {loss:.4}"));
        bar.set_position(step as u64);
    }

    fn epoch(&mut self, epoch: usize, loss: f32, scores: &[Scores], best: bool) {
        if let Some(bar) = self.steps.take() {
            bar.finish_and_clear();
        }
        let gauc: Vec<String> = scores.iter().map(|scores| format!("{:.4}", scores.gauc)).collect();
        let seconds = self.began.elapsed().as_secs_f64();
        let star = if best { ", best so far" } else { "" };
        println!(
            "epoch {epoch}: loss {loss:.4}, validation GAUC {} (uniform, popularity), {seconds:.0} s{star}",
            gauc.join(" ")
        );
    }

    fn say(&mut self, text: &str) {
        println!("{text}");
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
