//! One forward pass of another library: its weights, its inputs, and what it computed.

use std::collections::BTreeMap;
use std::path::Path;

use import::{Checkpoint, Context, ImportError, Options, Source};
use model::Tensor;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use crate::VerifyError;

/// A fixture: `weights.*` under the library's names, `inputs.*`, `expected.*`, `derived.*`, and metadata.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Name of the file without its extension.
    pub name: String,
    /// The file's metadata.
    pub metadata: BTreeMap<String, String>,
    /// The network as its library has it.
    pub source: Source,
    /// The questions, one a row of the batch.
    pub rows: Vec<Question>,
    /// The auxiliary loss of the batch, where the library has one.
    pub auxiliary: Option<f64>,
}

/// One row of the batch. An item is its row of the item table and, where there are categories, of the category table.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The candidate.
    pub candidate: Item,
    /// The history, oldest first.
    pub history: Vec<Item>,
    /// For each step an item that was not clicked; empty where there are none.
    pub sampled: Vec<Item>,
    /// Features of the user and the context.
    pub context: Context,
    /// The click probability that the library computed.
    pub probability: f64,
    /// The same network's logit in double precision.
    pub logit: Option<f64>,
    /// Attention, `[step]`.
    pub attention: Option<Vec<f64>>,
    /// Interest states, `[step · hidden]`.
    pub interest_states: Option<Vec<f64>>,
    /// Evolution states, `[step · hidden]`.
    pub evolution_states: Option<Vec<f64>>,
}

/// Rows of the item table and the category table; the second is 0 where there is none.
pub type Item = (u32, u32);

/// A tensor of numbers in double precision.
#[derive(Debug, Clone)]
struct Numbers {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Numbers {
    fn read(view: &TensorView) -> Option<Self> {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect(),
            Dtype::F64 => data.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
            Dtype::I32 => data.as_chunks().0.iter().map(|&bytes| f64::from(i32::from_le_bytes(bytes))).collect(),
            Dtype::I64 => data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect(),
            _ => return None,
        };
        Some(Self { shape: view.shape().to_vec(), values })
    }

    /// The values of one row of the batch.
    fn row(&self, row: usize) -> &[f64] {
        let size = self.shape.iter().skip(1).product::<usize>();
        self.values.get(row * size..(row + 1) * size).unwrap_or_default()
    }
}

impl Fixture {
    /// Reads a fixture from a file. Where it has no `weights.*`, they are those of the file beside it of the same name and
    /// the extension .pt, .pth or .npz.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn open(path: &Path) -> Result<Self, VerifyError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| VerifyError::Read { file: file.clone(), source })?;
        let beside = ["pt", "pth", "npz"].map(|extension| path.with_extension(extension));
        let weights = beside.into_iter().find(|path| path.is_file());
        Self::read(&file, &bytes, weights.as_deref())
    }

    /// Reads a fixture. `file` names it in errors; `beside` is where its weights are if it has none.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn read(file: &str, bytes: &[u8], beside: Option<&Path>) -> Result<Self, VerifyError> {
        let problem = |problem: String| VerifyError::Fixture { file: file.to_owned(), problem };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| problem(error.to_string()))?;
        let metadata: BTreeMap<String, String> = header.metadata().clone().unwrap_or_default().into_iter().collect();
        let (mut weights, mut statistics, mut numbers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (name, view) in SafeTensors::deserialize(bytes).map_err(|error| problem(error.to_string()))?.iter() {
            let Some(read) = Numbers::read(&view) else {
                return Err(problem(format!("tensor \"{name}\" is {:?}, expected I64, I32, F64 or F32", view.dtype())));
            };
            match name.strip_prefix("weights.") {
                Some(name) => {
                    let values = read.values.iter().map(|&value| value as f32).collect();
                    weights.insert(name.to_owned(), Tensor { shape: read.shape, values });
                }
                None => {
                    // Statistics of a batch, which the DIEN authors' Dice takes in place of kept ones.
                    if let Some((dice, part)) = name.strip_prefix("derived.").and_then(|name| name.split_once('.')) {
                        let values = read.values.iter().map(|&value| value as f32).collect();
                        statistics.insert(format!("{dice}/{part}"), Tensor { shape: read.shape.clone(), values });
                    }
                    numbers.insert(name.to_owned(), read);
                }
            }
        }
        let checkpoint = match beside {
            Some(path) if weights.is_empty() => Checkpoint::open(path)?.with(metadata.clone(), statistics),
            _ => Checkpoint::new(file, metadata.clone(), weights).with(metadata.clone(), statistics),
        };
        let source = Source::new(checkpoint, &Options::default())?;
        let rows = Batch { file, numbers: &numbers, source: &source }.questions()?;
        // Some libraries divide by the padded steps too; the same loss over valid steps stands beside theirs.
        let auxiliary = numbers.get("derived.aux").or_else(|| numbers.get("expected.aux"));
        let auxiliary = auxiliary.and_then(|aux| aux.values.first().copied());
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, metadata, source, rows, auxiliary })
    }
}

/// The tensors that are not weights.
struct Batch<'a> {
    file: &'a str,
    numbers: &'a BTreeMap<String, Numbers>,
    source: &'a Source,
}

