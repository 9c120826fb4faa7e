//! The command-line program `interest-lens`: it prepares data and trains networks.
#![allow(rustdoc::bare_urls, reason = "addresses in the help are read in a terminal")]

mod cli;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::{evaluate, export, import, pack, prepare, project, search, train};

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
    /// Make a catalogue and sequences of raw data: your own log of clicks, Online Retail or MovieLens
    ///
    /// Writes catalogue.csv (id, title, category, price, popularity) and sequences.csv (user, basket, item, time).
    ///
    /// A log of clicks: a line each with user, item and time and, where there are, category, title, price, event and
    /// rating, under the names that people use for them, or without header in the order of Retailrocket, YooChoose,
    /// Taobao or Amazon; RecBole's NAME.inter with NAME.item; Amazon's reviews as JSON. The program says what it took each
    /// column for, and --columns says it better. A basket is a day (UTC).
    ///
    /// Online Retail: data set 352 of the UCI Machine Learning Repository,
    /// https://archive.ics.uci.edu/dataset/352/online+retail (Chen, Sain and Guo 2012), as CSV with the columns
    /// InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice and CustomerID, or Online Retail II with its
    /// names for them. A basket is an invoice.
    ///
    /// MovieLens: any of https://grouplens.org/datasets/movielens/ (Harper and Konstan 2015), as the folder that holds
    /// ratings.csv with movies.csv, ratings.dat with movies.dat, u.data with u.item, or RecBole's NAME.inter with
    /// NAME.item. A basket is the day (UTC) of the ratings, the category a film's first genre; there are no prices.
    Prepare(prepare::PrepareArgs),
    /// Train a network on prepared data and write its weights
    ///
    /// Ctrl-C keeps a checkpoint; the same command goes on from it.
    Train(train::TrainArgs),
    /// Search sizes and options of training for each network, on the validation users
    ///
    /// One change after the other, the same for every network; search.md has every run. Ctrl-C keeps a checkpoint, and the
    /// same command goes on.
    Search(search::SearchArgs),
    /// Train every network of the table of results that has no weights yet
    ///
    /// Five seeds for the page's networks, three for all others. Ctrl-C keeps a checkpoint, and the same command goes on.
    Study(train::StudyArgs),
    /// Write the split as CSV, for other programs to train and be measured on
    Export(export::ExportArgs),
    /// Write the training and the validation users' purchases as compact files, for the page to train on
    ///
    /// Two bytes a purchase, without the users' identifiers and without times: the page's trainer needs which item and which
    /// basket.
    Pack(pack::PackArgs),
    /// Measure trained weights on the test users, beside what needs no training
    Evaluate(evaluate::EvaluateArgs),
    /// Take a DIN or DIEN of FuxiCTR, DeepCTR-Torch, RecBole, DeepCTR or the DIEN authors over into our format
    ///
    /// Reads a PyTorch checkpoint of any name (a state dict, or a dictionary with one under any key; no pickled code is run), a
    /// safetensors file of a state dict or the index of one in parts, or a NumPy archive (.npz) of TensorFlow's variables by
    /// name, as numpy.savez(path, **{v.name: v.numpy() for v in variables}) writes it, or Keras's HDF5 (.h5). Sizes come from the
    /// tensors. What tensors cannot tell comes from the options below, else from the file's metadata; else the program lists what
    /// is open, with the answers that fit, and stops. With --check it finds the answers that give the library's own predictions.
    ///
    /// The catalogue is CSV with the columns id, title and category, and may have row and category_row: the product's row of
    /// the item table and its category's row of the category table. Without them products are taken in their order and
    /// categories in alphabetical order, after row 0, which is padding. Further features of the products have columns of their
    /// own, such as brand_row for the feature brand: the product's row of its table, or several with blanks between them.
    Import(Box<import::ImportArgs>),
    /// Add the projection of the item embeddings to weights files, in place
    ///
    /// Training and importing add it themselves; this is for files from before, or from elsewhere. Nothing else in them
    /// changes. (The projection of DIEN's evolution states is fitted to histories, so only training adds that.)
    Project(project::ProjectArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Prepare(args) => prepare::run(&args),
        Command::Train(args) => train::run_train(&args),
        Command::Search(args) => search::run(&args),
        Command::Study(args) => train::run_study(&args),
        Command::Export(args) => export::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Import(args) => import::run(*args),
        Command::Project(args) => project::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
