//! `interest-lens pack`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use training::packed::pack;

use super::{DataArgs, Failure};

/// Arguments of `pack`.
#[derive(Args)]
pub struct PackArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Folder for purchases-training.bin and purchases-validation.bin
    #[arg(long, default_value = "assets")]
    output: PathBuf,
    /// Where the data come from
    #[arg(
        long,
        default_value = "Online Retail (Chen, Sain and Guo 2012, doi:10.1057/dbm.2012.17), UCI Machine Learning Repository, \
                         https://archive.ics.uci.edu/dataset/352/online+retail"
    )]
    source: String,
    /// On which terms
    #[arg(long, default_value = "CC BY 4.0")]
    licence: String,
}

/// Writes the purchases of the training and of the validation users as compact files.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &PackArgs) -> Result<(), Failure> {
    let (catalogue, split) = args.data.read()?;
    fs::create_dir_all(&args.output).map_err(|error| format!("{}: {error}", args.output.display()))?;
    for (name, sequences) in [("training", &split.train), ("validation", &split.validation)] {
        let path = args.output.join(format!("purchases-{name}.bin"));
        let file = path.display().to_string();
        let bytes = pack(&file, &sequences.purchases(), &catalogue, [&args.source, &args.licence])?;
        fs::write(&path, &bytes).map_err(|error| format!("{file}: {error}"))?;
        let (users, purchases) = (sequences.users.len(), sequences.events());
        println!("wrote {file}: {purchases} purchases of {users} users, {} bytes", bytes.len());
    }
    Ok(())
}
