//! A network of any source in the parts that all of them have, and how our weights are made of these.

use std::collections::BTreeMap;

use super::options::{Asked, Plain};
use super::{Checkpoint, Context, ImportError, Options, Rows, deepctr, deepctr_torch, dien_authors, fuxictr, recbole};
use model::{
    Activation, Auxiliary, Config, DienAttention, DienConfig, DinConfig, Evolution, HeadConfig, LocalActivationConfig,
    NetworkConfig, Normalization, Reset, Tensor, Vocabulary, Weights,
};

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

/// A dense layer y = x·W + b.
#[derive(Debug, Clone)]
pub(super) struct Dense {
    pub from: usize,
    pub to: usize,
    /// W, [from, to].
    pub weight: Vec<f32>,
    /// b, [to].
    pub bias: Vec<f32>,
}

impl Dense {
    /// From PyTorch's weight, [to, from].
    pub fn from_rows(weight: Tensor, bias: Option<Vec<f32>>) -> Self {
        let (to, from) = (weight.shape[0], weight.shape[1]);
        let transposed =
            (0..from).flat_map(|row| (0..to).map(move |column| column * from + row)).map(|index| weight.values[index]);
        Self { from, to, weight: transposed.collect(), bias: bias.unwrap_or_else(|| vec![0.0; to]) }
    }

    /// Scales unit after unit of the output, and shifts it.
    pub fn scale(&mut self, scale: &[f32], shift: &[f32]) {
        for row in self.weight.chunks_exact_mut(self.to) {
            row.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
        }
        for ((bias, scale), shift) in self.bias.iter_mut().zip(scale).zip(shift) {
            *bias = *bias * scale + shift;
        }
    }
}

/// A batch normalisation, `[units]` each.
#[derive(Debug, Clone)]
pub(super) struct Norm {
    pub gamma: Option<Vec<f32>>,
    pub beta: Option<Vec<f32>>,
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
    pub epsilon: f32,
}

impl Norm {
    /// Reads γ, β (both may be missing), mean and variance of `units`, by these names.
    pub fn read(
        checkpoint: &mut Checkpoint,
        [gamma, beta, mean, variance]: [String; 4],
        units: usize,
        epsilon: f32,
    ) -> Result<Self, ImportError> {
        let mut affine = |name: String| {
            if checkpoint.has(&name) { checkpoint.vector(&name, Some(units)).map(Some) } else { Ok(None) }
        };
        let (gamma, beta) = (affine(gamma)?, affine(beta)?);
        let (mean, variance) = (checkpoint.vector(&mean, Some(units))?, checkpoint.vector(&variance, Some(units))?);
        Ok(Self { gamma, beta, mean, variance, epsilon })
    }

    /// γ/√(variance + ε) and β − mean·γ/√(variance + ε).
    pub fn scale_and_shift(&self) -> (Vec<f32>, Vec<f32>) {
        let units = 0..self.mean.len();
        let scale = |unit: usize| {
            let gamma = self.gamma.as_ref().map_or(1.0, |gamma| f64::from(gamma[unit]));
            gamma / (f64::from(self.variance[unit]) + f64::from(self.epsilon)).sqrt()
        };
        let shift = |unit: usize| {
            let beta = self.beta.as_ref().map_or(0.0, |beta| f64::from(beta[unit]));
            beta - f64::from(self.mean[unit]) * scale(unit)
        };
        (units.clone().map(|unit| scale(unit) as f32).collect(), units.map(|unit| shift(unit) as f32).collect())
    }
}

/// An activation with its parameters, `[units]` each.
#[derive(Debug, Clone)]
pub(super) enum Units {
    /// One without tensors, still to be asked for.
    Unknown,
    Plain(Plain),
    Prelu(Vec<f32>),
    Dice {
        alpha: Vec<f32>,
        norm: Norm,
    },
}

/// Hidden layers with their activations.
pub(super) type Layers = Vec<(Dense, Units)>;

/// Hidden layers and an output without activation.
#[derive(Debug, Clone)]
pub(super) struct Mlp {
    pub hidden: Layers,
    pub output: Dense,
}

