//! The command-line program `interest-lens`: it prepares data and trains networks.
#![allow(rustdoc::bare_urls, reason = "addresses in the help are read in a terminal")]

use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use import::{Imported, Plain};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::presets::{Preset, presets};
use model::{Catalogue, Evolution, Normalization, Weights};
use training::evaluate::{Report, Scores, TEST_SEED};
use training::export::export;
use training::prepare::movielens::{MIN_RATING, MovieLens};
use training::prepare::online_retail;
use training::projection;
use training::results;
use training::samples::{Negatives, Protocol, Sampler, Split, questions};
use training::sequences::Sequences;
use training::train::{Progress, TrainConfig, train};

/// A training step allocates and frees some hundred megabytes: this allocator keeps them, where the system's gives pages
/// back and takes a fault for each when it needs them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Small DIN and DIEN networks: data, training, evaluation.
#[derive(Parser)]
#[command(name = "interest-lens", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a catalogue and sequences of raw data: Online Retail or MovieLens
    ///
    /// Writes catalogue.csv (id, title, category, price, popularity) and sequences.csv (user, basket, item, time).
    ///
    /// Online Retail: data set 352 of the UCI Machine Learning Repository,
    /// https://archive.ics.uci.edu/dataset/352/online+retail (Chen, Sain and Guo 2012), as CSV in UTF-8 with the columns
    /// InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice and CustomerID. A basket is an invoice.
    ///
    /// MovieLens: any of https://grouplens.org/datasets/movielens/ (Harper and Konstan 2015), as the folder that holds
    /// ratings.csv with movies.csv, ratings.dat with movies.dat, u.data with u.item, or RecBole's NAME.inter with
    /// NAME.item. A basket is the day (UTC) of the ratings, the category a film's first genre; there are no prices.
    Prepare(PrepareArgs),
    /// Train a network on prepared data and write its weights
    ///
    /// Ctrl-C keeps a checkpoint; the same command goes on from it.
    Train(TrainArgs),
    /// Train every network of the table of results that has no weights yet
    ///
    /// Three seeds for the page's networks and the ablation, one for all others. Ctrl-C keeps a checkpoint.
    Study(StudyArgs),
    /// Write the split as CSV, for other programs to train and be measured on
    Export(ExportArgs),
    /// Measure trained weights on the test users, beside what needs no training
    Evaluate(EvaluateArgs),
    /// Take a DIN or DIEN of FuxiCTR, DeepCTR-Torch, RecBole, DeepCTR or the DIEN authors over into our format
    ///
    /// Reads a PyTorch checkpoint (.pt, .pth: a state dict, or a dictionary with one; no pickled code is run), a
    /// safetensors file of a state dict, or a NumPy archive (.npz) of TensorFlow's variables by name, as
    /// numpy.savez(path, **{v.name: v.numpy() for v in variables}) writes it. Sizes come from the tensors. What tensors
    /// cannot tell comes from the options below, else from a safetensors file's metadata, else it is the library's
    /// default, and the program says what it assumed.
    ///
    /// The catalogue is CSV with the columns id, title and category, and may have row and category_row: the product's row of
    /// the item table and its category's row of the category table. Without them products are taken in their order and
    /// categories in alphabetical order, after row 0, which is padding.
    Import(ImportArgs),
    /// Add the projection of the item embeddings to weights files, in place
    ///
    /// Training and importing add it themselves; this is for files from before, or from elsewhere. Nothing else in them
    /// changes. (The projection of DIEN's evolution states is fitted to histories, so only training adds that.)
    Project(ProjectArgs),
}

#[derive(Args)]
struct ProjectArgs {
    /// Weights files, or folders of them
    #[arg(default_value = "assets")]
    weights: Vec<PathBuf>,
    /// The products that they were trained on: CSV with the columns id, title, category
    #[arg(long, default_value = "assets/catalogue.csv")]
    catalogue: PathBuf,
}

