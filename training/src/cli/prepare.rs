//! `interest-lens prepare`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use training::prepare::movielens::{MIN_RATING, MovieLens};
use training::prepare::online_retail;

use super::{Failure, progress_bar};

/// Arguments of `prepare`.
#[derive(Args)]
pub struct PrepareArgs {
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

/// Makes a catalogue and sequences of raw data.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &PrepareArgs) -> Result<(), Failure> {
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