impl Mlp {
    /// Gives the layers whose activation has no tensors the one that `ask` says.
    pub fn settle(&mut self, ask: impl FnOnce() -> Plain) {
        let mut unknown = self.hidden.iter_mut().filter(|(_, units)| matches!(units, Units::Unknown)).peekable();
        if unknown.peek().is_some() {
            let plain = ask();
            unknown.for_each(|(_, units)| *units = Units::Plain(plain));
        }
    }

    /// A perceptron whose layers all end in a sigmoid, the last as well: what comes before that is the logit.
    pub fn of_sigmoids(mut layers: Layers) -> Option<Self> {
        let (output, _) = layers.pop()?;
        let mut mlp = Self { hidden: layers, output };
        mlp.settle(|| Plain::Sigmoid);
        Some(mlp)
    }

    /// How many inputs it takes.
    pub fn inputs(&self) -> usize {
        self.hidden.first().map_or(self.output.from, |(dense, _)| dense.from)
    }

    /// Folds a batch normalisation of the input into the first layer: (s·x + t)·W + b.
    pub fn fold_input(&mut self, norm: &Norm) {
        let (scale, shift) = norm.scale_and_shift();
        let first = self.hidden.first_mut().map_or(&mut self.output, |(dense, _)| dense);
        for ((row, scale), shift) in first.weight.chunks_exact_mut(first.to).zip(scale).zip(shift) {
            for (weight, bias) in row.iter_mut().zip(&mut first.bias) {
                *bias += shift * *weight;
                *weight *= scale;
            }
        }
    }

    /// Units of the hidden layers, and their activation; tensors of the perceptron `name` go into `tensors`.
    fn write(
        self,
        file: &str,
        name: &str,
        tensors: &mut BTreeMap<String, Tensor>,
    ) -> Result<(Vec<usize>, Activation), ImportError> {
        let activation = activation_of(file, name, &self.hidden)?;
        let mut units = Vec::new();
        let mut put = |name: String, shape: Vec<usize>, values: Vec<f32>| {
            tensors.insert(name, Tensor { shape, values });
        };
        for (layer, (dense, kind)) in self.hidden.into_iter().enumerate() {
            let to = dense.to;
            units.push(to);
            put(format!("{name}.hidden.{layer}.weight"), vec![dense.from, to], dense.weight);
            put(format!("{name}.hidden.{layer}.bias"), vec![to], dense.bias);
            let part = |part: &str| format!("{name}.activation.{layer}.{part}");
            match kind {
                Units::Plain(Plain::Linear) => put(part("alpha"), vec![to], vec![1.0; to]),
                Units::Plain(_) | Units::Unknown => {}
                Units::Prelu(alpha) => put(part("alpha"), vec![to], alpha),
                Units::Dice { alpha, norm } => {
                    put(part("alpha"), vec![to], alpha);
                    if let (Some(gamma), Some(beta)) = (norm.gamma, norm.beta) {
                        put(part("gamma"), vec![to], gamma);
                        put(part("beta"), vec![to], beta);
                    }
                    put(part("mean"), vec![to], norm.mean);
                    put(part("variance"), vec![to], norm.variance);
                }
            }
        }
        put(format!("{name}.output.weight"), vec![self.output.from, self.output.to], self.output.weight);
        put(format!("{name}.output.bias"), vec![self.output.to], self.output.bias);
        Ok((units, activation))
    }
}

/// The one activation of all hidden layers.
fn activation_of(file: &str, name: &str, hidden: &[(Dense, Units)]) -> Result<Activation, ImportError> {
    let kind = |units: &Units| match units {
        Units::Plain(Plain::Relu) | Units::Unknown => Activation::Relu,
        Units::Plain(Plain::Sigmoid) => Activation::Sigmoid,
        // PReLU with α = 1.
        Units::Plain(Plain::Linear) | Units::Prelu(_) => Activation::Prelu,
        Units::Dice { norm, .. } => Activation::Dice { epsilon: norm.epsilon, affine: norm.gamma.is_some() },
    };
    let kinds: Vec<Activation> = hidden.iter().map(|(_, units)| kind(units)).collect();
    match kinds.split_first() {
        Some((first, rest)) if rest.iter().all(|kind| kind == first) => Ok(*first),
        Some(_) => {
            let problem = format!("the hidden layers of {name} have different activations; they must have one");
            Err(ImportError::Unsupported { file: file.to_owned(), problem })
        }
        None => {
            let problem = format!("{name} has no hidden layer; it needs one to eight");
            Err(ImportError::Unsupported { file: file.to_owned(), problem })
        }
    }
}