#[derive(Args)]
struct ImportArgs {
    /// The checkpoint: .safetensors, .pt, .pth or .npz
    checkpoint: PathBuf,
    /// The products: CSV with the columns id, title, category
    #[arg(long)]
    catalogue: PathBuf,
    /// The weights file to write [default: data/imported/ and the checkpoint's name]
    #[arg(long)]
    output: Option<PathBuf>,
    /// How attention enters DIEN's second recurrent layer: GRU, AIGRU, AGRU, AUGRU or AUGRU-authors
    #[arg(long)]
    evolution: Option<Evolution>,
    /// What turns attention scores into weights: none, softmax or scaled-softmax
    #[arg(long)]
    normalization: Option<Normalization>,
    /// Activation of the local activation unit, where it has no tensors: relu, sigmoid or linear
    #[arg(long)]
    attention_activation: Option<Plain>,
    /// Activation of the head, where it has no tensors
    #[arg(long)]
    head_activation: Option<Plain>,
    /// Activation of the auxiliary classifier, where it has no tensors
    #[arg(long)]
    auxiliary_activation: Option<Plain>,
    /// The parts of the head's input in order, such as "final state, user, query": also "pooled", "sum of history",
    /// "query*sum", "query*pooled" and names of features
    #[arg(long, value_delimiter = ',')]
    head_input: Option<Vec<String>>,
    /// Name of the feature that is the item
    #[arg(long)]
    item: Option<String>,
    /// Name of the feature that is the item's category
    #[arg(long)]
    category: Option<String>,
    /// How many rows of RecBole's one table for items and categories are items, the padding row among them
    #[arg(long)]
    items: Option<usize>,
    /// Value of a feature of the user or the context, such as user=3: a row of its table, or a number [default: the mean of
    /// the table's rows, or 0]
    #[arg(long, value_parser = context_value)]
    context: Vec<(String, f64)>,
}

fn context_value(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.parse().map_err(|error| format!("{value}: {error}"))?))
}

#[derive(Args)]
struct EvaluateArgs {
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

#[derive(Args)]
struct ExportArgs {
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long, default_value = "data/prepared")]
    data: PathBuf,
    /// Folder for the split
    #[arg(long, default_value = "data/export")]
    output: PathBuf,
    /// The longest history of a question, in items
    #[arg(long, default_value_t = 50)]
    max_history: usize,
}

#[derive(Args)]
struct StudyArgs {
    /// Which networks [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(presets().iter().map(|preset| preset.name)))]
    models: Vec<String>,
    /// Seeds, in place of three or one
    #[arg(long, value_delimiter = ',')]
    seeds: Vec<u64>,
    /// Folder for the weights
    #[arg(long, default_value = "data/runs")]
    runs: PathBuf,
    #[command(flatten)]
    options: TrainingArgs,
}

