//! Options of the head: the multilayer perceptron on top of every network.

use serde::Serialize;

use super::activation::Activation;
use super::json::{Fields, Json, missing};

/// Options of the head. The head's input is `[interest, q]` and, by option, q⊙interest and
/// `[Σ_j k_j, q⊙Σ_j k_j]`, in this order.
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
    /// Add to the logit a linear layer of `[interest, q, q⊙interest]`: the wide part of Wide & Deep (Cheng et al. 2016),
    /// q⊙interest being its cross-product features.
    pub wide: bool,
}

impl HeadConfig {
    /// The head of the page's networks, which some of them change.
    pub(crate) fn shipped() -> Self {
        Self { hidden: vec![64, 32], activation: Activation::DICE, interest_product: true, key_sum: false, wide: false }
    }

    /// Reads a head from its JSON object.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub(crate) fn read<J: Json>(mut fields: Fields<J>) -> Result<Self, String> {
        fields.read(|fields| {
            Ok(Self {
                hidden: fields.sizes("hidden")?,
                activation: Activation::read(fields.object("activation")?)?,
                interest_product: fields.flag("interest_product")?.ok_or_else(|| missing("interest_product"))?,
                key_sum: fields.flag("key_sum")?.ok_or_else(|| missing("key_sum"))?,
                wide: fields.flag("wide")?.unwrap_or(false),
            })
        })
    }
}
