//! A network made ready to run: what depends on the weights alone, computed once and shared by both backends.

use std::ops::Range;
use std::sync::Arc;

use model::{
    Activation, Config, DienAttention, DienConfig, DinConfig, Evolution, LocalActivationConfig, NetworkConfig,
    Normalization, Pooling, Reset, Weights,
};

use crate::error::EngineError;

/// A matrix in row order, [rows, columns].
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub columns: usize,
    pub values: Vec<f32>,
}

impl Matrix {
    fn new(columns: usize, values: &[f32]) -> Self {
        Self { columns, values: values.to_vec() }
    }

    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// out += x·self, x [rows], out [columns].
    pub fn accumulate(&self, x: &[f32], out: &mut [f32]) {
        for (x, row) in x.iter().zip(self.rows()) {
            for (out, weight) in out.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
    }
}

/// The activations as the stages tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// f(s) = s·(α + (1−α)·p), where p is 1 or 0 by the sign of s; ReLU is the one with α = 0.
    Prelu,
    /// f(s) = s·(α + (1−α)·p), where p = σ(scale·s + shift).
    Dice,
    /// f(s) = σ(s).
    Sigmoid,
}

impl Function {
    pub fn of(activation: Activation) -> Self {
        match activation {
            Activation::Relu | Activation::Prelu => Self::Prelu,
            Activation::Sigmoid => Self::Sigmoid,
            Activation::Dice { .. } => Self::Dice,
        }
    }
}

/// An activation with its parameters folded, [units] each; none of them where the function has no such parameter.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    pub function: Function,
    pub alpha: Vec<f32>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Units {
    fn new(weights: &Weights, name: &str, activation: Activation, units: usize) -> Self {
        let alpha = match activation {
            Activation::Relu => vec![0.0; units],
            Activation::Sigmoid => Vec::new(),
            Activation::Prelu | Activation::Dice { .. } => weights.values(&format!("{name}.alpha")).to_vec(),
        };
        let function = Function::of(activation);
        let Activation::Dice { epsilon, affine } = activation else {
            return Self { function, alpha, scale: Vec::new(), shift: Vec::new() };
        };
        let [mean, variance, gamma, beta] =
            ["mean", "variance", "gamma", "beta"].map(|part| weights.values(&format!("{name}.{part}")));
        // γ·(s − mean)/√(variance + ε) + β = scale·s + shift.
        let scale: Vec<f32> =
            (0..units).map(|unit| if affine { gamma[unit] } else { 1.0 } / (variance[unit] + epsilon).sqrt()).collect();
        let shift = (0..units).map(|unit| if affine { beta[unit] } else { 0.0 } - mean[unit] * scale[unit]).collect();
        Self { function, alpha, scale, shift }
    }
}

/// A dense layer y = x·W + b.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    pub weight: Matrix,
    pub bias: Vec<f32>,
}

impl Dense {
    fn new(weights: &Weights, name: &str) -> Self {
        let bias = weights.values(&format!("{name}.bias")).to_vec();
        Self { weight: Matrix::new(bias.len(), weights.values(&format!("{name}.weight"))), bias }
    }
}

/// One hidden layer of a perceptron.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub dense: Dense,
    pub activation: Units,
}

/// A multilayer perceptron, or its part from some hidden layer on.
#[derive(Debug, Clone)]
pub(crate) struct Mlp {
    pub layers: Vec<Layer>,
    /// Weights from the last hidden layer to the output, [units].
    pub output: Vec<f32>,
    pub output_bias: f32,
}

impl Mlp {
    /// The hidden layers `layers` of the perceptron `name`, and its output.
    fn new(weights: &Weights, name: &str, layers: Range<usize>, activation: Activation) -> Self {
        let layer = |layer| {
            let dense = Dense::new(weights, &format!("{name}.hidden.{layer}"));
            let activation = Units::new(weights, &format!("{name}.activation.{layer}"), activation, dense.bias.len());
            Layer { dense, activation }
        };
        Self {
            layers: layers.map(layer).collect(),
            output: weights.values(&format!("{name}.output.weight")).to_vec(),
            output_bias: weights.values(&format!("{name}.output.bias"))[0],
        }
    }
}