/// A gated recurrent unit in our order r, u, n, where u writes.
#[derive(Debug, Clone)]
pub(super) struct Gru {
    pub input: Dense,
    pub hidden: Dense,
}

/// In which order a library stores the gates, and whether its second gate writes or keeps.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gates {
    /// PyTorch's GRU: r, z, n, where z keeps.
    ResetKeep,
    /// r, u, n, where u writes: DeepCTR-Torch's and RecBole's cells.
    ResetUpdate,
    /// u, r, n, where u writes: FuxiCTR's cells.
    UpdateReset,
}

impl Gru {
    /// From two layers whose outputs are three gates side by side.
    pub fn new(mut input: Dense, mut hidden: Dense, gates: Gates) -> Self {
        for layer in [&mut input, &mut hidden] {
            let d = layer.to / 3;
            let (order, sign) = match gates {
                Gates::ResetKeep => ([0, 1, 2], [1.0, -1.0, 1.0]),
                Gates::ResetUpdate => ([0, 1, 2], [1.0; 3]),
                Gates::UpdateReset => ([1, 0, 2], [1.0; 3]),
            };
            for row in layer.weight.chunks_exact_mut(3 * d).chain(std::iter::once(layer.bias.as_mut_slice())) {
                let gates: Vec<f32> = (0..3)
                    .flat_map(|gate| (0..d).map(move |unit| (gate, unit)))
                    // 1 − σ(s) = σ(−s).
                    .map(|(gate, unit)| sign[gate] * row[order[gate] * d + unit])
                    .collect();
                row.copy_from_slice(&gates);
            }
        }
        Self { input, hidden }
    }

    fn write(self, name: &str, tensors: &mut BTreeMap<String, Tensor>) {
        for (part, dense) in [("input", self.input), ("hidden", self.hidden)] {
            write_dense(dense, &format!("{name}.{part}"), tensors);
        }
    }
}

fn write_dense(dense: Dense, name: &str, tensors: &mut BTreeMap<String, Tensor>) {
    let Dense { from, to, weight, bias } = dense;
    tensors.insert(format!("{name}.weight"), Tensor { shape: vec![from, to], values: weight });
    tensors.insert(format!("{name}.bias"), Tensor { shape: vec![to], values: bias });
}

/// A local activation unit.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// q' = PReLU(q·W + b) with its α, where the query is projected.
    pub query: Option<(Dense, Vec<f32>)>,
    pub mlp: Mlp,
}

impl Unit {
    fn write(self, file: &str, tensors: &mut BTreeMap<String, Tensor>) -> Result<LocalActivationConfig, ImportError> {
        let query_projection = self.query.is_some();
        if let Some((dense, alpha)) = self.query {
            write_dense(dense, "attention.query", tensors);
            tensors.insert("attention.query.alpha".to_owned(), Tensor { shape: vec![alpha.len()], values: alpha });
        }
        let (hidden, activation) = self.mlp.write(file, "attention", tensors)?;
        Ok(LocalActivationConfig { hidden, activation, query_projection })
    }
}

/// The part between embeddings and head.
#[derive(Debug, Clone)]
#[cfg_attr(target_pointer_width = "64", expect(clippy::large_enum_variant, reason = "there is one a network"))]
pub(super) enum Body {
    Din {
        attention: Unit,
        normalization: Normalization,
    },
    Dien {
        extractor: Gru,
        attention: Attention,
        normalization: Normalization,
        evolution: Evolution,
        second: Gru,
        reset: Reset,
        auxiliary: Option<Mlp>,
    },
}

