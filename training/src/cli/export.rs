//! `interest-lens export`.

use std::path::PathBuf;

use clap::Args;
use training::export::export;

use super::{DataArgs, Failure, print_left_out};

/// Arguments of `export`.
#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
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
    let (catalogue, split) = args.data.read()?;
    export(&catalogue, &split, args.max_history, &args.output)?;
    print_left_out(&catalogue, &split.test);
    println!("wrote the split to {}", args.output.display());
    Ok(())
}
