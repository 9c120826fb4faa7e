//! `interest-lens import`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use import::{Answer, Checked, Checkpoint, Imported, Options, Question};
use model::{Inspection, Weights};
use training::projection;

use super::{Failure, read_catalogue};

/// Arguments of `import`.
#[derive(Args)]
pub struct ImportArgs {
    /// The checkpoint: a PyTorch file of any name, .safetensors, the index of one in parts, .npz, or Keras's .h5
    checkpoint: PathBuf,
    /// The products: CSV with the columns id, title, category
    #[arg(long)]
    catalogue: PathBuf,
    /// The weights file to write [default: data/imported/ and the checkpoint's name]
    #[arg(long)]
    output: Option<PathBuf>,
    /// Predictions of the library's own, which the network must give: CSV with the columns history (identifiers with blanks
    /// between them), candidate and probability, or JSON. They also answer the open questions
    #[arg(long)]
    check: Option<PathBuf>,
    /// Go on where the file leaves questions open, with the library's default for each
    #[arg(long)]
    assume_defaults: bool,
    #[command(flatten)]
    answers: Answers,
    /// Value of a feature of the user or the context, such as user=3: a row of its table, several such as tags=3+7+9, or a
    /// number [default: the mean of the table's rows, or 0]
    #[arg(long, value_parser = context_value)]
    context: Vec<(String, String)>,
}

/// What a file may leave open. The names are those of [`import::Options`].
#[derive(Args)]
struct Answers {
    /// How attention enters DIEN's second recurrent layer: GRU, AIGRU, AGRU, AUGRU or AUGRU-authors
    #[arg(long)]
    evolution: Option<String>,
    /// What turns attention scores into weights: none, softmax or scaled-softmax
    #[arg(long)]
    normalization: Option<String>,
    /// Activation of the local activation unit, where it has no tensors: relu, sigmoid, tanh, leaky-relu, silu or linear, or one a
    /// layer with commas
    #[arg(long)]
    attention_activation: Option<String>,
    /// Activation after the local activation unit: none or sigmoid
    #[arg(long)]
    attention_output: Option<String>,
    /// Where attention's scores come from, where it has no tensors: dot_attention or other
    #[arg(long)]
    attention_type: Option<String>,
    /// Activation of the head, where it has no tensors
    #[arg(long)]
    head_activation: Option<String>,
    /// Activation of the auxiliary classifier, where it has no tensors
    #[arg(long)]
    auxiliary_activation: Option<String>,
    /// All features in the order in which the model declares them, such as "user_id,item_id,cate_id"
    #[arg(long)]
    features: Option<String>,
    /// The features of the query and of each click in their order, such as "item_id,cate_id"
    #[arg(long)]
    query: Option<String>,
    /// The features of a click in their order, where it is not the query's
    #[arg(long)]
    clicks: Option<String>,
    /// Whose the numbers are that the head takes beside features: user or products
    #[arg(long)]
    numbers: Option<String>,
    /// The features that are the user's or the situation's and not the product's, with commas, or none
    #[arg(long)]
    user_features: Option<String>,
    /// The parts of the head's input in order, such as "final state, user, query": also "pooled", "sum of history",
    /// "query*sum", "query*pooled" and names of features
    #[arg(long)]
    head_input: Option<String>,
    /// Name of the feature that is the item
    #[arg(long)]
    item: Option<String>,
    /// Name of the feature that is the item's category, or none
    #[arg(long)]
    category: Option<String>,
    /// How many rows of RecBole's one table for items and categories are items, the padding row among them
    #[arg(long)]
    items: Option<String>,
    /// Row of the first product and of the first category: 1 or 0
    #[arg(long)]
    first_row: Option<String>,
    /// What becomes of a feature's several values: mean, sum or max
    #[arg(long)]
    pooling: Option<String>,
    /// Whether ComiRec-SA's attention knows positions, where the file has no tensor of them: none or missing
    #[arg(long)]
    positions: Option<String>,
    /// Which of a file's networks is meant, by the keys that lead to it
    #[arg(long)]
    state_dict: Option<String>,
}

impl Answers {
    fn options(self) -> Options {
        let mut options = Options::default();
        for (option, answer) in [
            ("evolution", self.evolution),
            ("normalization", self.normalization),
            ("attention-activation", self.attention_activation),
            ("attention-output", self.attention_output),
            ("attention-type", self.attention_type),
            ("head-activation", self.head_activation),
            ("auxiliary-activation", self.auxiliary_activation),
            ("features", self.features),
            ("query", self.query),
            ("clicks", self.clicks),
            ("numbers", self.numbers),
            ("user-features", self.user_features),
            ("head-input", self.head_input),
            ("item", self.item),
            ("category", self.category),
            ("items", self.items),
            ("first-row", self.first_row),
            ("pooling", self.pooling),
            ("positions", self.positions),
            ("state-dict", self.state_dict),
        ] {
            if let Some(answer) = answer {
                options.set(option, &answer);
            }
        }
        options
    }
}

fn context_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    // A mistake in it is told before any file is read.
    Options::default().set_context(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Takes another library's network over into our format.
///
/// # Errors
/// Names the file or the tensor and what is wrong with it; the questions that the file leaves open, where nobody answers them.
pub fn run(args: ImportArgs) -> Result<(), Failure> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let read = |path: &Path| fs::read(path).map_err(|error| named(path, error));
    let catalogue = read_catalogue(&args.catalogue)?;
    let mut options = args.answers.options();
    for (name, value) in &args.context {
        options.set_context(name, value)?;
    }
    options.feature_rows = import::feature_rows(&args.catalogue.display().to_string(), &read(&args.catalogue)?)?;
    let checkpoint = Checkpoint::open(&args.checkpoint)?;
    let imported = match &args.check {
        Some(path) => {
            let file = path.display().to_string();
            let answers = Answer::read(&file, &read(path)?)?;
            let Checked { imported, settled, off, tried, .. } =
                import::check(&checkpoint, &catalogue, &options, &file, &answers, &mut inspect)?;
            println!("{} predictions are reproduced, off by {off:.1e} at most; ways tried: {tried}.", answers.len());
            settled.iter().for_each(|answer| println!("They settle {answer}."));
            imported
        }
        None => import::from_checkpoint(checkpoint, &catalogue, &options)?,
    };
    let Imported { weights, notes, questions, .. } = imported;
    if !questions.is_empty() && !args.assume_defaults {
        println!("The file leaves questions open, and the network answers otherwise for each:");
        questions.iter().for_each(print);
        return Err(
            "answer the questions with these options, prove the network with --check PREDICTIONS, or take the first \
                    answer to each with --assume-defaults"
                .into(),
        );
    }
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

/// The most answers of a question that are printed: of more, such as all orders of five features, these are the nearest.
const PRINTED: usize = 6;

fn print(question: &Question) {
    println!();
    println!("--{}: {}", question.option, question.asks);
    for (place, choice) in question.choices.iter().take(PRINTED).enumerate() {
        let default = if place == 0 { " (taken by --assume-defaults)" } else { "" };
        println!("    {}{default}: {}", choice.answer, choice.meaning);
    }
    if let more @ 1.. = question.choices.len().saturating_sub(PRINTED) {
        println!("    … and {more} more");
    }
    println!("    It is decided by: {}", question.code);
}

/// What the networks in tensors compute for a candidate.
fn inspect(weights: &Weights, categories: &[u32], history: &[u32], candidate: u32) -> Result<Inspection, String> {
    let found = model::reference::inspect(weights, categories, history, &[candidate]);
    found.map_err(|error| error.to_string())?.pop().ok_or_else(|| "no answer".to_owned())
}