/// Where DIEN's scores come from.
#[derive(Debug, Clone)]
pub(super) enum Attention {
    /// W, `[hidden, H]`.
    Bilinear(Vec<f32>),
    Unit(Unit),
    None,
}

impl Attention {
    /// The inner product h·q: bilinear with W = 1.
    pub fn inner_product(width: usize) -> Self {
        Self::Bilinear((0..width * width).map(|index| if index % (width + 1) == 0 { 1.0 } else { 0.0 }).collect())
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

impl Source {
    /// Recognises the library by its tensors' names and takes the network apart.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn new(checkpoint: Checkpoint, options: &Options) -> Result<Self, ImportError> {
        let mut checkpoint = checkpoint.state_dict();
        checkpoint.check_sizes()?;
        let read: fn(&mut Checkpoint, &mut Asked) -> Result<Self, ImportError> = if checkpoint.has_any(fuxictr::MARK) {
            fuxictr::read
        } else if checkpoint.has_any(deepctr_torch::MARK) {
            deepctr_torch::read
        } else if checkpoint.has_any(recbole::MARK) {
            recbole::read
        } else if checkpoint.has_any(dien_authors::MARK) {
            dien_authors::read
        } else if checkpoint.has_any(deepctr::MARK) {
            deepctr::read
        } else {
            let first = checkpoint.names().next().unwrap_or("").to_owned();
            return Err(ImportError::UnknownLibrary { file: checkpoint.file().to_owned(), first });
        };
        let (file, metadata) = (checkpoint.file().to_owned(), checkpoint.metadata().clone());
        let mut asked = Asked { options, file: &file, metadata: &metadata, notes: Vec::new() };
        let mut source = read(&mut checkpoint, &mut asked)?;
        source.notes = asked.notes;
        checkpoint.finish(&source.network())?;
        source.check_head(options)?;
        Ok(source)
    }

    /// Library and network, such as "FuxiCTR's DIEN".
    pub fn network(&self) -> String {
        format!("{}'s {}", self.peer, if matches!(self.body, Body::Din { .. }) { "DIN" } else { "DIEN" })
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
            Body::Din { .. } => self.width(),
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
    fn check_head(&self, options: &Options) -> Result<(), ImportError> {
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

/// The longest history of an import: its files do not say, and recurrent layers and weighted sums have no limit.
const MAX_HISTORY: usize = 200;

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

impl Body {
    fn write(
        self,
        file: &str,
        padding: Option<Vec<f32>>,
        tensors: &mut BTreeMap<String, Tensor>,
    ) -> Result<NetworkConfig, ImportError> {
        match self {
            Self::Din { attention, normalization } => {
                let padding = padding.filter(|_| normalization != Normalization::None);
                let has_padding = padding.is_some();
                if let Some(values) = padding {
                    tensors.insert("embedding.padding".to_owned(), Tensor { shape: vec![values.len()], values });
                }
                let attention = attention.write(file, tensors)?;
                Ok(NetworkConfig::Din(DinConfig { attention, normalization, padding: has_padding }))
            }
            Self::Dien { extractor, attention, normalization, evolution, second, reset, auxiliary } => {
                let hidden = second.hidden.from;
                extractor.write("extractor", tensors);
                second.write("evolution", tensors);
                let attention = match attention {
                    Attention::Bilinear(values) => {
                        let shape = vec![hidden, values.len() / hidden.max(1)];
                        tensors.insert("attention.weight".to_owned(), Tensor { shape, values });
                        DienAttention::Bilinear
                    }
                    Attention::Unit(unit) => DienAttention::LocalActivation(unit.write(file, tensors)?),
                    Attention::None => DienAttention::None,
                };
                let auxiliary = match auxiliary {
                    Some(mlp) => {
                        let (hidden, activation) = mlp.write(file, "auxiliary", tensors)?;
                        Auxiliary::Mlp { hidden, activation }
                    }
                    None => Auxiliary::InnerProduct,
                };
                Ok(NetworkConfig::Dien(DienConfig { hidden, attention, normalization, evolution, reset, auxiliary }))
            }
        }
    }
}
