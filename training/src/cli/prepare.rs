//! `interest-lens prepare`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;
use training::prepare::{Columns, Input, Options, Order};

use super::{Failure, progress_bar};

/// Arguments of `prepare`.
#[derive(Args)]
pub struct PrepareArgs {
    /// The raw data: a log of clicks, Online Retail's CSV, or a folder of MovieLens or RecBole; as they are, compressed by
    /// gzip, or in a ZIP archive of one file
    #[arg(long, default_value = "data/online_retail.csv.gz")]
    input: PathBuf,
    /// A rating counts from this many stars on; 0 takes all, liked or not [default: 4 of MovieLens, all of other logs]
    #[arg(long, value_parser = stars)]
    min_rating: Option<f64>,
    /// Which column of a log is what, by names or by numbers from 1, such as user=visitor,item=sku,time=3; also category,
    /// title, price, event and rating. Nothing behind the = means no column
    #[arg(long)]
    columns: Option<Columns>,
    /// The order of the numbers in dates such as 1/2/2011: dmy, mdy or ymd [default: what a day over 12 tells]
    #[arg(long)]
    dates: Option<Order>,
    /// The kinds of events that count, such as view,purchase [default: all]
    #[arg(long, value_delimiter = ',')]
    events: Vec<String>,
    /// Folder for catalogue.csv and sequences.csv
    #[arg(long, default_value = "data/prepared")]
    output: PathBuf,
}

fn stars(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|stars: &f64| stars.is_finite()).ok_or_else(|| "expected a number".to_owned())
}

/// Makes a catalogue and sequences of raw data.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &PrepareArgs) -> Result<(), Failure> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    if !args.input.exists() {
        let error = std::io::Error::from(std::io::ErrorKind::NotFound);
        let help = "`interest-lens prepare --help` says where to get the data";
        return Err(format!("{}; {help}", named(&args.input, error)).into());
    }
    let options = Options {
        min_rating: args.min_rating,
        columns: args.columns.clone().unwrap_or_default(),
        dates: args.dates,
        events: args.events.clone(),
    };
    let input = Input::find(&args.input, &options)?;
    let raw = File::open(input.file()).map_err(|error| named(input.file(), error))?;
    let length = raw.metadata().map_err(|error| named(input.file(), error))?.len();
    let bar = progress_bar(length, "reading {wide_bar} {bytes}/{total_bytes}, {eta} left");
    let prepared = input.prepare(bar.wrap_read(raw), &options);
    bar.finish_and_clear();
    let prepared = prepared?;
    fs::create_dir_all(&args.output).map_err(|error| named(&args.output, error))?;
    let catalogue = args.output.join("catalogue.csv");
    let sequences = args.output.join("sequences.csv");
    fs::write(&catalogue, prepared.catalogue.to_csv()?).map_err(|error| named(&catalogue, error))?;
    prepared.sequences.write(&sequences, &prepared.catalogue)?;
    for note in &prepared.notes {
        println!("{note}");
    }
    println!("{}", prepared.report);
    println!("wrote {} and {}", catalogue.display(), sequences.display());
    Ok(())
}
