//! One configuration type for every network: which one, its options, and every size.

mod json;

use serde::{Deserialize, Serialize};

use crate::TraceSizes;
use crate::networks::NetworkConfig;

pub use json::Json;

/// Sizes and options of one network. It travels as JSON in the metadata of a weights file.
///
/// `H` below is the width of an item's representation, item embedding ‖ category embedding: the query q and every key
/// k_j are [H].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Config {
    /// Width of the item embedding.
    pub item_dim: usize,
    /// Width of the category embedding.
    pub category_dim: usize,
    /// The longest history seen in training, in items. Longer ones still run.
    pub max_history: usize,
    /// The part between the embeddings and the head.
    pub network: NetworkConfig,
    /// The multilayer perceptron on top.
    pub head: HeadConfig,
}

/// Options of the head. Its input is [interest, q] and, by option, q⊙interest and [Σ_j k_j, q⊙Σ_j k_j], in this order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadConfig {
    /// Units of each hidden layer; one logit follows.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Append q⊙interest. Needs an interest as wide as the query.
    pub interest_product: bool,
    /// Append the sum of the history's keys and its product with the query, as the DIEN authors' code does.
    pub key_sum: bool,
    /// Add to the logit a linear layer of [interest, q, q⊙interest]: the wide part of Wide & Deep (Cheng et al. 2016),
    /// q⊙interest being its cross-product features.
    pub wide: bool,
}

/// Activation functions; parameters are per unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Activation {
    /// f(s) = max(s, 0).
    Relu,
    /// f(s) = σ(s).
    Sigmoid,
    /// f(s) = s if s > 0, else α·s.
    Prelu,
    /// f(s) = p·s + (1−p)·α·s with p = σ(ŝ) and ŝ = (s − E[s]) / √(Var[s] + ε) (DIN, section
    /// "Data Adaptive Activation Function").
    Dice {
        /// ε, 1e-8 in the paper.
        epsilon: f32,
        /// Whether p = σ(γ·ŝ + β) with trained γ and β, as a batch normalisation with its affine part gives.
        affine: bool,
    },
}

impl Activation {
    /// Dice as in the paper.
    pub const DICE: Self = Self::Dice { epsilon: 1e-8, affine: false };

    pub(crate) fn problem(self, field: &str) -> Option<String> {
        match self {
            Self::Dice { epsilon, .. } if !(epsilon > 0.0 && epsilon.is_finite()) => {
                Some(format!("{field}.epsilon is {epsilon}, not a positive number"))
            }
            _ => None,
        }
    }
}

/// How many items and categories the embedding tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// Rows of the item table.
    pub items: usize,
    /// Rows of the category table.
    pub categories: usize,
}

impl Config {
    /// H, the width of the query and of a key.
    pub fn width(&self) -> usize {
        self.item_dim + self.category_dim
    }

    /// Width of the interest that the head receives: H, or DIEN's hidden width.
    pub fn interest_width(&self) -> usize {
        self.network.definition().interest_width(self.width())
    }

    /// How long each axis of a trace is after a history of `steps` items.
    pub fn trace_sizes(&self, steps: usize) -> TraceSizes {
        TraceSizes { steps, interests: self.network.definition().interests(), units: self.interest_width() }
    }

    /// Width of the head's input.
    pub fn head_width(&self) -> usize {
        let (h, interest) = (self.width(), self.interest_width());
        interest + h + if self.head.interest_product { interest } else { 0 } + if self.head.key_sum { 2 * h } else { 0 }
    }