#[derive(Args)]
struct TrainArgs {
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

#[derive(Args)]
struct TrainingArgs {
    /// Folder with catalogue.csv and sequences.csv, as `prepare` leaves it
    #[arg(long, default_value = "data/prepared")]
    data: PathBuf,
    /// Passes over the data, at most; the step size falls to a tenth over so many
    #[arg(long, default_value_t = 8)]
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
    fn of(&self, preset: &Preset, seed: u64) -> TrainConfig {
        TrainConfig {
            seed,
            protocol: if self.next_basket { Protocol::NextBasket } else { Protocol::NextItem },
            epochs: self.epochs,
            patience: self.patience,
            batch: self.batch,
            negatives: self.negatives,
            learning_rate: self.learning_rate,
            auxiliary: self.auxiliary.unwrap_or(preset.auxiliary),
            regularization: self.regularization,
        }
    }
}

#[derive(Args)]
struct PrepareArgs {
    /// The raw data: Online Retail's CSV, as it is or compressed by gzip, or a folder of MovieLens
    #[arg(long, default_value = "data/online_retail.csv.gz")]
    input: PathBuf,
    /// MovieLens: a rating counts from this many stars on; 0 takes all, liked or not [default: 4]
    #[arg(long)]
    min_rating: Option<f64>,
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
        Command::Study(args) => run_study(&args),
        Command::Export(args) => run_export(&args),
        Command::Evaluate(args) => run_evaluate(&args),
        Command::Import(args) => run_import(args),
        Command::Project(args) => run_project(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_import(args: ImportArgs) -> Result<(), Failure> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let catalogue = read_catalogue(&args.catalogue)?;
    let trimmed = |parts: Vec<String>| parts.iter().map(|part| part.trim().to_owned()).collect();
    let options = import::Options {
        evolution: args.evolution,
        normalization: args.normalization,
        attention_activation: args.attention_activation,
        head_activation: args.head_activation,
        auxiliary_activation: args.auxiliary_activation,
        head_input: args.head_input.map(trimmed),
        item: args.item,
        category: args.category,
        items: args.items,
        context: args.context.into_iter().collect(),
    };
    let checkpoint = import::Checkpoint::open(&args.checkpoint)?;
    let Imported { weights, notes } = import::from_checkpoint(checkpoint, &catalogue, &options)?;
    let weights = projection::fit_embeddings(&weights, &catalogue.item_categories())?;
    let name = args.checkpoint.file_stem().unwrap_or_default();
    let output = args.output.unwrap_or_else(|| Path::new("data/imported").join(name).with_extension("safetensors"));
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).map_err(|error| named(folder, error))?;
    }
    fs::write(&output, weights.to_safetensors()?).map_err(|error| named(&output, error))?;
    for note in notes {
        println!("{note}");
    }
    let source = weights.note("source").unwrap_or_default();
    println!("{}: {source} for {} products.", output.display(), catalogue.items().len());
    println!("{}", serde_json::to_string(weights.config())?);
    println!("The page runs it: choose \"Your own model\" and give it this file and {}.", args.catalogue.display());
    Ok(())
}

fn run_project(args: &ProjectArgs) -> Result<(), Failure> {
    let catalogue = read_catalogue(&args.catalogue)?;
    for file in weights_files(&args.weights)? {
        let name = file.display().to_string();
        let (bytes, weights) = read_weights(&name, &catalogue)?;
        let projected = projection::add_to_file(&name, &bytes, &weights, &catalogue.item_categories())?;
        fs::write(&file, projected).map_err(|error| format!("{name}: {error}"))?;
        println!("wrote {name}");
    }
    Ok(())
}

fn run_prepare(args: &PrepareArgs) -> Result<(), Failure> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let movielens = MovieLens::find(&args.input)?;
    let input = movielens.as_ref().map_or(args.input.as_path(), MovieLens::ratings);
    let raw = File::open(input).map_err(|error| {
        format!("{}; `interest-lens prepare --help` says where to get the data", named(input, error))
    })?;
    let length = raw.metadata().map_err(|error| named(input, error))?.len();
    let bar = progress_bar(length, "reading {wide_bar} {bytes}/{total_bytes}, {eta} left");
    let raw = bar.wrap_read(raw);
    let prepared = match (&movielens, args.min_rating) {
        (Some(movielens), stars) => movielens.prepare(raw, stars.unwrap_or(MIN_RATING)),
        (None, None) => online_retail::prepare(&input.display().to_string(), raw),
        (None, Some(_)) => {
            return Err(
                format!("{}: read as Online Retail, which has no ratings for --min-rating", input.display()).into()
            );
        }
    };
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
    let mut preset = preset(&args.model)?;
    if let Some(file) = &args.config {
        let named = |problem: String| format!("{}: {problem}", file.display());
        let text = fs::read_to_string(file).map_err(|error| named(error.to_string()))?;
        preset.config = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
        if let Some(problem) = preset.config.problem() {
            return Err(named(problem).into());
        }
    }
    let (catalogue, sequences) = read_prepared(&args.options.data)?;
    let checkpoint = args.checkpoint.clone().unwrap_or_else(|| Path::new("data/checkpoints").join(preset.name));
    let output =
        args.output.clone().unwrap_or_else(|| Path::new("assets").join(format!("{}.safetensors", preset.name)));
    let options = args.options.of(&preset, args.seed);
    train_to(&output, &checkpoint, &preset, &options, (&catalogue, &sequences), &*interrupt()?)
}

