//! `interest-lens import` on a checkpoint of FuxiCTR: it asks what the file cannot say, and predictions answer.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use model::{Catalogue, Weights};

/// A DIN of ten products in four categories, with a user's feature.
fn checkpoint() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/peers/fuxi_din_0_dnnDice.pt")
}

/// Whether the program succeeds, and what it says.
fn import(folder: &Path, more: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interest-lens"));
    command.current_dir(folder).arg("import").arg(checkpoint());
    command.args(["--catalogue", "products.csv", "--output", "made/mine.safetensors"]).args(more);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

fn made(folder: &Path) -> Weights {
    Weights::from_safetensors("mine", &fs::read(folder.join("made/mine.safetensors")).unwrap()).unwrap()
}

#[test]
fn what_the_file_cannot_say_is_asked_and_settled_by_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let products = (1..=10).fold("id,title,category\n".to_owned(), |mut csv, product| {
        writeln!(csv, "p{product},Product {product},C{}", product % 4).unwrap();
        csv
    });
    fs::write(path.join("products.csv"), &products).unwrap();

    let (success, said) = import(path, &[]);
    assert!(!success && said.contains("--normalization: ") && said.contains("din_use_softmax"), "{said}");
    assert!(said.contains("none (taken by --assume-defaults)") && said.contains("--check"), "{said}");
    assert!(!path.join("made").exists());
    let (success, said) = import(path, &["--assume-defaults"]);
    assert!(success && said.contains("Attention's normalisation: none, the default of FuxiCTR"), "{said}");
    let (success, said) = import(path, &["--assume-defaults", "--evolution", "AGRU"]);
    assert!(!success && said.contains("option \"evolution\" is not one that FuxiCTR's DIN leaves open"), "{said}");

    let truth = ["--normalization", "softmax", "--query", "cate_id,item_id", "--context", "user_id=3"];
    assert!(import(path, &[&truth[..], &["--assume-defaults"]].concat()).0);
    let weights = made(path);
    let catalogue = Catalogue::from_csv("products.csv", products.as_bytes()).unwrap();
    let mut predictions = "history,candidate,probability\n".to_owned();
    for (history, candidate) in [(vec![], 2), (vec![7, 1], 0), (vec![2, 9, 4], 5), (vec![3], 8)] {
        let answer = model::reference::inspect(&weights, &catalogue.item_categories(), &history, &[candidate]).unwrap();
        let ids: Vec<String> = history.iter().map(|row| format!("p{}", row + 1)).collect();
        writeln!(predictions, "{},p{},{}", ids.join(" "), candidate + 1, answer[0].probability).unwrap();
    }
    fs::write(path.join("predictions.csv"), &predictions).unwrap();
    let (success, said) = import(path, &["--check", "predictions.csv"]);
    assert!(success && said.contains("4 predictions are reproduced"), "{said}");
    for settled in ["normalization: softmax", "query: cate_id,item_id", "context: user_id=3"] {
        assert!(said.contains(&format!("They settle {settled}.")), "{said}");
    }
    assert!(made(path).note("proof").unwrap().contains("4 predictions"));

    fs::write(path.join("predictions.csv"), predictions.replacen(",0.", ",0.9", 1)).unwrap();
    let (success, said) = import(path, &["--check", "predictions.csv"]);
    assert!(!success && said.contains("the nearest is off by"), "{said}");
}
