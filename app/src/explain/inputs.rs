//! What every explanation of an inspected product draws on: the weights, the product, the clicks, and what the engine computed.

use std::sync::Arc;

use model::{Inspection, Weights};

use super::calculation::{Stage, Vector};
use super::layers::embed;
use crate::language::t;

/// An inspected product with the history it was asked about, as the network's layers see them.
pub struct Inputs<'a> {
    /// The network's weights.
    pub weights: Arc<Weights>,
    /// q, `[H]`.
    pub query: Vec<f32>,
    /// k_j of every click, the oldest first, `[step][H]`.
    pub keys: Arc<[Vec<f32>]>,
    /// What the engine computed.
    pub inspection: &'a Inspection,
}

impl<'a> Inputs<'a> {
    /// With the rows of the product and of each click in the tables of items and of categories.
    pub fn new(
        weights: &Arc<Weights>,
        inspection: &'a Inspection,
        product: (u32, u32),
        clicks: impl Iterator<Item = (u32, u32)>,
    ) -> Self {
        let keys = clicks.map(|click| embed(weights, click)).collect();
        Self { weights: weights.clone(), query: embed(weights, product), keys, inspection }
    }

    /// H, the width of an embedding.
    pub fn width(&self) -> usize {
        self.query.len()
    }

    /// Whether an embedding has a part for the category.
    fn has_categories(&self) -> bool {
        self.weights.config().category_dim > 0
    }

    /// What an embedding consists of, where `letter` is its letter: x_t = item_t ‖ category_t.
    pub fn embedded(&self, letter: &str) -> String {
        let index = letter.split_once('_').map(|(_, index)| format!("_{index}")).unwrap_or_default();
        if self.has_categories() {
            t!("{letter} = item{index} ‖ category{index}")
        } else {
            t!("{letter} = item{index}")
        }
    }

    /// The stage of embedding, with `click` where the step has one.
    pub fn embedding(&self, click: Option<Vector>) -> Stage {
        let query = Vector::given(t!("inspected product"), "q", self.embedded("q"), self.query.as_slice());
        Stage {
            name: t!("Embedding"),
            sentence: if self.has_categories() {
                t!("Each product is a row of a table for items beside one for categories.")
            } else {
                t!("Each product is a row of a table for items.")
            },
            id: "embedding",
            weighs: false,
            vectors: click.into_iter().chain([query]).collect(),
        }
    }

    /// v, where the trace has it as a part: the sum over the clicks that a network made.
    pub fn interest(&self) -> Vector {
        Vector::given(t!("interest"), "v", "v", self.inspection.trace.values("interest"))
    }

    /// k_j of the click of step `t`; none where the step has no click.
    pub fn key(&self, t: usize) -> Option<Vector> {
        let key = self.keys.get(t)?;
        Some(Vector::given(t!("click of this step"), "k_j", self.embedded("k_j"), key.as_slice()))
    }
}