impl Batch<'_> {
    fn problem(&self, problem: impl Into<String>) -> VerifyError {
        VerifyError::Fixture { file: self.file.to_owned(), problem: problem.into() }
    }

    fn get(&self, name: &str) -> Result<&Numbers, VerifyError> {
        self.numbers.get(name).ok_or_else(|| self.problem(format!("tensor \"{name}\" is missing")))
    }

    fn questions(&self) -> Result<Vec<Question>, VerifyError> {
        let (item, category) = self.source.features();
        let expected = self.get("expected.y")?;
        let batch = expected.values.len();
        let candidates = self.items(&format!("inputs.{item}"), category.map(|name| format!("inputs.{name}")), batch)?;
        let [histories, sampled] = [false, true].map(|negative| self.sequences(negative, item, category));
        let Some((history_items, history_categories)) = histories else {
            return Err(self.problem(format!("no input of shape [batch, step] is a history of \"{item}\" by its name")));
        };
        let histories = self.items(&history_items, history_categories, batch)?;
        let sampled = match sampled {
            Some((items, categories)) => self.items(&items, categories, batch)?,
            None => vec![Vec::new(); batch],
        };
        let lengths = ["seq_length", "seq_len", "item_length", "hist_length", "length"]
            .iter()
            .find_map(|name| self.numbers.get(&format!("inputs.{name}")));
        let states = |name: &str, row: usize, length: usize| {
            let numbers = self.numbers.get(&format!("derived.{name}"))?;
            let width = numbers.shape.get(2).copied().unwrap_or(1);
            Some(numbers.row(row).iter().take(length * width).copied().collect::<Vec<_>>())
        };
        (0..batch)
            .map(|row| {
                // Padding is item 0, after the end.
                let padded = histories[row].iter().take_while(|(item, _)| *item != 0).count();
                let length = lengths.map_or(padded, |lengths| lengths.row(row).first().map_or(0, |&l| l as usize));
                if length > histories[row].len() {
                    return Err(self.problem(format!("history {row} has length {length}, more than it has steps")));
                }
                Ok(Question {
                    candidate: candidates[row][0],
                    history: histories[row][..length].to_vec(),
                    sampled: sampled[row].iter().take(length).copied().collect(),
                    context: self.context(row)?,
                    probability: expected.values[row],
                    logit: self.numbers.get("derived.logit").and_then(|logit| logit.row(row).first().copied()),
                    attention: states("att", row, length),
                    interest_states: states("gru", row, length),
                    evolution_states: states("augru", row, length),
                })
            })
            .collect()
    }

    /// The inputs `[batch, step]` of clicked or of sampled items, and of their categories: those that are histories of the
    /// features by their names, such as "hist_item_id", or the one that is left.
    fn sequences(&self, negative: bool, item: &str, category: Option<&str>) -> Option<(String, Option<String>)> {
        let is_sequence = |name: &&str| {
            self.numbers[&format!("inputs.{name}")].shape.len() == 2
                && (name.contains("neg") || name.contains("noclk")) == negative
        };
        let inputs = self.numbers.keys().filter_map(|name| name.strip_prefix("inputs."));
        let sequences: Vec<&str> = inputs.filter(is_sequence).collect();
        let of = |feature: &str| sequences.iter().copied().find(|name| import::is_history_of(name, feature));
        let left = |taken: Option<&str>| {
            let mut left = sequences.iter().copied().filter(|name| Some(*name) != taken);
            left.next().filter(|_| left.next().is_none())
        };
        let of_category = category.and_then(of);
        let items = of(item).or_else(|| left(of_category))?;
        let categories = of_category.or_else(|| category.and_then(|_| left(Some(items))));
        let input = |name: &str| format!("inputs.{name}");
        Some((input(items), categories.map(input)))
    }

    /// The items of each row of two inputs, which must be rows of their tables.
    fn items(&self, items: &str, categories: Option<String>, batch: usize) -> Result<Vec<Vec<Item>>, VerifyError> {
        let (item_rows, category_rows) = self.source.table_rows();
        let read = |name: &str, rows: usize| -> Result<Vec<Vec<u32>>, VerifyError> {
            let numbers = self.get(name)?;
            if let Some(id) = numbers.values.iter().find(|&&id| !(id >= 0.0 && id < rows as f64)) {
                return Err(self.problem(format!("tensor \"{name}\" has {id}, but its table has {rows} rows")));
            }
            if numbers.shape.first() != Some(&batch) {
                let shape = &numbers.shape;
                return Err(self.problem(format!("tensor \"{name}\" has shape {shape:?}, expected [{batch}, …]")));
            }
            Ok((0..batch).map(|row| numbers.row(row).iter().map(|&id| id as u32).collect()).collect())
        };
        let items = read(items, item_rows)?;
        let categories = match (categories, category_rows) {
            (Some(name), Some(rows)) => read(&name, rows)?,
            _ => items.iter().map(|row| vec![0; row.len()]).collect(),
        };
        Ok(items
            .into_iter()
            .zip(categories)
            .map(|(items, categories)| items.into_iter().zip(categories).collect())
            .collect())
    }

    /// The features of the user and the context of a row: inputs of their names, and of shape `[batch]`.
    fn context(&self, row: usize) -> Result<Context, VerifyError> {
        self.source
            .context()
            .map(|feature| {
                let short = feature.trim_end_matches("_id");
                let numbers = [feature, short].iter().find_map(|name| self.numbers.get(&format!("inputs.{name}")));
                match numbers.and_then(|numbers| numbers.row(row).first()) {
                    Some(&value) => Ok((feature.to_owned(), value)),
                    None => Err(self.problem(format!("tensor \"inputs.{feature}\" is missing"))),
                }
            })
            .collect()
    }
}

impl From<ImportError> for VerifyError {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}
