//! A network as its library has it, and how our weights are made of it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::body::{Body, MAX_HISTORY};
use crate::error::ImportError;
use crate::layers::{Dense, Mlp};
use crate::options::{Context, Options};
use crate::question::Question;
use crate::rows::{Rows, Zero};
use model::{Activation, Config, HeadConfig, Normalization, Tensor, Vocabulary, Weights};

/// An embedding table.
#[derive(Debug, Clone, PartialEq)]
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

/// A feature of the products.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub table: Table,
    /// The table of the clicks, where they have another than the candidate.
    pub of_clicks: Option<Table>,
    pub of: Of,
}

/// What says which row of a feature's table a product has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Which product it is.
    Item,
    /// Its category.
    Category,
    /// Rows of its own, see [`Options::feature_rows`].
    Rows,
}

/// A part of the head's input.
#[derive(Debug, Clone)]
pub(super) enum HeadPart {
    /// A part of v or h'_T.
    Interest(Range<usize>),
    /// A part of q.
    Query(Range<usize>),
    /// A feature of the candidate that its clicks do not have, by its place in [`Source::plain`].
    Plain(usize),
    /// q⊙v.
    InterestProduct,
    /// Σ_j k_j.
    KeySum,
    /// q⊙Σ_j k_j.
    KeyProduct,
    /// A feature of the user or the context, by an embedding.
    Feature(Table),
    /// A number times a vector, by name.
    Scaled(String, Vec<f32>),
    /// A number, by name.
    Number(String),
    /// What is pooled of a feature of the user's of several values, by name.
    Fixed(String, Vec<f32>),
}

/// A network as its library has it, ready to be put together for a catalogue.
#[derive(Debug, Clone)]
pub struct Source {
    pub(super) file: String,
    /// Name of the library.
    pub(super) peer: &'static str,
    /// The features of the query and of each click, in their order.
    pub(super) query: Vec<Field>,
    /// Places in the query of the features of a click, in the click's order.
    pub(super) clicks: Vec<usize>,
    /// The features of the candidate alone.
    pub(super) plain: Vec<Field>,
    /// What the library does with row 0.
    pub(super) zero: Zero,
    pub(super) body: Body,
    /// Parts of the head's input, in its order.
    pub(super) head_input: Vec<HeadPart>,
    pub(super) head: Mlp,
    pub(super) questions: Vec<Question>,
    /// Questions that nobody is asked, see [`Asked`](crate::asked::Asked).
    pub(super) rare: Vec<Question>,
    pub(super) notes: Vec<String>,
}

/// How an item's vector is laid out in our tables.
struct Layout {
    /// Width of the query.
    query: usize,
    /// Where a click's own numbers begin.
    key: usize,
    /// Where the features of the candidate alone begin.
    plain: usize,
    width: usize,
    /// Whether item and category keep a table each.
    tables: bool,
}

impl Source {
    /// Library and network, such as "FuxiCTR's DIEN".
    pub fn network(&self) -> String {
        network(self.peer, &self.body)
    }

