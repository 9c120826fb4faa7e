//! The command-line program `interest-lens`: it prepares data.

use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::prepare::prepare;

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
    let bar = byte_bar(raw.metadata().map_err(|error| named(&args.input, error))?.len());
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

/// A bar that counts bytes and the time left, where standard error is a terminal.
fn byte_bar(bytes: u64) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    match ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style).with_message("reading"),
        Err(_) => bar,
    }
}
