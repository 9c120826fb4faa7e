//! Options of attention that several networks share: DIN's local activation unit, and what turns scores into weights.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::activation::Activation;
use super::json::{Fields, Json, UnknownName};
use super::tensors::{Tensors, layers_problem};

/// Options of the local activation unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalActivationConfig {
    /// Units of each hidden layer; one score follows.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Whether the unit sees PReLU(q·W + b) in place of q, as in the DIEN authors' code. Then a key may have another width
    /// than the query.
    pub query_projection: bool,
}

impl LocalActivationConfig {
    /// The paper's unit: hidden layers of these units on q itself.
    pub fn new(hidden: impl Into<Vec<usize>>, activation: Activation) -> Self {
        Self { hidden: hidden.into(), activation, query_projection: false }
    }

    /// Sizes that must be neither 0 nor huge, by the name of their field.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.hidden.iter().map(|&units| ("network.attention.hidden", units))
    }

    /// What else is wrong, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        layers_problem("network.attention.hidden", &self.hidden)
            .or_else(|| self.activation.problem("network.attention.activation"))
    }

    /// Adds the tensors for queries and keys of these widths.
    pub(crate) fn tensors(&self, query: usize, key: usize, tensors: &mut Tensors) {
        if self.query_projection {
            tensors.dense("attention.query", query, key);
            tensors.activation("attention.query", Activation::Prelu, key);
        }
        tensors.mlp("attention", 4 * key, &self.hidden, self.activation);
    }

    /// Reads the unit's options among the fields of a JSON object.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub(crate) fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self {
            hidden: fields.sizes("hidden")?,
            activation: Activation::read(fields.object("activation")?)?,
            query_projection: fields.flag("query_projection")?.unwrap_or(false),
        })
    }
}

/// What turns attention scores into weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// w_j = score_j: DIN's paper, which keeps the intensity of an interest.
    None,
    /// w = softmax(score): DIEN's paper.
    #[default]
    Softmax,
    /// w = softmax(score / √H).
    ScaledSoftmax,
}

impl Normalization {
    /// What is done, in a word or two.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::None => "not normalised",
            Self::Softmax => "softmax",
            Self::ScaledSoftmax => "scaled softmax",
        }
    }
}

/// The names of configurations, in any case.
impl FromStr for Normalization {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name.to_ascii_lowercase().as_str() {
            "none" => Ok(Self::None),
            "softmax" => Ok(Self::Softmax),
            "scaled-softmax" => Ok(Self::ScaledSoftmax),
            _ => Err(UnknownName::new(name, "none, softmax, scaled-softmax")),
        }
    }
}
