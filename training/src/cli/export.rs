//! `interest-lens export`.

use std::path::PathBuf;

use clap::Args;
use training::export::export;

use super::{Failure, print_left_out, read_prepared};

/// Arguments of `export`.
#[derive(Args)]
pub struct ExportArgs {
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

/// Writes the split as CSV.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &ExportArgs) -> Result<(), Failure> {
    let (catalogue, sequences) = read_prepared(&args.data)?;
    export(&catalogue, &sequences, args.max_history, &args.output)?;
    print_left_out(&catalogue, &sequences);
    println!("wrote the split to {}", args.output.display());
    Ok(())
}