/// The local activation unit. For a key k its first hidden layer is a dense layer in the query:
/// [q, k, q−k, q⊙k]·W + b = q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b), a quarter of the work.
#[derive(Debug, Clone)]
pub(crate) struct LocalActivation {
    /// W₁ + W₃, [key, units].
    pub query: Matrix,
    /// W₂ − W₃, [key, units].
    pub key: Matrix,
    /// W₄, [key, units].
    pub product: Matrix,
    /// b, [units].
    pub bias: Vec<f32>,
    /// Of the first hidden layer.
    pub activation: Units,
    /// The other hidden layers, if any, and the score.
    pub rest: Mlp,
}

impl LocalActivation {
    fn new(weights: &Weights, config: &LocalActivationConfig) -> Self {
        let units = config.hidden[0];
        let parts = weights.values("attention.hidden.0.weight");
        let [w1, w2, w3, w4] = [0, 1, 2, 3].map(|part| &parts[part * parts.len() / 4..][..parts.len() / 4]);
        let combine =
            |a: &[f32], b: &[f32], sign: f32| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + sign * b).collect() };
        Self {
            query: Matrix { columns: units, values: combine(w1, w3, 1.0) },
            key: Matrix { columns: units, values: combine(w2, w3, -1.0) },
            product: Matrix::new(units, w4),
            bias: weights.values("attention.hidden.0.bias").to_vec(),
            activation: Units::new(weights, "attention.activation.0", config.activation, units),
            rest: Mlp::new(weights, "attention", 1..config.hidden.len(), config.activation),
        }
    }

    /// Units of each hidden layer.
    pub fn units(&self) -> Vec<usize> {
        std::iter::once(self.bias.len()).chain(self.rest.layers.iter().map(|layer| layer.dense.bias.len())).collect()
    }
}

/// DIN's attention.
#[derive(Debug, Clone)]
pub(crate) struct Din {
    pub unit: Arc<LocalActivation>,
    pub normalization: Normalization,
}

/// A gated recurrent unit, its gates side by side: reset r, update u, candidate n.
#[derive(Debug, Clone)]
pub(crate) struct Gru {
    /// x·W + b, [in, 3·hidden].
    pub input: Dense,
    /// h·U + c, [hidden, 3·hidden].
    pub hidden: Dense,
    pub reset: Reset,
}

impl Gru {
    fn new(weights: &Weights, name: &str, reset: Reset) -> Self {
        Self {
            input: Dense::new(weights, &format!("{name}.input")),
            hidden: Dense::new(weights, &format!("{name}.hidden")),
            reset,
        }
    }
}

/// Where DIEN's scores come from.
#[derive(Debug, Clone)]
pub(crate) enum Attention {
    /// h_t·W·q; W·q is what attention sees of a query.
    Bilinear,
    LocalActivation(Arc<LocalActivation>),
    None,
}

/// DIEN's recurrent layers and attention.
#[derive(Debug, Clone)]
pub(crate) struct Dien {
    pub hidden: usize,
    pub extractor: Gru,
    pub attention: Attention,
    pub normalization: Normalization,
    pub evolution: Gru,
    pub kind: Evolution,
}

impl Dien {
    fn new(weights: &Weights, config: &DienConfig) -> Self {
        Self {
            hidden: config.hidden,
            extractor: Gru::new(weights, "extractor", config.reset),
            attention: match &config.attention {
                DienAttention::Bilinear => Attention::Bilinear,
                DienAttention::LocalActivation(unit) => {
                    Attention::LocalActivation(Arc::new(LocalActivation::new(weights, unit)))
                }
                DienAttention::None => Attention::None,
            },
            normalization: config.normalization,
            evolution: Gru::new(weights, "evolution", config.reset),
            kind: config.evolution,
        }
    }
}

