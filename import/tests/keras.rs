//! Weights of Keras in HDF5: the same variables as its users write by name, whichever way Keras wrote them, and errors for
//! damaged files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::{Path, PathBuf};

use import::{Checkpoint, Imported, Options, from_checkpoint};
use model::Catalogue;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/peers").join(name)
}

fn imported(name: &str) -> Imported {
    let rows: String = (1..=10).map(|item| format!("i{item},Item {item},c{}\n", item % 4)).collect();
    let catalogue = Catalogue::from_csv("shop.csv", format!("id,title,category\n{rows}").as_bytes()).unwrap();
    from_checkpoint(Checkpoint::open(&file(name)).unwrap(), &catalogue, &Options::default()).unwrap()
}

fn open(imported: &Imported) -> Vec<&str> {
    imported.questions.iter().map(|question| question.option).collect()
}

#[test]
fn keras_and_numpy_hold_the_same_variables() {
    let archive = Checkpoint::open(&file("deepctr_tf_din_1.npz")).unwrap();
    // As Keras writes them; in a whole model; in the way of other versions of it and of h5py.
    for name in ["deepctr_tf_din_1.h5", "deepctr_tf_din_1_model.h5", "deepctr_tf_din_1_parts.h5"] {
        assert_eq!(Checkpoint::open(&file(name)).unwrap().tensors(), archive.tensors(), "{name}");
    }
    // The layers' order is not that of the features, about which is asked.
    let weights = imported("deepctr_tf_din_1.h5");
    for option in ["features", "head-activation", "normalization"] {
        assert!(open(&weights).contains(&option), "{:?}", open(&weights));
    }
    assert_eq!(weights.weights, imported("deepctr_tf_din_1.npz").weights);
}

#[test]
fn a_whole_model_says_what_its_weights_do_not() {
    let model = imported("deepctr_tf_din_1_model.h5");
    for option in ["features", "head-activation", "normalization"] {
        assert!(!open(&model).contains(&option), "{:?}", open(&model));
    }
    let note = "Order of the features: user, item, cate, as the model has its inputs.";
    assert!(model.notes.iter().any(|found| found == note), "{:?}", model.notes);
    let metadata = Checkpoint::open(&file("deepctr_tf_din_1_model.h5")).unwrap().metadata().clone();
    let entries =
        [("attention_normalization", "softmax"), ("attention", "dice"), ("top_mlp", "relu"), ("task", "binary")];
    for (key, value) in entries {
        assert_eq!(metadata[key], value);
    }
}

#[test]
fn what_the_file_says_against_the_network_is_refused() {
    let change = |key: &str, value: &str| {
        let checkpoint = Checkpoint::open(&file("deepctr_tf_din_1_model.h5")).unwrap();
        let mut metadata = checkpoint.metadata().clone();
        metadata.insert(key.to_owned(), value.to_owned());
        let checkpoint = Checkpoint::new("model.h5", metadata, checkpoint.tensors().clone());
        import::Source::new(checkpoint, &Options::default()).unwrap_err().to_string()
    };
    let error = change("task", "regression");
    assert!(error.contains("\"task\" is \"regression\" by the file, whose output is no click probability"), "{error}");
    let error = change("top_mlp", "gelu");
    assert!(error.contains("\"head-activation\" is \"gelu\" by the file, expected one of relu"), "{error}");
}

#[test]
fn damaged_files_are_named_and_never_crash() {
    let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
    for name in ["deepctr_tf_din_1_model.h5", "deepctr_tf_din_1_parts.h5"] {
        let bytes = std::fs::read(file(name)).unwrap();
        let mut runner = TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        // Cut off, or a few bytes changed.
        let damage = (0..bytes.len(), proptest::collection::vec((0..bytes.len(), 0..=u8::MAX), 0..40));
        let mut refused = 0;
        let result = runner.run(&damage, |(length, changes)| {
            let mut bytes = bytes.clone();
            for &(place, byte) in &changes {
                bytes[place] = byte;
            }
            if changes.is_empty() {
                bytes.truncate(length);
            }
            if let Err(error) = Checkpoint::from_bytes("bent.h5", &bytes) {
                assert!(error.to_string().starts_with("bent.h5: "), "{error}");
            }
            Ok(())
        });
        result.unwrap();
        for length in (0..bytes.len()).step_by(97) {
            refused += usize::from(Checkpoint::from_bytes("half.h5", &bytes[..length]).is_err());
        }
        // Only what no variable needs may be missing at the end.
        assert!(refused > bytes.len() / 97 - 40, "{name}: {refused} of {}", bytes.len() / 97);
    }
    let random: Vec<u8> = (0..4096_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let error = Checkpoint::from_bytes("random.h5", &[b"\x89HDF\r\n\x1a\n".as_slice(), &random].concat()).unwrap_err();
    assert!(error.to_string().starts_with("random.h5: is a damaged HDF5 file"), "{error}");
}
