//! `interest-lens import`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use import::{Imported, Plain};
use model::{Evolution, Normalization};
use training::projection;

use super::{Failure, read_catalogue};

/// Arguments of `import`.
#[derive(Args)]
pub struct ImportArgs {
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

/// Takes another library's network over into our format.
///
/// # Errors
/// Names the file or the tensor and what is wrong with it.
pub fn run(args: ImportArgs) -> Result<(), Failure> {
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