/// TIN's vector p(i) for each position counted back from the candidate, [max_history + 1, H]: row 0 is the candidate's own,
/// row 1 the newest click's, and the last row that of all older clicks.
#[derive(Debug, Clone)]
pub(crate) struct Tin {
    pub positions: Matrix,
}

impl Tin {
    fn new(weights: &Weights) -> Self {
        Self { positions: Matrix::new(weights.config().width(), weights.values("embedding.position.weight")) }
    }

    /// p(0), [H].
    pub fn of_candidate(&self) -> &[f32] {
        self.positions.row(0)
    }

    /// p(T−j+1) of the history item that `step` others precede, [H]; `steps` is T.
    pub fn of_step(&self, step: usize, steps: usize) -> &[f32] {
        self.positions.row((steps - step).min(self.positions.rows().len() - 1))
    }
}

/// The part between the embeddings and the head. A network to be run live is added here, and where the compiler then
/// misses it: in `cpu/mod.rs` and `gpu/`.
#[derive(Debug, Clone)]
pub(crate) enum Interest {
    EmbeddingMlp(Pooling),
    Din(Arc<Din>),
    Dien(Arc<Dien>),
    Tin(Arc<Tin>),
}

/// A network and its catalogue, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub config: Config,
    /// Item embedding ‖ category embedding of every item, [items, H]: its query and its key.
    pub catalogue: Matrix,
    /// What attention sees in place of a query, a layer from [H] to [key]: W·q of the bilinear attention, PReLU(q·W + b) of a
    /// projected query. None where attention sees the query itself.
    pub attention_query: Option<Layer>,
    /// The key that stands for an empty history, [H], if any does.
    pub padding: Option<Vec<f32>>,
    pub interest: Interest,
    pub head: Mlp,
}

impl Network {
    pub fn new(weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let (config, vocabulary) = (weights.config().clone(), weights.vocabulary());
        if item_categories.len() != vocabulary.items {
            return Err(EngineError::ItemCategories { categories: item_categories.len(), items: vocabulary.items });
        }
        if let Some(&category) = item_categories.iter().find(|&&category| category as usize >= vocabulary.categories) {
            let count = vocabulary.categories;
            return Err(EngineError::OutOfRange { what: "category", index: category as usize, count });
        }
        if config.head.wide {
            return Err(EngineError::Unsupported("a wide part (head.wide)".to_owned()));
        }
        let interest = match &config.network {
            NetworkConfig::EmbeddingMlp(network) => Interest::EmbeddingMlp(network.pooling),
            NetworkConfig::Din(DinConfig { attention, normalization, .. }) => {
                let unit = Arc::new(LocalActivation::new(weights, attention));
                Interest::Din(Arc::new(Din { unit, normalization: *normalization }))
            }
            NetworkConfig::Dien(dien) => Interest::Dien(Arc::new(Dien::new(weights, dien))),
            NetworkConfig::Tin(_) => Interest::Tin(Arc::new(Tin::new(weights))),
        };
        let catalogue = catalogue(weights, item_categories);
        let attention_query = attention_query(weights);
        let padding = match &config.network {
            NetworkConfig::Din(din) if din.padding => Some(weights.values("embedding.padding").to_vec()),
            _ => None,
        };
        let head = Mlp::new(weights, "head", 0..config.head.hidden.len(), config.head.activation);
        Ok(Self { catalogue, attention_query, padding, interest, head, config })
    }

    /// How many items the catalogue has.
    pub fn items(&self) -> usize {
        self.catalogue.values.len() / self.catalogue.columns
    }

    /// The representation of an item, [H].
    pub fn item(&self, item: u32) -> &[f32] {
        self.catalogue.row(item as usize)
    }

    /// The key in place of those of `history`, [H], where that is empty and a key stands for it.
    pub fn stand_in(&self, history: &[u32]) -> Option<&[f32]> {
        self.padding.as_deref().filter(|_| history.is_empty())
    }

