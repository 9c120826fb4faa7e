//! The split in a plain form, so that other programs can train and be measured on the very same data.

use std::fs;
use std::path::Path;

use crate::exam::{Exam, SET_NAMES};
use crate::samples::{Negatives, Question, Sampler};
use crate::search;
use crate::split::Split;
use crate::train::validation_questions;
use model::Catalogue;

/// Why a split could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct ExportError {
    file: String,
    problem: String,
}

/// Writes to `folder`:
///
/// - `items.csv`: row, id, category (a row too) and popularity (customers) of each item
/// - `train.csv`: user, basket and item row of each purchase of the training users, oldest first
/// - `validation-NEGATIVES.csv` and `PROTOCOL-NEGATIVES.csv`: the questions that choose an epoch and that are measured at
///   the end. history and candidates are item rows with spaces between them; the history is oldest first, and the first
///   candidate is the item that was bought
/// - `split.json`: the hash of the split, the longest history, and the [search](crate::search::declared) that every network has
///
/// # Errors
/// The file that cannot be written.
pub fn export(catalogue: &Catalogue, split: &Split, max_history: usize, folder: &Path) -> Result<(), ExportError> {
    let failed = |file: &Path, problem: String| ExportError { file: file.display().to_string(), problem };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error.to_string()))?;
    let write = |name: &str, header: &[&str], rows: Vec<Vec<String>>| {
        let file = folder.join(name);
        let written = csv::Writer::from_path(&file).and_then(|mut writer| {
            writer.write_record(header)?;
            for row in rows {
                writer.write_record(row)?;
            }
            Ok(writer.flush()?)
        });
        written.map_err(|error| failed(&file, error.to_string()))
    };

    let items = catalogue.items().iter().enumerate().map(|(row, item)| {
        vec![row.to_string(), item.id.clone(), item.category.to_string(), item.popularity.to_string()]
    });
    write("items.csv", &["row", "id", "category", "popularity"], items.collect())?;

    let purchases = split.train.users.iter().flat_map(|user| {
        user.events.iter().map(|event| vec![user.id.clone(), event.basket.to_string(), event.item.to_string()])
    });
    write("train.csv", &["user", "basket", "item"], purchases.collect())?;

    let asked = |questions: &[Question]| {
        let list = |items: &[u32]| items.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        questions.iter().map(|question| vec![list(question.last(max_history)), list(&question.candidates)]).collect()
    };
    let header = ["history", "candidates"];
    let (sampler, validation) = (Sampler::new(catalogue), split.validation.purchases());
    for (negatives, name) in [(Negatives::Uniform, "uniform"), (Negatives::Popularity, "popularity")] {
        let chosen = validation_questions(&validation, &sampler, negatives, max_history);
        write(&format!("validation-{name}.csv"), &header, asked(&chosen))?;
    }
    for (name, measured) in SET_NAMES.iter().zip(Exam::new(catalogue, &split.test).sets) {
        write(&format!("{name}.csv"), &header, asked(&measured))?;
    }
    let json = serde_json::json!({ "split": split.hash(), "max_history": max_history, "search": search::declared() });
    let file = folder.join("split.json");
    fs::write(&file, format!("{json:#}\n")).map_err(|error| failed(&file, error.to_string()))
}
