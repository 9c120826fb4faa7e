//! What the targets share: reading a weights file in every way, and what must hold of whatever was read.

use std::sync::LazyLock;

use import::Options;
use model::{Catalogue, Weights};

/// Ten products in four categories, as many as the tables of the seeds have rows beside the padding.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let lines: String = (1..=10).map(|n| format!("{n},Product {n},C{}\n", n % 4)).collect();
    Catalogue::from_csv("shop.csv", format!("id,title,category\n{lines}").as_bytes()).expect("a catalogue")
});

/// Reads `bytes` as a weights file of our own and as one of any library.
pub fn read_weights(bytes: &[u8]) {
    match Weights::from_safetensors("my.safetensors", bytes) {
        Ok(weights) => check(&weights),
        Err(error) => check_message(&error.to_string()),
    }
    match import::read("my.safetensors", bytes, &CATALOGUE, &Options::default()) {
        Ok(imported) => {
            let weights = &imported.weights;
            check(weights);
            assert_eq!(weights.vocabulary(), CATALOGUE.vocabulary());
            assert_eq!(weights.vocabulary_hash(), CATALOGUE.vocabulary_hash());
        }
        Err(error) => check_message(&error.to_string()),
    }
}

fn check(weights: &Weights) {
    let config = weights.config();
    assert_eq!(config.problem(), None);
    for (name, shape) in config.tensors(weights.vocabulary()) {
        let tensor = &weights.tensors()[&name];
        assert_eq!(tensor.shape, shape, "{name}");
        assert_eq!(tensor.values.len(), shape.iter().product::<usize>(), "{name}");
    }
    assert!(weights.tensors().values().flat_map(|tensor| &tensor.values).all(|value| value.is_finite()));
    let written = weights.to_safetensors().expect("what was read can be written");
    let again = Weights::from_safetensors("written", &written).expect("what was written can be read");
    assert_eq!(&again, weights);
}

/// A message names the file and is no wall of text.
fn check_message(message: &str) {
    assert!(message.starts_with("my.safetensors: "), "{message}");
}