    /// Σ_j k_j over the history, [H].
    pub fn key_sum(&self, history: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0; self.catalogue.columns];
        for &item in history {
            for (sum, key) in sum.iter_mut().zip(self.item(item)) {
                *sum += key;
            }
        }
        sum
    }

    /// The queries of `items`, `LANES` candidates side by side: [⌈items/LANES⌉][H][LANES], the last block filled up
    /// with zeros.
    pub fn queries<const LANES: usize>(&self, items: impl ExactSizeIterator<Item = u32>) -> Vec<[f32; LANES]> {
        side_by_side(&self.catalogue, items)
    }

    /// What attention sees in place of these queries, [⌈items/LANES⌉][key][LANES] likewise.
    pub fn attention_queries<const LANES: usize>(
        &self,
        items: impl ExactSizeIterator<Item = u32>,
    ) -> Option<Vec<[f32; LANES]>> {
        let Layer { dense: Dense { weight, bias }, activation } = self.attention_query.as_ref()?;
        let count = items.len() as u32;
        let mut queries = Matrix { columns: bias.len(), values: Vec::with_capacity(items.len() * bias.len()) };
        for item in items {
            let mut s = bias.clone();
            weight.accumulate(self.item(item), &mut s);
            let prelu = |(&s, &alpha): (&f32, &f32)| if s > 0.0 { s } else { alpha * s };
            queries.values.extend(s.iter().zip(&activation.alpha).map(prelu));
        }
        Some(side_by_side(&queries, 0..count))
    }
}

/// Rows of `matrix`, `LANES` side by side.
fn side_by_side<const LANES: usize>(matrix: &Matrix, rows: impl ExactSizeIterator<Item = u32>) -> Vec<[f32; LANES]> {
    let width = matrix.columns;
    let mut blocks = vec![[0.0; LANES]; rows.len().div_ceil(LANES) * width];
    for (index, row) in rows.enumerate() {
        let block = &mut blocks[index / LANES * width..][..width];
        for (values, &value) in block.iter_mut().zip(matrix.row(row as usize)) {
            values[index % LANES] = value;
        }
    }
    blocks
}

/// As [`Network::catalogue`].
///
/// A function of its own for its long loop: see xtask/src/program.rs.
#[inline(never)]
fn catalogue(weights: &Weights, item_categories: &[u32]) -> Matrix {
    let Config { item_dim, category_dim, .. } = *weights.config();
    let [items, categories] = ["embedding.item.weight", "embedding.category.weight"].map(|table| weights.values(table));
    let mut values = Vec::with_capacity(item_categories.len() * (item_dim + category_dim));
    for (item, &category) in item_categories.iter().enumerate() {
        values.extend_from_slice(&items[item * item_dim..][..item_dim]);
        values.extend_from_slice(&categories[category as usize * category_dim..][..category_dim]);
    }
    Matrix { columns: item_dim + category_dim, values }
}

/// As [`Network::attention_query`].
fn attention_query(weights: &Weights) -> Option<Layer> {
    let unit = match &weights.config().network {
        NetworkConfig::Dien(DienConfig { attention: DienAttention::Bilinear, hidden, .. }) => {
            let (w, width) = (weights.values("attention.weight"), weights.config().width());
            let transposed = (0..width).flat_map(|k| w.iter().skip(k).step_by(width)).copied().collect();
            let dense = Dense { weight: Matrix { columns: *hidden, values: transposed }, bias: vec![0.0; *hidden] };
            // PReLU of the slope 1 leaves W·q as it is.
            let [scale, shift] = [Vec::new(), Vec::new()];
            let activation = Units { function: Function::Prelu, alpha: vec![1.0; *hidden], scale, shift };
            return Some(Layer { dense, activation });
        }
        NetworkConfig::Dien(DienConfig { attention: DienAttention::LocalActivation(unit), .. }) => unit,
        NetworkConfig::Din(din) => &din.attention,
        _ => return None,
    };
    unit.query_projection.then(|| {
        let dense = Dense::new(weights, "attention.query");
        let activation = Units::new(weights, "attention.query", Activation::Prelu, dense.bias.len());
        Layer { dense, activation }
    })
}