    /// What was left to defaults, in sentences.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        self.questions.iter().chain(&self.rare).map(Question::note).chain(self.notes.iter().cloned())
    }

    /// Name of the feature that is the item, and of its category.
    pub fn features(&self) -> (&str, Option<&str>) {
        let name = |of: Of| self.field(of).map(|field| field.table.feature.as_str());
        (name(Of::Item).unwrap_or_default(), name(Of::Category))
    }

    fn field(&self, of: Of) -> Option<&Field> {
        self.query.iter().chain(&self.plain).find(|field| field.of == of)
    }

    /// Names of the user's and the context's features.
    pub fn context(&self) -> impl Iterator<Item = &str> {
        self.head_input.iter().filter_map(|part| match part {
            HeadPart::Feature(table) => Some(table.feature.as_str()),
            HeadPart::Number(name) | HeadPart::Scaled(name, _) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Rows of the tables of the user's and the context's features, by name; those that are numbers have none.
    pub(super) fn context_rows(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        self.head_input.iter().filter_map(|part| match part {
            HeadPart::Feature(table) => Some((table.feature.as_str(), Some(table.rows))),
            HeadPart::Number(name) | HeadPart::Scaled(name, _) => Some((name.as_str(), None)),
            _ => None,
        })
    }

    /// Rows of the item table, and of the category table where there is one.
    pub fn table_rows(&self) -> (usize, Option<usize>) {
        let rows = |of: Of| self.field(of).map(|field| field.table.rows);
        (rows(Of::Item).unwrap_or_default(), rows(Of::Category))
    }

    fn query_width(&self) -> usize {
        self.query.iter().map(|field| field.table.dim).sum()
    }

    fn interest_width(&self) -> usize {
        match &self.body {
            Body::Din { .. } | Body::ComirecSa(_) => self.query_width(),
            Body::Dien { second, .. } => second.hidden.from,
        }
    }

    fn part_width(&self, part: &HeadPart) -> usize {
        match part {
            HeadPart::Interest(range) | HeadPart::Query(range) => range.len(),
            HeadPart::Plain(place) => self.plain.get(*place).map_or(0, |field| field.table.dim),
            HeadPart::InterestProduct => self.interest_width(),
            HeadPart::KeySum | HeadPart::KeyProduct => self.query_width(),
            HeadPart::Feature(table) => table.dim,
            HeadPart::Scaled(_, vector) | HeadPart::Fixed(_, vector) => vector.len(),
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
                "the head takes {found} inputs, but [{}] are {expected}; say which parts it takes with top_mlp_input \
                 (--head-input), or save all tensors of the model",
                parts.join(", ")
            ));
        }
        let interest: usize =
            self.head_input.iter().map(|part| if let HeadPart::Interest(range) = part { range.len() } else { 0 }).sum();
        if interest < self.interest_width() {
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

    fn layout(&self, rows: &Rows) -> Layout {
        let query = self.query_width();
        let kinds: Vec<Of> = self.query.iter().map(|field| field.of).collect();
        let shared = self.query.iter().all(|field| field.of_clicks.is_none())
            && self.clicks.is_sorted()
            && !self.is_masked(rows);
        let key = if shared { 0 } else { query };
        let plain = key + query;
        let width = plain + self.plain.iter().map(|field| field.table.dim).sum::<usize>();
        let tables =
            shared && self.plain.is_empty() && matches!(kinds.as_slice(), [Of::Item] | [Of::Item, Of::Category]);
        Layout { query, key, plain, width, tables }
    }

    /// Whether a product of `rows` has row 0, which the library takes for no click.
    fn is_masked(&self, rows: &Rows) -> bool {
        let is_zero = |field: &Field| match field.of {
            Of::Item => rows.items.contains(&0),
            Of::Category => rows.categories.contains(&0),
            Of::Rows => rows.more.get(&field.table.feature).is_some_and(|rows| rows.contains(&0)),
        };
        self.zero == Zero::Masked && self.query.iter().any(is_zero)
    }

    /// Our weights for the items of `rows`, with the `context`'s features at these values, and a sentence for each feature
    /// that has none.
    ///
    /// # Errors
    /// [`ImportError::Option`] for a value that a feature cannot have, [`ImportError::Catalogue`] for products that the library
    /// cannot tell from padding, and what [`Weights::new`] says.
    pub fn weights(
        &self,
        rows: &Rows,
        context: &Context,
        vocabulary_hash: String,
    ) -> Result<(Weights, Vec<String>), ImportError> {
        let layout = self.layout(rows);
        let unsupported = |problem| ImportError::Unsupported { file: self.file.clone(), problem };
        let mut tensors = BTreeMap::new();
        let gather = |table: &Table, rows: &[u32]| Tensor {
            shape: vec![rows.len(), table.dim],
            values: rows.iter().flat_map(|&row| table.row(row as usize)).copied().collect(),
        };
        let mut body = self.body.clone();
        let (items, categories) = if layout.tables {
            let no_category = Tensor { shape: vec![rows.categories.len(), 0], values: Vec::new() };
            let of_category = |table: &Table| gather(table, &rows.categories);
            let table = |place: usize| self.query.get(place).map(|field| &field.table);
            let items = table(0).map_or(no_category.clone(), |table| gather(table, &rows.items));
            (items, table(1).map_or(no_category, of_category))
        } else {
            body.spread(layout.key, layout.width).map_err(|problem| unsupported(format!("the network {problem}")))?;
            (self.joined(rows, &layout)?, Tensor { shape: vec![rows.categories.len(), 0], values: Vec::new() })
        };
        let vocabulary = Vocabulary { items: rows.items.len(), categories: rows.categories.len() };
        let (item_dim, category_dim) = (items.shape[1], categories.shape[1]);
        tensors.insert("embedding.item.weight".to_owned(), items);
        tensors.insert("embedding.category.weight".to_owned(), categories);

        let (head, options, notes) = self.head(&layout, context)?;
        let (hidden, activation) = head.write(&self.file, "head", &mut tensors)?;
        let config = Config {
            item_dim,
            category_dim,
            max_history: MAX_HISTORY,
            network: body.write(&self.file, self.padding(&layout), &mut tensors)?,
            head: HeadConfig { hidden, activation, ..options },
        };
        Ok((Weights::new(&self.file, config, vocabulary, vocabulary_hash, tensors)?, notes))
    }

    /// Items as vectors of all their features: those of the query, those of a click where they are others, and those of the
    /// candidate alone. One that the library takes for no click is 0 as a click.
    fn joined(&self, rows: &Rows, layout: &Layout) -> Result<Tensor, ImportError> {
        let failed = |problem: String| ImportError::Catalogue { file: self.file.clone(), problem };
        let row = |field: &Field, item: usize| -> Result<usize, ImportError> {
            let feature = &field.table.feature;
            let row = match field.of {
                Of::Item => rows.items.get(item),
                Of::Category => {
                    rows.item_categories.get(item).and_then(|&category| rows.categories.get(category as usize))
                }
                Of::Rows => rows.more.get(feature).and_then(|rows| rows.get(item)),
            };
            match row {
                Some(&row) if (row as usize) < field.table.rows => Ok(row as usize),
                Some(row) => {
                    Err(failed(format!("\"{feature}\" has row {row}, but its table has {} rows", field.table.rows)))
                }
                None => Err(failed(format!(
                    "\"{feature}\" is a feature of the products; give the catalogue a column \"{feature}_row\" with each \
                     product's row of its table, or rows with blanks between them"
                ))),
            }
        };
        let masked = self.is_masked(rows);
        if masked && !matches!(self.body, Body::Din { normalization: Normalization::None, .. }) {
            return Err(failed(format!(
                "a product has row 0, which {} takes for padding in a history, so that its clicks count nothing; train with \
                 labels from 1 on",
                self.peer
            )));
        }
        let mut values = Vec::with_capacity(rows.items.len() * layout.width);
        for item in 0..rows.items.len() {
            let places: Vec<usize> = self.query.iter().map(|field| row(field, item)).collect::<Result<_, _>>()?;
            for (field, &place) in self.query.iter().zip(&places) {
                values.extend_from_slice(field.table.row(place));
            }
            if layout.key > 0 && masked && places.contains(&0) {
                values.extend(vec![0.0; layout.query]);
            } else if layout.key > 0 {
                for (field, place) in self.clicks.iter().map(|&click| (&self.query[click], places[click])) {
                    let table = field.of_clicks.as_ref().unwrap_or(&field.table);
                    if place >= table.rows {
                        let (feature, count) = (&table.feature, table.rows);
                        return Err(failed(format!(
                            "row {place} of \"{feature}\" is asked for, but its table has {count}"
                        )));
                    }
                    values.extend_from_slice(table.row(place));
                }
            }
            for field in &self.plain {
                values.extend_from_slice(field.table.row(row(field, item)?));
            }
        }
        Ok(Tensor { shape: vec![rows.items.len(), layout.width], values })
    }

    /// Padding's representation, where an empty history is a weighted mean of it and not 0.
    fn padding(&self, layout: &Layout) -> Option<Vec<f32>> {
        let table = |field: &'_ Field| field.of_clicks.clone().unwrap_or_else(|| field.table.clone());
        let own: Vec<f32> = self.clicks.iter().flat_map(|&click| table(&self.query[click]).row(0).to_vec()).collect();
        let mut padding = vec![0.0; layout.width];
        padding[layout.key..][..own.len()].copy_from_slice(&own);
        padding.iter().any(|&value| value != 0.0).then_some(padding)
    }

    /// The head with its first layer's rows in our order, the context's features in its bias.
    fn head(&self, layout: &Layout, context: &Context) -> Result<(Mlp, HeadConfig, Vec<String>), ImportError> {
        let has = |wanted: fn(&HeadPart) -> bool| self.head_input.iter().any(wanted);
        let options = HeadConfig {
            hidden: Vec::new(),
            activation: Activation::Relu,
            interest_product: has(|part| matches!(part, HeadPart::InterestProduct)),
            key_sum: has(|part| matches!(part, HeadPart::KeySum | HeadPart::KeyProduct)),
            wide: false,
        };
        if layout.key > 0 && has(|part| matches!(part, HeadPart::InterestProduct | HeadPart::KeyProduct)) {
            let problem =
                "the head multiplies the query with clicks, which have tables of their own; share them".to_owned();
            return Err(ImportError::Unsupported { file: self.file.clone(), problem });
        }
        let mut head = self.head.clone();
        let mut notes = Vec::new();
        let first = head.first();
        let units = first.to;
        // Ours is as wide as a click in DIN, whose interest is made of clicks, and as the states in DIEN.
        let (of_clicks, interest) = match &self.body {
            Body::Din { .. } | Body::ComirecSa(_) => (layout.key, layout.width),
            Body::Dien { second, .. } => (0, second.hidden.from),
        };
        // Where each part goes in [interest, q, q⊙interest?, Σk?, q⊙Σk?].
        let product = interest + layout.width;
        let key_sum = product + if options.interest_product { interest } else { 0 };
        let total = key_sum + if options.key_sum { 2 * layout.width } else { 0 };
        let mut weight = vec![0.0; total * units];
        let mut bias: Vec<f64> = first.bias.iter().map(|&bias| f64::from(bias)).collect();
        let mut from = 0;
        for part in &self.head_input {
            let part_width = self.part_width(part);
            let rows = &first.weight[from * units..][..part_width * units];
            from += part_width;
            let to = match part {
                HeadPart::Interest(range) => of_clicks + range.start,
                HeadPart::Query(range) => interest + range.start,
                HeadPart::Plain(place) => {
                    let before = self.plain.iter().take(*place).map(|field| field.table.dim).sum::<usize>();
                    interest + layout.plain + before
                }
                HeadPart::InterestProduct => product,
                HeadPart::KeySum => key_sum + layout.key,
                HeadPart::KeyProduct => key_sum + layout.width,
                HeadPart::Feature(_) | HeadPart::Number(_) | HeadPart::Scaled(..) | HeadPart::Fixed(..) => {
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
            HeadPart::Number(name) | HeadPart::Scaled(name, _) => {
                let value = context.get(name).copied().unwrap_or_else(|| {
                    notes.push(format!("Feature \"{name}\" is 0 for everybody."));
                    0.0
                });
                let vector = if let HeadPart::Scaled(_, vector) = part { vector.as_slice() } else { &[1.0] };
                Ok(vector.iter().map(|entry| (f64::from(*entry) * value) as f32).collect())
            }
            HeadPart::Fixed(_, vector) => Ok(vector.clone()),
            _ => Ok(Vec::new()),
        }
    }
}

/// Library and network, such as "FuxiCTR's DIEN".
pub(super) fn network(peer: &str, body: &Body) -> String {
    let network = match body {
        Body::Din { .. } => "DIN",
        Body::Dien { .. } => "DIEN",
        Body::ComirecSa(_) => "ComiRec-SA",
    };
    format!("{peer}'s {network}")
}

impl HeadPart {
    fn name<'a>(&'a self, source: &'a Source) -> &'a str {
        match self {
            Self::Interest(_) => "interest",
            Self::Query(range) => {
                let mut at = 0;
                let starts = source.query.iter().find(|field| {
                    at += field.table.dim;
                    at > range.start
                });
                starts.map_or("query", |field| &field.table.feature)
            }
            Self::Plain(place) => source.plain.get(*place).map_or("candidate", |field| &field.table.feature),
            Self::InterestProduct => "query*interest",
            Self::KeySum => "sum of history",
            Self::KeyProduct => "query*sum",
            Self::Feature(table) => &table.feature,
            Self::Scaled(name, _) | Self::Fixed(name, _) | Self::Number(name) => name,
        }
    }
}