fn run_study(args: &StudyArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.options.data)?;
    fs::create_dir_all(&args.runs).map_err(|error| format!("{}: {error}", args.runs.display()))?;
    let stop = interrupt()?;
    for preset in presets()
        .into_iter()
        .filter(|preset| args.models.is_empty() || args.models.iter().any(|name| name == preset.name))
    {
        let seeds = if args.seeds.is_empty() { (1..=preset.seeds).collect() } else { args.seeds.clone() };
        for seed in seeds {
            let run = args.runs.join(format!("{}-{seed}", preset.name));
            let output = run.with_extension("safetensors");
            if !output.exists() && !stop.load(Ordering::Relaxed) {
                println!("{}, seed {seed}", preset.name);
                let options = args.options.of(&preset, seed);
                train_to(&output, &run, &preset, &options, (&catalogue, &sequences), &stop)?;
            }
        }
    }
    Ok(())
}

fn preset(name: &str) -> Result<Preset, Failure> {
    presets().into_iter().find(|preset| preset.name == name).ok_or_else(|| format!("no network is named {name}").into())
}

/// A flag that Ctrl-C sets.
fn interrupt() -> Result<Arc<AtomicBool>, Failure> {
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
    (catalogue, sequences): (&Catalogue, &Sequences),
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let mut progress = Bars { steps: None, began: Instant::now() };
    let best = train(&preset.config, options, catalogue, sequences, checkpoint, stop, &mut progress)?;
    if stop.load(Ordering::Relaxed) {
        println!("stopped; the same command goes on from {}", checkpoint.display());
        return Ok(());
    }
    let mut finished = finish(&best, preset.name, catalogue, sequences)?;
    finished.set_note("network", preset.name);
    finished.set_note("seed", options.seed.to_string());
    finished.set_note("training", serde_json::to_string(options)?);
    let name = output.display().to_string();
    fs::write(output, finished.to_safetensors()?).map_err(|error| format!("{name}: {error}"))?;
    println!("wrote {name}");
    Ok(())
}

/// Adds to trained weights what is made of them: the projections for the page, and what they score on the test users.
fn finish(weights: &Weights, name: &str, catalogue: &Catalogue, sequences: &Sequences) -> Result<Weights, Failure> {
    let split = Split::new(sequences);
    let how = (Protocol::NextItem, Negatives::Uniform);
    let max_history = weights.config().max_history;
    let shown = questions(sequences, &split.validation, &Sampler::new(catalogue), how, (1, 1), max_history, TEST_SEED);
    let item_categories = catalogue.item_categories();
    let finished = projection::fit_states(weights, &item_categories, &shown)?;
    let mut finished = projection::fit_embeddings(&finished, &item_categories)?;
    let report = Report::of_network(weights, catalogue, sequences)?;
    finished.set_note("metrics", serde_json::to_string(&report)?);
    finished.set_note("split", split.hash(sequences));
    print_report(name, &report);
    Ok(finished)
}

fn run_export(args: &ExportArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.data)?;
    export(&catalogue, &sequences, args.max_history, &args.output)?;
    println!("wrote the split to {}", args.output.display());
    Ok(())
}

fn run_evaluate(args: &EvaluateArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.data)?;
    let split = Split::new(&sequences);
    let (train, validation, test) = (split.train.len(), split.validation.len(), split.test.len());
    println!("{train} training, {validation} validation and {test} test users; split {}", split.hash(&sequences));
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
        let network = weights.note("network").unwrap_or(weights.config().network.name()).to_owned();
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
    if !file.exists() {
        return Err(format!("{}: not found; `interest-lens prepare` writes it", file.display()).into());
    }
    let catalogue = read_catalogue(&file)?;
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
