//! The program `interest-lens` from raw data to measured weights, on a small raw file that the test writes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use model::{Catalogue, Config, NetworkKind, Weights};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use training::options::TrainConfig;
use training::packed::unpack;
use training::search::Settings;
use training::sequences::Sequences;
use training::split::{Split, SplitBy};

/// 100 customers buy 10 of 30 items each, along a ring.
fn raw_data() -> String {
    let mut csv = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    for customer in 0..100 {
        for position in 0..10 {
            let item = (customer * 7 + position) % 30;
            let invoice = 540_000 + customer * 10 + position / 4;
            let time = format!("2011-0{}-{:02} 10:{position:02}:00", 1 + position / 4, 1 + customer % 28);
            writeln!(csv, "{invoice},{},RED CUP {item},1,{time},1.25,{},France", 20_000 + item, 12_000 + customer)
                .unwrap();
        }
    }
    csv
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interest-lens"));
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fail(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} should have failed");
    String::from_utf8(output.stderr).unwrap()
}

/// A folder with prepared data in the program's default place.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("raw.csv"), raw_data()).unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    let said = succeed(folder.path(), &["prepare", "--input", "raw.csv"]);
    assert!(said.contains("100"), "{said}");
    folder
}

#[test]
fn raw_data_become_measured_weights() {
    let folder = prepared();
    for model in NetworkKind::ALL.iter().map(|kind| kind.id()) {
        let said = succeed(folder.path(), &["train", "--model", model, "--epochs", "1", "--batch", "64"]);
        assert!(
            said.contains("epoch 1: loss") && said.contains(&format!("wrote assets/{model}.safetensors")),
            "{said}"
        );
        let bytes = fs::read(folder.path().join(format!("assets/{model}.safetensors"))).unwrap();
        let weights = Weights::from_safetensors(model, &bytes).unwrap();
        assert_eq!(weights.note("seed"), Some("1"));
        assert_eq!(weights.note("epochs"), Some("1"));
        assert!(weights.note("epoch_seconds").unwrap().parse::<f64>().unwrap() >= 0.0);
        let validation: serde_json::Value = serde_json::from_str(weights.note("validation").unwrap()).unwrap();
        let metrics: serde_json::Value = serde_json::from_str(weights.note("metrics").unwrap()).unwrap();
        assert!((0.0..=1.0).contains(&metrics["next_basket"]["uniform"]["auc"].as_f64().unwrap()));
        for negatives in ["uniform", "popularity"] {
            let gauc = validation[negatives]["gauc"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&gauc));
            assert!(said.contains(&format!("{gauc:.4}")), "the best epoch's scores: {said}");
        }
        assert_eq!(weights.tensors().contains_key(model::PROJECTION_MEAN), model == "dien");
        assert_eq!(weights.values(model::EMBEDDING_PROJECTION_MEAN).len(), weights.config().width());
    }
    let said = succeed(folder.path(), &["evaluate", "--output", "assets"]);
    let results: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("assets/results.json")).unwrap()).unwrap();
    let networks: Vec<&str> = results.as_array().unwrap().iter().map(|row| row["network"].as_str().unwrap()).collect();
    assert_eq!(networks.len() % 4, 0);
    assert_eq!(networks[networks.len() - 8], NetworkKind::ALL[NetworkKind::ALL.len() - 1].id());
    assert_eq!(networks.last().copied(), Some("average"));
    let differences = fs::read_to_string(folder.path().join("assets/differences.json")).unwrap();
    assert!(differences.contains(r#""than": "din""#), "{differences}");
    let table = fs::read_to_string(folder.path().join("assets/results.md")).unwrap();
    assert!(table.contains("| dien | DIEN: AUGRU + auxiliary loss | 1 |") && table.contains("Split: `"), "{table}");
    for row in ["| popularity | next item | uniform |", "| din | next basket | popularity |", "| dien | next item |"] {
        assert!(said.contains(row), "{row} is not in {said}");
    }
    let validation = succeed(folder.path(), &["evaluate", "--users", "validation"]);
    assert!(validation.contains("| average | next item | uniform |") && validation != said, "{validation}");
}

#[test]
fn answers_of_other_programs_are_measured_as_ours_are() {
    let folder = prepared();
    succeed(folder.path(), &["train", "--model", "embedding-mlp", "--epochs", "1", "--batch", "64"]);
    succeed(folder.path(), &["export"]);
    let path = folder.path().join("data/answers");
    fs::create_dir(&path).unwrap();
    let mut text = "set,logits\n".to_owned();
    for set in ["next_item-uniform", "next_item-popularity", "next_basket-uniform", "next_basket-popularity"] {
        let questions = fs::read_to_string(folder.path().join(format!("data/export/{set}.csv"))).unwrap();
        for question in questions.lines().skip(1) {
            // The item bought is put first of all.
            let candidates = question.split(',').nth(1).unwrap().split(' ').count();
            writeln!(text, "{set},1{}", " 0".repeat(candidates - 1)).unwrap();
        }
    }
    fs::write(path.join("gbm-3.csv"), &text).unwrap();
    let said = succeed(folder.path(), &["evaluate", "--answers", "data/answers", "--output", "data"]);
    assert!(said.contains("| gbm | next basket | popularity | 1.0000 | 1.0000 | 0.5032 |"), "{said}");
    let table = fs::read_to_string(folder.path().join("data/results.md")).unwrap();
    assert!(table.contains("| gbm | gradient boosting on counted features | 1 | 1.0000 / 1.0000 |"), "{table}");

    fs::write(path.join("gbm-3.csv"), text.replacen("logits", "scores", 1)).unwrap();
    let said = succeed(folder.path(), &["evaluate", "--answers", "data/answers"]);
    assert!(said.contains("| gbm | next basket | popularity | 1.0000 | 1.0000 | – |"), "{said}");

    fs::write(path.join("gbm-3.csv"), text.replacen(",1 0", ",1", 1)).unwrap();
    let error = fail(folder.path(), &["evaluate", "--answers", "data/answers"]);
    assert!(error.contains("gbm-3.csv: next_item-uniform: not a logit for each candidate"), "{error}");
    fs::write(path.join("gbm-3.csv"), text.replacen("next_item", "last_item", 1)).unwrap();
    let error = fail(folder.path(), &["evaluate", "--answers", "data/answers"]);
    assert!(error.contains("gbm-3.csv: question 1: an unknown set"), "{error}");
}

#[test]
fn how_to_train_is_said_on_the_command_line() {
    let folder = prepared();
    let arguments = "train --model din --epochs 1 --negatives 3 --softmax 0.25 --learning-rate 0.001 --warmup 0.5 \
                     --weight-decay 0.5 --regularization 0.125";
    succeed(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    let bytes = fs::read(folder.path().join("assets/din.safetensors")).unwrap();
    let weights = Weights::from_safetensors("din", &bytes).unwrap();
    let training: serde_json::Value = serde_json::from_str(weights.note("training").unwrap()).unwrap();
    for (name, expected) in [
        ("negatives", 3.0),
        ("softmax", 0.25),
        ("learning_rate", 0.001),
        ("warmup", 0.5),
        ("weight_decay", 0.5),
        ("regularization", 0.125),
    ] {
        assert_eq!(training[name].as_f64(), Some(expected), "{name}");
    }
    let error = fail(folder.path(), &["train", "--model", "din", "--softmax", "1.5"]);
    assert!(error.contains("--softmax") && error.contains("a number from 0 to 1"), "{error}");
}

#[test]
fn a_projection_of_the_embeddings_is_added_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "id,title,category\na,A,X\nb,B,Y\nc,C,X\nd,D,Z\n";
    fs::write(folder.path().join("products.csv"), csv).unwrap();
    let catalogue = Catalogue::from_csv("products.csv", csv.as_bytes()).unwrap();
    // The metadata are kept to the letter: a configuration as another program writes it, and an entry that nobody knows.
    let config = serde_json::to_string_pretty(&NetworkKind::Dien.shipped()).unwrap();
    let hash = catalogue.vocabulary_hash();
    let metadata: HashMap<String, String> = [
        ("format", "interest-lens/1"),
        ("items", "4"),
        ("categories", "3"),
        ("vocabulary", &hash),
        ("config", &config),
        ("mood", "good"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let weights = Weights::seeded(NetworkKind::Dien.shipped(), catalogue.vocabulary(), 3).unwrap();
    let width = weights.config().width();
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let tensors: Vec<_> =
        weights.tensors().iter().map(|(name, tensor)| (name, &tensor.shape, bytes(&tensor.values))).collect();
    let views =
        tensors.iter().map(|(name, shape, bytes)| (*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()));
    let old = safetensors::serialize(views, Some(metadata.clone())).unwrap();
    let file = folder.path().join("old.safetensors");
    fs::write(&file, &old).unwrap();

    // Once more, and it is the same.
    for _ in 0..2 {
        let said = succeed(folder.path(), &["project", "old.safetensors", "--catalogue", "products.csv"]);
        assert_eq!(said, "wrote old.safetensors\n");
        let new = fs::read(&file).unwrap();
        let (_, header) = SafeTensors::read_metadata(&new).unwrap();
        assert_eq!(header.metadata().as_ref(), Some(&metadata));
        let (old, new) = (SafeTensors::deserialize(&old).unwrap(), SafeTensors::deserialize(&new).unwrap());
        for (name, tensor) in old.iter() {
            let found = new.tensor(name).unwrap();
            assert_eq!((found.shape(), found.data()), (tensor.shape(), tensor.data()), "{name}");
        }
        assert_eq!(new.len(), old.len() + 2);
        assert_eq!(new.tensor(model::EMBEDDING_PROJECTION_MEAN).unwrap().shape(), [width]);
        assert_eq!(new.tensor(model::EMBEDDING_PROJECTION_COMPONENTS).unwrap().shape(), [width, 2]);
    }

    fs::write(folder.path().join("products.csv"), csv.replace("b,B", "e,B")).unwrap();
    let error = fail(folder.path(), &["project", "old.safetensors", "--catalogue", "products.csv"]);
    assert!(error.contains("old.safetensors: trained on another catalogue"), "{error}");
}

#[test]
fn a_split_is_exported_as_its_questions_are_asked() {
    let folder = prepared();
    succeed(folder.path(), &["export", "--max-history", "3"]);
    let read = |name: &str| -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(folder.path().join("data/export").join(name)).unwrap();
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let items = read("items.csv").len() as u32;
    let bought = read("train.csv");
    assert!(bought.iter().all(|row| row.len() == 3 && row[2].parse::<u32>().unwrap() < items));
    for name in ["validation-uniform", "next_item-popularity", "next_basket-uniform"] {
        let questions = read(&format!("{name}.csv"));
        assert!(!questions.is_empty());
        for question in questions {
            let rows = |text: &str| text.split(' ').map(|row| row.parse::<u32>().unwrap()).collect::<Vec<_>>();
            let (history, candidates) = (rows(&question[0]), rows(&question[1]));
            assert!((1..=3).contains(&history.len()) && candidates.len() == 1 + 20);
            // All that a customer did not buy: fewer than are asked for, and none twice.
            assert_eq!(candidates.iter().collect::<HashSet<_>>().len(), 1 + 20);
            assert!(history.iter().chain(&candidates).all(|&row| row < items));
            assert!(!candidates[1..].contains(&candidates[0]));
        }
    }
    let split = fs::read_to_string(folder.path().join("data/export/split.json")).unwrap();
    let hash = serde_json::from_str::<serde_json::Value>(&split).unwrap()["split"].as_str().unwrap().to_owned();
    assert!(succeed(folder.path(), &["train", "--model", "embedding-mlp", "--epochs", "1"]).contains("wrote"));
    assert!(succeed(folder.path(), &["evaluate"]).contains(&hash));
}

#[test]
fn what_is_packed_for_the_page_is_what_is_trained_on() {
    let folder = prepared();
    let said = succeed(folder.path(), &["pack"]);
    assert!(said.contains("assets/purchases-training.bin"), "{said}");
    let prepared = folder.path().join("data/prepared");
    let catalogue = Catalogue::from_csv("", &fs::read(prepared.join("catalogue.csv")).unwrap()).unwrap();
    let split = Split::new(&Sequences::read(&prepared.join("sequences.csv"), &catalogue).unwrap(), SplitBy::User);
    for (name, sequences) in [("training", &split.train), ("validation", &split.validation)] {
        let bytes = fs::read(folder.path().join(format!("assets/purchases-{name}.bin"))).unwrap();
        let (header, users) = unpack(name, &bytes, &catalogue).unwrap();
        assert_eq!(users, sequences.purchases());
        assert!(header.source.starts_with("Online Retail") && header.licence == "CC BY 4.0", "{header:?}");
        let identifiers = split.train.users.iter().map(|user| user.id.as_bytes());
        for id in identifiers {
            assert!(!bytes.windows(id.len()).any(|window| window == id), "no customer's identifier is in the file");
        }
    }
}

#[test]
fn bad_arguments_and_files_are_named() {
    let folder = prepared();
    let path = folder.path();
    let error = fail(path, &["train", "--model", "dine"]);
    assert!(error.contains("'dine'") && error.contains("[possible values: embedding-mlp, "), "{error}");
    let error = fail(path, &["train", "--model", "din", "--data", "nowhere"]);
    assert!(error.contains("nowhere/catalogue.csv") && error.contains("`interest-lens prepare` writes it"), "{error}");
    let error = fail(path, &["evaluate", "absent.safetensors"]);
    assert!(error.contains("absent.safetensors"), "{error}");

    fs::write(path.join("config.json"), r#"{"item_dim": 8}"#).unwrap();
    let error = fail(path, &["train", "--model", "din", "--config", "config.json"]);
    assert!(error.contains("config.json") && error.contains("category_dim"), "{error}");
    let zero = Config { item_dim: 0, ..NetworkKind::Din.shipped() };
    fs::write(path.join("config.json"), serde_json::to_string(&zero).unwrap()).unwrap();
    let error = fail(path, &["train", "--model", "din", "--config", "config.json"]);
    assert!(error.contains("config.json: item_dim is 0"), "{error}");

    let sequences = path.join("data/prepared/sequences.csv");
    let text = fs::read_to_string(&sequences).unwrap();
    fs::write(&sequences, text.replacen("2011-01", "2011-13", 1)).unwrap();
    let error = fail(path, &["train", "--model", "din"]);
    assert!(error.contains("sequences.csv") && error.contains("line 2") && error.contains("time"), "{error}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_a_checkpoint_that_the_same_command_goes_on_from() {
    use std::io::{BufRead, BufReader};

    let folder = prepared();
    let arguments = ["train", "--model", "din", "--epochs", "400", "--patience", "400", "--batch", "64"];
    let mut child = program(folder.path(), &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("epoch 1: "));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(child.wait().unwrap().success());
    assert!(rest.last().is_some_and(|line| line.contains("goes on from data/checkpoints/din")), "{rest:?}");
    assert!(!folder.path().join("assets/din.safetensors").exists());

    // More epochs may be asked for of the same checkpoint, or fewer.
    let said =
        succeed(folder.path(), &["train", "--model", "din", "--epochs", "1", "--patience", "400", "--batch", "64"]);
    assert!(said.contains("going on from data/checkpoints/din at epoch"), "{said}");
    assert!(said.contains("wrote assets/din.safetensors"), "{said}");
}

#[test]
fn customers_and_time_tell_what_is_measured() {
    let folder = prepared();
    let splits = [&[][..], &["--split", "2011-02-01,2011-02-15,2011-04-01"]].map(|split| {
        let checkpoint = format!("data/checkpoints/{}", split.len());
        let train = ["train", "--model", "embedding-mlp", "--epochs", "1", "--checkpoint", &checkpoint];
        succeed(folder.path(), &[&train, split].concat());
        succeed(folder.path(), &[&["evaluate"], split].concat())
    });
    assert!(!splits[0].starts_with("100 training, "), "{}", splits[0]);
    // All bought in each month, on one of its first 28 days: 14 of 28 customers before the 15th.
    assert!(splits[1].starts_with("100 training, 56 validation and 100 test users; split "), "{}", splits[1]);
    let error = fail(folder.path(), &["evaluate", "--split", "2011-02-01"]);
    assert!(error.contains("--split") && error.contains("three dates in order"), "{error}");
}

#[test]
fn a_search_says_what_is_left_and_does_nothing_twice() {
    let folder = prepared();
    let search = |more: &[&str]| succeed(folder.path(), &[&["search", "--models", "embedding-mlp"], more].concat());
    assert!(search(&["--dry-run"]).contains(r#"embedding-mlp: 7 runs left; next {"item_dim":16,"negatives":1,"#));
    let said = search(&[]);
    assert!((1..=7).all(|left| said.contains(&format!("embedding-mlp: {left} runs left"))), "{said}");
    let read = |name: &str| fs::read_to_string(folder.path().join("assets").join(name)).unwrap();
    let (runs, table) = (read("search.json"), read("search.md"));
    assert_eq!(runs.matches(r#""network": "embedding-mlp""#).count(), 7, "{runs}");
    assert_eq!(table.lines().filter(|line| line.starts_with("| embedding-mlp |")).count(), 7, "{table}");
    assert!(table.contains("; 28 are left."), "the other networks': {table}");
    assert_eq!(search(&[]), "");

    // As after a stop.
    let mut some: Vec<serde_json::Value> = serde_json::from_str(&runs).unwrap();
    some.truncate(5);
    fs::write(folder.path().join("assets/search.json"), serde_json::to_string(&some).unwrap()).unwrap();
    assert!(search(&[]).starts_with("embedding-mlp: 2 runs left; "));
}

#[test]
fn a_study_says_what_is_left_and_does_nothing_twice() {
    let folder = prepared();
    let arguments = ["study", "--models", "embedding-mlp,din", "--seeds", "1,2", "--epochs", "1", "--batch", "64"];
    let said = succeed(folder.path(), &arguments);
    assert!(said.contains("4 of 4 trainings are left: embedding-mlp-1, embedding-mlp-2, din-1, din-2"), "{said}");
    fs::remove_file(folder.path().join("data/runs/din-1.safetensors")).unwrap();
    let said = succeed(folder.path(), &arguments);
    assert!(said.starts_with("1 of 4 trainings are left: din-1\n") && !said.contains("embedding-mlp-1"), "{said}");
    assert_eq!(succeed(folder.path(), &arguments), "");

    // As the search found it, but for what the command line says.
    let weights =
        Weights::from_safetensors("din", &fs::read(folder.path().join("data/runs/din-1.safetensors")).unwrap());
    let (weights, chosen) = (weights.unwrap(), Settings::chosen(NetworkKind::Din).unwrap());
    assert_eq!(weights.config().item_dim, chosen.item_dim);
    let training: TrainConfig = serde_json::from_str(weights.note("training").unwrap()).unwrap();
    assert_eq!(training, TrainConfig { epochs: 1, patience: 3, batch: 64, ..chosen.training(0.0) });
}
