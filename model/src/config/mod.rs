//! One configuration type for every network: which one, its options, and every size.

pub(crate) mod activation;
pub(crate) mod attention;
pub(crate) mod head;
pub(crate) mod json;
pub(crate) mod tensors;

use serde::{Deserialize, Serialize};

use self::head::HeadConfig;
use self::json::{Fields, Json};
use self::tensors::{Sizes, Tensors, layers_problem};
use crate::networks::NetworkConfig;
use crate::trace::TraceSizes;

/// Sizes and options of one network. It travels as JSON in the metadata of a weights file.
///
/// `H` below is the width of an item's representation, item embedding ‖ category embedding: the query q and every key
/// k_j are `[H]`.
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
    /// A dense layer is y = x·W + b with W `[in, out]`. The recurrent layers hold their three gates side by side, in the
    /// order reset r, update u, candidate n.
    pub fn tensors(&self, vocabulary: Vocabulary) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Tensors::default();
        let sizes = Sizes { width: self.width(), max_history: self.max_history };
        tensors.add("embedding.item.weight", [vocabulary.items, self.item_dim]);
        tensors.add("embedding.category.weight", [vocabulary.categories, self.category_dim]);
        self.network.definition().tensors(sizes, &mut tensors);
        tensors.mlp("head", self.head_width(), &self.head.hidden, self.head.activation);
        if self.head.wide {
            tensors.dense("head.wide", 3 * self.width(), 1);
        }
        tensors.list
    }

    /// What `Serialize` writes, as JSON.
    pub fn to_json(&self) -> String {
        // Numbers and names alone can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what `Serialize` writes.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn from_json(json: &impl Json) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        fields.read(|fields| {
            Ok(Self {
                item_dim: fields.size("item_dim")?,
                category_dim: fields.size("category_dim")?,
                max_history: fields.size("max_history")?,
                network: NetworkConfig::read(fields.object("network")?)?,
                head: HeadConfig::read(fields.object("head")?)?,
            })
        })
    }
}

impl TryFrom<serde_json::Value> for Config {
    type Error = String;

    fn try_from(json: serde_json::Value) -> Result<Self, String> {
        Self::from_json(&json)
    }
}
