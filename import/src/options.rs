//! What tensors cannot tell, as whoever imports says it.

use std::collections::BTreeMap;
use std::str::FromStr;

use model::{Evolution, Normalization, UnknownName};

/// What tensors cannot tell about a network. None leaves it to the file's metadata, and then to the library's default.
///
/// The metadata entries are `evolution` ("AUGRU"), `attention_normalization` ("softmax", "none"), `attention`, `top_mlp` and
/// `auxiliary` (of which the activation's name counts, as in "8 sigmoid -> 4 sigmoid -> 1"), `top_mlp_input`
/// ("[final state, user, query]"), `item` and `category` (the features' names), `items` (a number).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// How attention enters DIEN's second recurrent layer.
    pub evolution: Option<Evolution>,
    /// What turns attention scores into weights.
    pub normalization: Option<Normalization>,
    /// Activation of the local activation unit, where it has no tensors.
    pub attention_activation: Option<Plain>,
    /// Activation of the head, where it has no tensors.
    pub head_activation: Option<Plain>,
    /// Activation of the auxiliary classifier, where it has no tensors.
    pub auxiliary_activation: Option<Plain>,
    /// The parts of the head's input in order: "final state" or "pooled" (the interest), "query", "sum of history",
    /// "query*sum", "query*pooled", and names of features.
    pub head_input: Option<Vec<String>>,
    /// Name of the feature that is the item.
    pub item: Option<String>,
    /// Name of the feature that is the item's category.
    pub category: Option<String>,
    /// How many rows of RecBole's one table for items and categories are items, the padding row among them.
    pub items: Option<usize>,
    /// Values of the user's and the context's features: a row of the feature's embedding table, or a number. Without one it
    /// is the mean of the table's rows, or 0.
    pub context: Context,
}

/// Values of context features by name: a row of the feature's embedding table, or a number.
pub type Context = BTreeMap<String, f64>;

/// An activation without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// max(s, 0).
    Relu,
    /// σ(s).
    Sigmoid,
    /// s.
    Linear,
}

impl FromStr for Plain {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name.to_ascii_lowercase().as_str() {
            "relu" => Ok(Self::Relu),
            "sigmoid" => Ok(Self::Sigmoid),
            "linear" => Ok(Self::Linear),
            _ => Err(UnknownName::new(name, "relu, sigmoid, linear")),
        }
    }
}
