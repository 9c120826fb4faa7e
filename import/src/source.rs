//! A network as its library has it, and how our weights are made of it.

use std::collections::BTreeMap;

use crate::body::{Body, MAX_HISTORY};
use crate::error::ImportError;
use crate::layers::{Dense, Mlp};
use crate::options::{Context, Options};
use crate::rows::Rows;
use model::{Activation, Config, HeadConfig, Tensor, Vocabulary, Weights};

/// An embedding table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Name of the feature.
    pub feature: String,
    pub rows: usize,
    pub dim: usize,
    /// [rows, dim].
    pub values: Vec<f32>,
}

impl Table {
    pub fn new(feature: &str, tensor: Tensor) -> Self {
        Self { feature: feature.to_owned(), rows: tensor.shape[0], dim: tensor.shape[1], values: tensor.values }
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dim..][..self.dim]
    }

    /// The mean of all rows but the first, which is padding everywhere; of the only one, where there is one.
    fn mean(&self) -> Vec<f32> {
        let rows = if self.rows > 1 { 1..self.rows } else { 0..self.rows };
        let count = rows.len() as f64;
        (0..self.dim)
            .map(|column| (rows.clone().map(|row| f64::from(self.row(row)[column])).sum::<f64>() / count) as f32)
            .collect()
    }
}

/// A part of the head's input.
#[derive(Debug, Clone)]
pub(super) enum HeadPart {
    /// v or h'_T.
    Interest,
    Item,
    Category,
    /// q⊙v.
    InterestProduct,
    /// Σ_j k_j.
    KeySum,
    /// q⊙Σ_j k_j.
    KeyProduct,
    /// A feature of the user or the context, by an embedding.
    Feature(Table),
    /// A number, by name.
    Number(String),
}

/// A network as its library has it, ready to be put together for a catalogue.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) file: String,
    /// Name of the library.
    pub(super) peer: &'static str,
    /// Item table [rows, dim] and its feature's name.
    pub(super) item: Table,
    /// Category table [rows, dim]; none where items have no category.
    pub(super) category: Option<Table>,
    pub(super) body: Body,
    /// Parts of the head's input, in its order.
    pub(super) head_input: Vec<HeadPart>,
    pub(super) head: Mlp,
    pub(super) notes: Vec<String>,
}

impl Source {
    /// Library and network, such as "FuxiCTR's DIEN".
    pub fn network(&self) -> String {
        let network = match self.body {
            Body::Din { .. } => "DIN",
            Body::Dien { .. } => "DIEN",
            Body::ComirecSa(_) => "ComiRec-SA",
        };
        format!("{}'s {network}", self.peer)
    }

    /// What was left to defaults, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Name of the feature that is the item, and of its category.
    pub fn features(&self) -> (&str, Option<&str>) {
        (&self.item.feature, self.category.as_ref().map(|table| table.feature.as_str()))
    }

