//! `interest-lens evaluate`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use model::{Family, NetworkKind};
use training::exam::{Answers, Exam, SET_NAMES};
use training::knn::ItemKnn;
use training::results::{Run, averages, differences, markdown, rows};

use super::{DataArgs, Failure, print_left_out, print_scores, read_weights, weights_files};

/// Arguments of `evaluate`.
#[derive(Args)]
pub struct EvaluateArgs {
    /// Weights files, or folders of them
    #[arg(default_value = "assets")]
    weights: Vec<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    /// Who is asked: whatever is chosen is chosen on the validation users, and the test users are asked once, at the end
    #[arg(long, value_enum, default_value_t = Part::Test)]
    users: Part,
    /// Folder with other programs' answers to the exported questions: NAME-SEED.csv with the columns set, such as
    /// next_item-uniform, and logits, or scores that are no logits of probabilities; one line a question in their order
    #[arg(long)]
    answers: Option<PathBuf>,
    /// Folder for results.md, results.json and differences.json
    #[arg(long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Validation,
    Test,
}

/// Measures trained weights on the test users, beside what needs no training.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn run(args: &EvaluateArgs) -> Result<(), Failure> {
    let (catalogue, split) = args.data.read()?;
    let (train, validation, test) = (split.train.users.len(), split.validation.users.len(), split.test.users.len());
    println!("{train} training, {validation} validation and {test} test users; split {}", split.hash());
    print_left_out(&catalogue, &split.test);
    println!();
    println!("| network | protocol | negatives | AUC | GAUC | logloss | questions |");
    println!("|---|---|---|---|---|---|---|");
    let users = if args.users == Part::Test { &split.test } else { &split.validation };
    let exam = Exam::new(&catalogue, users);
    let mut runs: Vec<Run> = Vec::new();
    let mut add = |network: &str, seed: Option<u64>, epoch_seconds, answers| {
        print_scores(network, &answers);
        runs.push(Run { network: network.to_owned(), seed, epoch_seconds, answers });
    };
    let items = catalogue.items().len();
    add("popularity", None, None, exam.ask_popularity(&split.train.customers(items)));
    add("item-knn", None, None, exam.ask_item_knn(&ItemKnn::fit(&split.train, items)));
    for file in args.answers.iter().map(|folder| files(folder)).collect::<Result<Vec<_>, _>>()?.concat() {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (network, seed) = stem.rsplit_once('-').unwrap_or((&stem, ""));
        add(network, seed.parse().ok(), None, read_answers(&file, &exam)?);
    }
    for file in weights_files(&args.weights)? {
        let name = file.display().to_string();
        let (_, weights) = read_weights(&name, &catalogue)?;
        let network = weights.note("network").unwrap_or(weights.config().network.kind().id()).to_owned();
        let seed = weights.note("seed").and_then(|seed| seed.parse().ok());
        let epoch_seconds = weights.note("epoch_seconds").and_then(|seconds| seconds.parse().ok());
        add(&network, seed, epoch_seconds, exam.ask_network(&weights, &catalogue.item_categories())?);
    }
    // The average is a ceiling: the base would lower it, as the validation users say.
    let page = NetworkKind::ALL.iter().filter(|kind| kind.family() != Family::Base);
    let page: Vec<&str> = page.map(|kind| kind.id()).collect();
    for average in averages(&runs, &page) {
        print_scores("average", &average.answers);
        runs.push(average);
    }
    let (rows, differences) = (runs.iter().flat_map(rows).collect::<Vec<_>>(), differences(&runs));
    let table = markdown(&rows, &differences, &split.hash(), exam.same_invoice);
    println!("{}", &table[table.find("\n## Differences").unwrap_or(0)..]);
    if let Some(folder) = &args.output {
        for (file, text) in [
            ("results.md", table),
            ("results.json", serde_json::to_string_pretty(&rows)? + "\n"),
            ("differences.json", serde_json::to_string_pretty(&differences)? + "\n"),
        ] {
            let file = folder.join(file);
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}

/// The files of answers in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    Ok(files)
}

/// Another program's answers, which must be to all questions of `exam`.
fn read_answers(file: &Path, exam: &Exam) -> Result<Answers, Failure> {
    let named = |problem: String| format!("{}: {problem}", file.display());
    let mut reader = csv::Reader::from_path(file).map_err(|error| named(error.to_string()))?;
    let probabilities = match reader.headers().map_err(|error| named(error.to_string()))?.iter().collect::<Vec<_>>()[..]
    {
        ["set", "logits"] => true,
        ["set", "scores"] => false,
        _ => return Err(named("the columns are not set and logits, or set and scores".to_owned()).into()),
    };
    let mut logits = [(); 4].map(|()| Vec::new());
    for (line, record) in reader.deserialize::<(String, String)>().enumerate() {
        let (set, row) = record.map_err(|error| named(error.to_string()))?;
        let wrong = |what: &str| named(format!("question {}: {what}", line + 1));
        let set = SET_NAMES.iter().position(|name| *name == set).ok_or_else(|| wrong("an unknown set of questions"))?;
        let row: Result<Vec<f32>, _> = row.split(' ').map(str::parse).collect();
        logits[set].push(row.map_err(|_| wrong("logits are numbers with blanks between them"))?);
    }
    for ((name, asked), answered) in SET_NAMES.iter().zip(&exam.sets).zip(&logits) {
        let sizes = asked.iter().map(|question| question.candidates.len());
        if !sizes.eq(answered.iter().map(Vec::len)) {
            return Err(named(format!("{name}: not a logit for each candidate of each exported question")).into());
        }
    }
    Ok(Answers { logits, probabilities })
}
