//! `interest-lens project`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use training::projection;

use super::{Failure, read_catalogue, read_weights, weights_files};

/// Arguments of `project`.
#[derive(Args)]
pub struct ProjectArgs {
    /// Weights files, or folders of them
    #[arg(default_value = "assets")]
    weights: Vec<PathBuf>,
    /// The products that they were trained on: CSV with the columns id, title, category
    #[arg(long, default_value = "assets/catalogue.csv")]
    catalogue: PathBuf,
}

/// Adds the projection of the item embeddings to weights files, in place.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &ProjectArgs) -> Result<(), Failure> {
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