    /// Names of the user's and the context's features.
    pub fn context(&self) -> impl Iterator<Item = &str> {
        self.head_input.iter().filter_map(|part| match part {
            HeadPart::Feature(table) => Some(table.feature.as_str()),
            HeadPart::Number(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Rows of the item table, and of the category table where there is one.
    pub fn table_rows(&self) -> (usize, Option<usize>) {
        (self.item.rows, self.category.as_ref().map(|table| table.rows))
    }

    fn width(&self) -> usize {
        self.item.dim + self.category.as_ref().map_or(0, |table| table.dim)
    }

    fn interest_width(&self) -> usize {
        match &self.body {
            Body::Din { .. } | Body::ComirecSa(_) => self.width(),
            Body::Dien { second, .. } => second.hidden.from,
        }
    }

    fn part_width(&self, part: &HeadPart) -> usize {
        match part {
            HeadPart::Interest | HeadPart::InterestProduct => self.interest_width(),
            HeadPart::Item => self.item.dim,
            HeadPart::Category => self.category.as_ref().map_or(0, |table| table.dim),
            HeadPart::KeySum | HeadPart::KeyProduct => self.width(),
            HeadPart::Feature(table) => table.dim,
            HeadPart::Number(_) => 1,
        }
    }

    /// Whether the head takes what its input is made of, and options name features that exist.
    pub(super) fn check_head(&self, options: &Options) -> Result<(), ImportError> {
        let found = self.head.inputs();
        let expected: usize = self.head_input.iter().map(|part| self.part_width(part)).sum();
        let unsupported = |problem| Err(ImportError::Unsupported { file: self.file.clone(), problem });
        if found != expected {
            let parts: Vec<String> =
                self.head_input.iter().map(|part| format!("{} {}", part.name(self), self.part_width(part))).collect();
            return unsupported(format!(
                "the head takes {found} inputs, but [{}] are {expected}; say in which order with top_mlp_input",
                parts.join(", ")
            ));
        }
        if !self.head_input.iter().any(|part| matches!(part, HeadPart::Interest)) {
            return unsupported("the head's input (top_mlp_input) lacks the interest".to_owned());
        }
        if self.head.output.to != 1 {
            return unsupported(format!("the head ends in {} units, expected one", self.head.output.to));
        }
        let names: Vec<&str> = self.context().collect();
        match options.context.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(ImportError::Option {
                file: self.file.clone(),
                option: "context".to_owned(),
                problem: format!("has no feature \"{name}\"; there are: {}", names.join(", ")),
            }),
            None => Ok(()),
        }
    }

    /// Our weights for the items of `rows`, with the `context`'s features at these values, and a sentence for each feature
    /// that has none.
    ///
    /// # Errors
    /// [`ImportError::Option`] for a value that a feature cannot have, and what [`Weights::new`] says.
    pub fn weights(
        &self,
        rows: &Rows,
        context: &Context,
        vocabulary_hash: String,
    ) -> Result<(Weights, Vec<String>), ImportError> {
        let mut tensors = BTreeMap::new();
        let gather = |table: &Table, rows: &[u32]| Tensor {
            shape: vec![rows.len(), table.dim],
            values: rows.iter().flat_map(|&row| table.row(row as usize)).copied().collect(),
        };
        let categories = match &self.category {
            Some(table) => gather(table, &rows.categories),
            None => Tensor { shape: vec![rows.categories.len(), 0], values: Vec::new() },
        };
        let vocabulary = Vocabulary { items: rows.items.len(), categories: rows.categories.len() };
        let category_dim = categories.shape[1];
        tensors.insert("embedding.item.weight".to_owned(), gather(&self.item, &rows.items));
        tensors.insert("embedding.category.weight".to_owned(), categories);

        let (head, options, notes) = self.head(context)?;
        let (hidden, activation) = head.write(&self.file, "head", &mut tensors)?;
        let config = Config {
            item_dim: self.item.dim,
            category_dim,
            max_history: MAX_HISTORY,
            network: self.body.clone().write(&self.file, self.padding(), &mut tensors)?,
            head: HeadConfig { hidden, activation, ..options },
        };
        Ok((Weights::new(&self.file, config, vocabulary, vocabulary_hash, tensors)?, notes))
    }

    /// Padding's representation, where an empty history is a weighted mean of it and not 0.
    fn padding(&self) -> Option<Vec<f32>> {
        let category = self.category.iter().flat_map(|table| table.row(0));
        let padding: Vec<f32> = self.item.row(0).iter().chain(category).copied().collect();
        padding.iter().any(|&value| value != 0.0).then_some(padding)
    }

    /// The head with its first layer's rows in our order, the context's features in its bias.
    fn head(&self, context: &Context) -> Result<(Mlp, HeadConfig, Vec<String>), ImportError> {
        let has = |wanted: fn(&HeadPart) -> bool| self.head_input.iter().any(wanted);
        let options = HeadConfig {
            hidden: Vec::new(),
            activation: Activation::Relu,
            interest_product: has(|part| matches!(part, HeadPart::InterestProduct)),
            key_sum: has(|part| matches!(part, HeadPart::KeySum | HeadPart::KeyProduct)),
            wide: false,
        };
        let mut head = self.head.clone();
        let mut notes = Vec::new();
        let Some((first, _)) = head.hidden.first_mut() else { return Ok((head, options, notes)) };
        let units = first.to;
        let (interest, width) = (self.interest_width(), self.width());
        // Where each part goes in [interest, q, q⊙interest?, Σk?, q⊙Σk?].
        let product = interest + width;
        let key_sum = product + if options.interest_product { interest } else { 0 };
        let total = key_sum + if options.key_sum { 2 * width } else { 0 };
        let mut weight = vec![0.0; total * units];
        let mut bias: Vec<f64> = first.bias.iter().map(|&bias| f64::from(bias)).collect();
        let mut from = 0;
        for part in &self.head_input {
            let part_width = self.part_width(part);
            let rows = &first.weight[from * units..][..part_width * units];
            from += part_width;
            let to = match part {
                HeadPart::Interest => 0,
                HeadPart::Item => interest,
                HeadPart::Category => interest + self.item.dim,
                HeadPart::InterestProduct => product,
                HeadPart::KeySum => key_sum,
                HeadPart::KeyProduct => key_sum + width,
                HeadPart::Feature(_) | HeadPart::Number(_) => {
                    let values = self.context_value(part, context, &mut notes)?;
                    for (row, value) in rows.chunks_exact(units).zip(values) {
                        for (bias, weight) in bias.iter_mut().zip(row) {
                            *bias += f64::from(value) * f64::from(*weight);
                        }
                    }
                    continue;
                }
            };
            // A part that occurs twice counts twice.
            for (weight, more) in weight[to * units..].iter_mut().zip(rows) {
                *weight += more;
            }
        }
        *first = Dense { from: total, to: units, weight, bias: bias.into_iter().map(|bias| bias as f32).collect() };
        Ok((head, options, notes))
    }

    /// The values of a context feature.
    fn context_value(
        &self,
        part: &HeadPart,
        context: &Context,
        notes: &mut Vec<String>,
    ) -> Result<Vec<f32>, ImportError> {
        match part {
            HeadPart::Feature(table) => match context.get(&table.feature) {
                Some(&row) if row >= 0.0 && row.fract() == 0.0 && row < table.rows as f64 => {
                    Ok(table.row(row as usize).to_vec())
                }
                Some(row) => Err(ImportError::Option {
                    file: self.file.clone(),
                    option: "context".to_owned(),
                    problem: format!("has {}={row}, which is no row of its table of {}", table.feature, table.rows),
                }),
                None => {
                    notes.push(format!(
                        "Feature \"{}\" is the mean of its table's {} rows after the first, for everybody.",
                        table.feature,
                        table.rows.saturating_sub(1)
                    ));
                    Ok(table.mean())
                }
            },
            HeadPart::Number(name) => match context.get(name) {
                Some(&value) => Ok(vec![value as f32]),
                None => {
                    notes.push(format!("Feature \"{name}\" is 0 for everybody."));
                    Ok(vec![0.0])
                }
            },
            _ => Ok(Vec::new()),
        }
    }
}

impl HeadPart {
    fn name<'a>(&'a self, source: &'a Source) -> &'a str {
        match self {
            Self::Interest => "interest",
            Self::Item => &source.item.feature,
            Self::Category => source.features().1.unwrap_or("category"),
            Self::InterestProduct => "query*interest",
            Self::KeySum => "sum of history",
            Self::KeyProduct => "query*sum",
            Self::Feature(table) => &table.feature,
            Self::Number(name) => name,
        }
    }
}
