//! Every implementation against the peers' passes in model/tests/peers, which stand in for the larger set that
//! bench/peers/fixtures.py makes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use import::{Checkpoint, Options, Rows, Source};
use model::{Tensor, Weights};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use verify::{Fixture, Row, TOLERANCE, adapter, check};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/peers")
}

fn files(extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// A probability is a float32 near 1 with 6e-8 of precision; attention and states are small sums of such numbers. The
/// issue of a difference is a swapped gate or a wrong order, which changes the second digit.
const PROBABILITY: f64 = 1e-5;
const ATTENTION: f64 = 1e-5;
const STATES: f64 = 1e-4;

#[test]
fn burn_cpu_and_wgsl_compute_what_the_peers_do() {
    let adapter = adapter().expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers");
    let mut peers = BTreeSet::new();
    for file in files("safetensors") {
        let fixture = Fixture::open(&file).unwrap();
        let report = check(&fixture, Some(&adapter)).unwrap();
        for (engine, found) in [("burn", Some(report.burn)), ("CPU", Some(report.cpu)), ("WGSL", report.wgsl)] {
            let found = found.unwrap();
            assert!(found.probability <= PROBABILITY, "{} in {engine}: y off by {}", report.name, found.probability);
            for (what, difference, tolerance) in [
                ("attention", found.attention, ATTENTION),
                ("states", found.states, STATES),
                ("logit", found.logit, STATES),
            ] {
                let difference = difference.unwrap_or(0.0);
                assert!(difference <= tolerance, "{} in {engine}: {what} off by {difference}", report.name);
            }
        }
        // A mean of logarithms of some ten probabilities.
        assert!(
            report.auxiliary.unwrap_or(0.0) <= PROBABILITY,
            "{}: auxiliary loss {:?}",
            report.name,
            report.auxiliary
        );
        peers.insert(fixture.source.network());
    }
    let expected = ["DeepCTR", "DeepCTR-Torch", "FuxiCTR", "RecBole", "the DIEN authors"]
        .map(|peer| ["DIEN", "DIN"].map(|network| format!("{peer}'s {network}")));
    let comirec = ["the ComiRec authors's ComiRec-SA".to_owned()];
    assert_eq!(peers, expected.into_iter().flatten().chain(comirec).collect());
}

#[test]
fn layers_of_several_activations_are_the_same_everywhere() {
    let adapter = adapter().expect("these tests need a Vulkan adapter: install mesa-vulkan-drivers");
    let file = folder().join("fuxi_din_1_sizes.safetensors");
    let mut fixture = Fixture::open(&file).unwrap();
    let right = check(&fixture, Some(&adapter)).unwrap();
    for activations in ["sigmoid,relu,tanh", "silu,leaky-relu,sigmoid"] {
        let options = Options::default().with("head-activation", activations);
        fixture.source = Source::new(weights_of(&file), &options).unwrap();
        let report = check(&fixture, Some(&adapter)).unwrap();
        let [burn, cpu, wgsl] = [report.burn, report.cpu, report.wgsl.unwrap()].map(|found| found.logit.unwrap());
        // The library has other activations, from which all of ours are equally far.
        assert!(burn > right.burn.logit.unwrap() + 1e-2, "{activations}: {burn}");
        assert!((burn - cpu).abs() < PROBABILITY && (burn - wgsl).abs() < PROBABILITY, "{burn}, {cpu}, {wgsl}");
    }
}

#[test]
fn attention_and_states_are_compared_where_a_fixture_has_them() {
    let report =
        |name: &str| check(&Fixture::open(&folder().join(name).with_extension("safetensors")).unwrap(), None).unwrap();
    let din = report("fuxi_din_1_sizes");
    assert!(din.cpu.attention.is_some() && din.cpu.states.is_none() && din.wgsl.is_none());
    let dien = report("deepctr_tf_dien_AUGRU");
    assert!(dien.cpu.attention.is_some() && dien.cpu.states.is_some() && dien.cpu.logit.is_some());
    assert!(report("recbole_dien_AGRU").auxiliary.is_some());
}

#[test]
fn what_a_plain_gru_calls_attention_is_not_compared() {
    let mut fixture = Fixture::open(&folder().join("fuxi_dien_GRU_0.safetensors")).unwrap();
    for question in &mut fixture.rows {
        question.attention = Some(vec![0.0; question.history.len()]);
    }
    let report = check(&fixture, None).unwrap();
    assert!(report.passes() && report.row().attention.is_none() && report.row().states.is_some(), "{report:?}");
}

/// The tensors of a fixture that are its weights.
fn weights_of(file: &Path) -> Checkpoint {
    let bytes = std::fs::read(file).unwrap();
    let tensors: BTreeMap<String, Tensor> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .iter()
        .filter_map(|(name, view)| Some((name.strip_prefix("weights.")?.to_owned(), view)))
        .filter(|(_, view)| view.dtype() == Dtype::F32)
        .map(|(name, view)| {
            let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            (name, Tensor { shape: view.shape().to_vec(), values })
        })
        .collect();
    Checkpoint::new("weights", BTreeMap::new(), tensors)
}

fn imported(checkpoint: Checkpoint) -> Weights {
    let source = Source::new(checkpoint, &Options::default()).unwrap();
    let rows = Rows { items: vec![3, 1, 2], categories: vec![2, 1], item_categories: vec![0, 1, 1], ..Rows::default() };
    source.weights(&rows, &BTreeMap::new(), String::new()).unwrap().0
}

#[test]
fn checkpoints_of_pytorch_numpy_and_keras_hold_what_the_fixture_holds() {
    // A state dict inside a training checkpoint; one in the format before PyTorch 1.6; TensorFlow's variables, also as Keras
    // writes them.
    let mut read = 0;
    for file in ["pt", "npz", "h5"].into_iter().flat_map(files) {
        // Without what a whole model says of itself beside its tensors.
        let found = imported(Checkpoint::open(&file).unwrap().with(BTreeMap::new(), BTreeMap::new()));
        let name = file.file_stem().unwrap().to_str().unwrap();
        let name = name.trim_end_matches("_model").trim_end_matches("_parts");
        assert_eq!(
            found,
            imported(weights_of(&folder().join(name).with_extension("safetensors"))),
            "{}",
            file.display()
        );
        read += 1;
    }
    assert_eq!(read, 6);
}

/// A fixture of the folder with one tensor changed, in a folder of its own.
fn changed(name: &str, tensor: &str, change: impl Fn(&mut Vec<u8>)) -> (tempfile::TempDir, PathBuf) {
    let bytes = std::fs::read(folder().join(name).with_extension("safetensors")).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = SafeTensors::deserialize(&bytes)
        .unwrap()
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    let found = tensors.iter_mut().find(|(name, ..)| name == tensor).unwrap();
    change(&mut found.3);
    let views =
        tensors.iter().map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let bytes = safetensors::serialize(views, header.metadata().clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed.safetensors");
    std::fs::write(&file, bytes).unwrap();
    (folder, file)
}

#[test]
fn histories_go_by_the_names_of_what_they_are_of() {
    // A category of another name than "cate" and the like, whose history comes before the item's in the alphabet.
    for name in ["deepctr_din_0_prelu", "fuxi_din_1_sizes"] {
        let bytes = std::fs::read(folder().join(name).with_extension("safetensors")).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let renamed = tensors.iter().map(|(name, view)| (name.replace("cate", "genre"), view));
        let bytes = safetensors::serialize(renamed, header.metadata().clone()).unwrap();
        let report = check(&Fixture::read("genre.safetensors", &bytes, None).unwrap(), None).unwrap();
        assert!(report.passes(), "{name}: {report:?}");
    }
}

fn program(arguments: &[&Path]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_verify")).args(arguments).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_program_fails_where_a_probability_differs() {
    let good = folder().join("fuxi_din_1_sizes.safetensors");
    let (success, said) = program(&[&good]);
    assert!(success && said.contains("1 of 1 within 1e-5"), "{said}");

    // 2e-5 more than the peer computed, in the third row.
    let (_folder, file) = changed("fuxi_din_1_sizes", "expected.y", |data| {
        let y = f32::from_le_bytes(data[8..12].try_into().unwrap());
        data[8..12].copy_from_slice(&(y + 2e-5).to_le_bytes());
    });
    let (success, said) = program(&[&good, &file]);
    assert!(!success && said.contains("FAIL") && said.contains("1 of 2 within 1e-5"), "{said}");
}

#[test]
fn the_program_names_what_it_cannot_read() {
    let (_folder, file) = changed("fuxi_din_1_sizes", "inputs.item_id", |data| data[0] = 200);
    let (success, said) = program(&[&file]);
    assert!(!success && said.contains("tensor \"inputs.item_id\" has 200, but its table has 11 rows"), "{said}");
    let (_folder, file) = changed("fuxi_din_1_sizes", "weights.dnn.mlp.0.bias", |data| {
        data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    let (success, said) = program(&[&file]);
    assert!(!success && said.contains("tensor \"dnn.mlp.0.bias\" holds NaN at position 0"), "{said}");
    let (success, said) = program(&[Path::new("nowhere.safetensors")]);
    assert!(!success && said.contains("nowhere.safetensors"), "{said}");
}

/// What the page shows.
#[derive(Deserialize)]
struct Table {
    tolerance: f64,
    adapter: Option<String>,
    fixtures: Vec<Row>,
}

#[test]
fn the_page_shows_these_fixtures_and_all_of_them_pass() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/verify.json");
    let table: Table = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let stem = |file: PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let expected: Vec<String> = files("safetensors").into_iter().map(stem).collect();
    let found: Vec<&str> = table.fixtures.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(found, expected, "run: cargo xtask verify model/tests/peers --output assets/verify.json");
    assert_eq!(table.tolerance, TOLERANCE);
    assert!(table.adapter.is_some());
    for row in table.fixtures {
        assert!(row.burn <= TOLERANCE && row.cpu <= TOLERANCE && row.wgsl.unwrap() <= TOLERANCE, "{}", row.name);
    }
}