    /// What is wrong with these sizes and options, if anything.
    pub fn problem(&self) -> Option<String> {
        let network = self.network.definition();
        let mut sizes = vec![("item_dim", self.item_dim), ("max_history", self.max_history)];
        sizes.extend(network.sizes());
        sizes.extend(self.head.hidden.iter().map(|&units| ("head.hidden", units)));
        if let Some((field, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Some(format!("{field} is 0"));
        }
        if let Some((field, size)) =
            sizes.iter().chain([&("category_dim", self.category_dim)]).find(|(_, size)| *size > 4096)
        {
            return Some(format!("{field} is {size}, over the limit of 4096"));
        }
        if let Some(problem) = layers_problem("head.hidden", &self.head.hidden) {
            return Some(problem);
        }
        let (interest, h) = (self.interest_width(), self.width());
        for (field, wanted) in [("head.interest_product", self.head.interest_product), ("head.wide", self.head.wide)] {
            if wanted && interest != h {
                return Some(format!(
                    "{field} needs an interest as wide as the query, but they are {interest} and {h}"
                ));
            }
        }
        network.problem(h).or_else(|| self.head.activation.problem("head.activation"))
    }

    /// Name and shape of every tensor that the network needs, in the order of the computation.
    ///
    /// A dense layer is y = x·W + b with W [in, out]. The recurrent layers hold their three gates side by side, in the
    /// order reset r, update u, candidate n.
    pub fn tensors(&self, vocabulary: Vocabulary) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Tensors::default();
        tensors.add("embedding.item.weight", [vocabulary.items, self.item_dim]);
        tensors.add("embedding.category.weight", [vocabulary.categories, self.category_dim]);
        self.network.definition().tensors(self, &mut tensors);
        tensors.mlp("head", self.head_width(), &self.head.hidden, self.head.activation);
        if self.head.wide {
            tensors.dense("head.wide", 3 * self.width(), 1);
        }
        tensors.list
    }
}

/// What is wrong with the number of hidden layers of a perceptron, if anything.
pub(crate) fn layers_problem(field: &str, hidden: &[usize]) -> Option<String> {
    (hidden.is_empty() || hidden.len() > 8).then(|| format!("{field} has {} layers, not 1 to 8", hidden.len()))
}

/// Names and shapes of a network's tensors, in the order of the computation.
#[derive(Debug, Default)]
pub(crate) struct Tensors {
    list: Vec<(String, Vec<usize>)>,
}

impl Tensors {
    /// One tensor.
    pub fn add<const D: usize>(&mut self, name: &str, shape: [usize; D]) {
        self.list.push((name.to_owned(), shape.to_vec()));
    }

    /// A dense layer y = x·W + b.
    pub fn dense(&mut self, name: &str, from: usize, to: usize) {
        self.add(&format!("{name}.weight"), [from, to]);
        self.add(&format!("{name}.bias"), [to]);
    }

    /// The parameters and running statistics of an activation.
    pub fn activation(&mut self, name: &str, kind: Activation, units: usize) {
        if matches!(kind, Activation::Prelu | Activation::Dice { .. }) {
            self.add(&format!("{name}.alpha"), [units]);
        }
        if let Activation::Dice { affine, .. } = kind {
            if affine {
                self.add(&format!("{name}.gamma"), [units]);
                self.add(&format!("{name}.beta"), [units]);
            }
            self.add(&format!("{name}.mean"), [units]);
            self.add(&format!("{name}.variance"), [units]);
        }
    }

    /// A multilayer perceptron: hidden layers with an activation, then one unit without.
    pub fn mlp(&mut self, name: &str, mut from: usize, hidden: &[usize], activation: Activation) {
        for (layer, &units) in hidden.iter().enumerate() {
            self.dense(&format!("{name}.hidden.{layer}"), from, units);
            self.activation(&format!("{name}.activation.{layer}"), activation, units);
            from = units;
        }
        self.dense(&format!("{name}.output"), from, 1);
    }

    /// A gated recurrent unit: x·W + b and h·U + c.
    pub fn gru(&mut self, name: &str, from: usize, hidden: usize) {
        self.dense(&format!("{name}.input"), from, 3 * hidden);
        self.dense(&format!("{name}.hidden"), hidden, 3 * hidden);
    }
}
