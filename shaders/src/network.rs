//! A network made ready to run: what depends on the weights alone, computed once and shared by both backends.

use std::sync::Arc;

use model::{
    Activation, Config, DienAttention, DienConfig, DinConfig, Evolution, NetworkConfig, Normalization, Pooling, Reset, Weights,
};

use crate::EngineError;

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

/// An activation with its parameters folded, [units] each:
/// f(s) = s·(α + (1−α)·p), where p is 1 or 0 by the sign of s (PReLU) or σ(scale·s + shift) (Dice).
#[derive(Debug, Clone)]
pub(crate) struct Units {
    pub kind: Activation,
    pub alpha: Vec<f32>,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

impl Units {
    fn new(weights: &Weights, name: &str, kind: Activation) -> Self {
        let alpha = weights.values(&format!("{name}.alpha")).to_vec();
        // Relu and Sigmoid follow.
        let Activation::Dice { epsilon, affine } = kind else {
            return Self { kind, alpha, scale: Vec::new(), shift: Vec::new() };
        };
        let [mean, variance, gamma, beta] =
            ["mean", "variance", "gamma", "beta"].map(|part| weights.values(&format!("{name}.{part}")));
        // γ·(s − mean)/√(variance + ε) + β = scale·s + shift.
        let scale: Vec<f32> = (0..alpha.len())
            .map(|unit| if affine { gamma[unit] } else { 1.0 } / (variance[unit] + epsilon).sqrt())
            .collect();
        let shift =
            (0..alpha.len()).map(|unit| if affine { beta[unit] } else { 0.0 } - mean[unit] * scale[unit]).collect();
        Self { kind, alpha, scale, shift }
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

/// DIN's local activation unit. For a history item k it is a dense layer in the query:
/// [q, k, q−k, q⊙k]·W + b = q·(W₁ + W₃ + diag(k)·W₄) + (k·(W₂ − W₃) + b), a quarter of the work.
#[derive(Debug, Clone)]
pub(crate) struct Din {
    /// W₁ + W₃, [H, units].
    pub query: Matrix,
    /// W₂ − W₃, [H, units].
    pub key: Matrix,
    /// W₄, [H, units].
    pub product: Matrix,
    /// b, [units].
    pub bias: Vec<f32>,
    pub activation: Units,
    /// Weights from the units to the score, [units].
    pub output: Vec<f32>,
    pub output_bias: f32,
    pub normalization: Normalization,
}

impl Din {
    fn new(weights: &Weights, config: &DinConfig) -> Self {
        let units = config.attention.hidden[0];
        let parts = weights.values("attention.hidden.0.weight");
        let size = weights.config().width() * units;
        let [w1, w2, w3, w4] = [0, 1, 2, 3].map(|part| &parts[part * size..][..size]);
        let combine =
            |a: &[f32], b: &[f32], sign: f32| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a + sign * b).collect() };
        Self {
            query: Matrix { columns: units, values: combine(w1, w3, 1.0) },
            key: Matrix { columns: units, values: combine(w2, w3, -1.0) },
            product: Matrix::new(units, w4),
            bias: weights.values("attention.hidden.0.bias").to_vec(),
            activation: Units::new(weights, "attention.activation.0", config.attention.activation),
            output: weights.values("attention.output.weight").to_vec(),
            output_bias: weights.values("attention.output.bias")[0],
            normalization: config.normalization,
        }
    }
}

/// A gated recurrent unit, its gates side by side: reset r, update u, candidate n.
#[derive(Debug, Clone)]
pub(crate) struct Gru {
    /// x·W + b, [in, 3·hidden].
    pub input: Dense,
    /// h·U + c, [hidden, 3·hidden].
    pub hidden: Dense,
}

impl Gru {
    fn new(weights: &Weights, name: &str) -> Self {
        Self {
            input: Dense::new(weights, &format!("{name}.input")),
            hidden: Dense::new(weights, &format!("{name}.hidden")),
        }
    }
}

/// DIEN's recurrent layers and attention.
#[derive(Debug, Clone)]
pub(crate) struct Dien {
    pub hidden: usize,
    pub extractor: Gru,
    /// W of the bilinear attention h·W·q, [hidden, H].
    pub attention: Matrix,
    pub evolution: Gru,
    pub kind: Evolution,
}

impl Dien {
    fn new(weights: &Weights, config: &DienConfig) -> Self {
        Self {
            hidden: config.hidden,
            extractor: Gru::new(weights, "extractor"),
            attention: Matrix::new(weights.config().width(), weights.values("attention.weight")),
            evolution: Gru::new(weights, "evolution"),
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

/// One hidden layer of the head.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub dense: Dense,
    pub activation: Units,
}

/// The multilayer perceptron on top.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub layers: Vec<Layer>,
    /// Weights from the last hidden layer to the logit, [units].
    pub output: Vec<f32>,
    pub output_bias: f32,
}

/// A network and its catalogue, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub config: Config,
    /// Item embedding ‖ category embedding of every item, [items, H]: its query and its key.
    pub catalogue: Matrix,
    pub interest: Interest,
    pub head: Head,
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
        let refused = |what: &str| Err(EngineError::Unsupported(what.to_owned()));
        if config.head.wide {
            return refused("a wide part (head.wide)");
        }
        let interest = match &config.network {
            NetworkConfig::Din(din) if din.attention.hidden.len() > 1 || din.attention.query_projection => {
                return refused("a local activation unit of several layers, or with a projected query");
            }
            NetworkConfig::EmbeddingMlp(network) => Interest::EmbeddingMlp(network.pooling),
            NetworkConfig::Din(din) => Interest::Din(Arc::new(Din::new(weights, din))),
            NetworkConfig::Dien(dien) if dien.attention != DienAttention::Bilinear || dien.reset != Reset::After => {
                return refused("DIEN's attention by the local activation unit");
            }
            NetworkConfig::Dien(dien) if dien.evolution == Evolution::Gru => {
                return refused("attention on a second GRU (network.evolution gru)");
            }
            NetworkConfig::Dien(dien) => Interest::Dien(Arc::new(Dien::new(weights, dien))),
            NetworkConfig::Tin(_) => Interest::Tin(Arc::new(Tin::new(weights))),
        };
        let items = weights.values("embedding.item.weight");
        let categories = weights.values("embedding.category.weight");
        let mut catalogue = Vec::with_capacity(vocabulary.items * config.width());
        for (item, &category) in item_categories.iter().enumerate() {
            catalogue.extend_from_slice(&items[item * config.item_dim..][..config.item_dim]);
            catalogue.extend_from_slice(&categories[category as usize * config.category_dim..][..config.category_dim]);
        }
        let layers = (0..config.head.hidden.len()).map(|layer| Layer {
            dense: Dense::new(weights, &format!("head.hidden.{layer}")),
            activation: Units::new(weights, &format!("head.activation.{layer}"), config.head.activation),
        });
        let head = Head {
            layers: layers.collect(),
            output: weights.values("head.output.weight").to_vec(),
            output_bias: weights.values("head.output.bias")[0],
        };
        Ok(Self { catalogue: Matrix { columns: config.width(), values: catalogue }, interest, head, config })
    }

    /// How many items the catalogue has.
    pub fn items(&self) -> usize {
        self.catalogue.values.len() / self.catalogue.columns
    }

    /// The representation of an item, [H].
    pub fn item(&self, item: u32) -> &[f32] {
        self.catalogue.row(item as usize)
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
        let width = self.catalogue.columns;
        let mut blocks = vec![[0.0; LANES]; items.len().div_ceil(LANES) * width];
        for (row, item) in items.enumerate() {
            let block = &mut blocks[row / LANES * width..][..width];
            for (values, &value) in block.iter_mut().zip(self.item(item)) {
                values[row % LANES] = value;
            }
        }
        blocks
    }
}
