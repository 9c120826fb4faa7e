//! The items that are ranked, as the networks see them.

use model::{Config, Weights};

use crate::error::EngineError;
use crate::layers::{Dense, Layer, Matrix};

/// Item embedding ‖ category embedding of every item, `[items, H]`: its query and its key.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(Matrix);

impl Catalogue {
    /// The items of `weights`, each in its category.
    ///
    /// # Errors
    /// [`EngineError::ItemCategories`], [`EngineError::OutOfRange`] where the categories are not those of the weights.
    pub fn new(weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let vocabulary = weights.vocabulary();
        if item_categories.len() != vocabulary.items {
            return Err(EngineError::ItemCategories { categories: item_categories.len(), items: vocabulary.items });
        }
        if let Some(&category) = item_categories.iter().find(|&&category| category as usize >= vocabulary.categories) {
            let count = vocabulary.categories;
            return Err(EngineError::OutOfRange { what: "category", index: category as usize, count });
        }
        Ok(Self(embeddings(weights, item_categories)))
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.0.values.len() / self.0.columns
    }

    /// Refuses items that are not there.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`].
    pub fn check(&self, items: &[u32]) -> Result<(), EngineError> {
        let count = self.items();
        match items.iter().find(|&&item| item as usize >= count) {
            Some(&item) => Err(EngineError::OutOfRange { what: "item", index: item as usize, count }),
            None => Ok(()),
        }
    }

    /// H, the width of a query and of a key.
    pub fn width(&self) -> usize {
        self.0.columns
    }

    /// The representation of an item, `[H]`.
    pub fn item(&self, item: u32) -> &[f32] {
        self.0.row(item as usize)
    }

    /// The representations of several items, `[H]` each.
    pub fn keys(&self, items: &[u32]) -> impl ExactSizeIterator<Item = &[f32]> {
        items.iter().map(|&item| self.item(item))
    }

    /// Σ_j k_j over the history, `[H]`.
    pub fn key_sum(&self, history: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0; self.0.columns];
        for &item in history {
            for (sum, key) in sum.iter_mut().zip(self.item(item)) {
                *sum += key;
            }
        }
        sum
    }

    /// The queries of `items`, `LANES` candidates side by side: `[⌈items/LANES⌉][H][LANES]`, the last block filled up with
    /// zeros.
    pub fn queries<const LANES: usize>(&self, items: &[u32]) -> Vec<[f32; LANES]> {
        side_by_side(&self.0, items.iter().copied())
    }

    /// What `layer` makes of the queries of `items`, side by side: `[⌈items/LANES⌉][key][LANES]`.
    pub fn queries_through<const LANES: usize>(&self, layer: &Layer, items: &[u32]) -> Vec<[f32; LANES]> {
        let Layer { dense: Dense { weight, bias }, activation } = layer;
        let mut queries = Matrix { columns: bias.len(), values: Vec::with_capacity(items.len() * bias.len()) };
        for &item in items {
            let mut s = bias.clone();
            weight.accumulate(self.item(item), &mut s);
            let prelu = |(&s, &alpha): (&f32, &f32)| if s > 0.0 { s } else { alpha * s };
            queries.values.extend(s.iter().zip(&activation.alpha).map(prelu));
        }
        side_by_side(&queries, 0..items.len() as u32)
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

/// The rows of a [`Catalogue`].
///
/// A function of its own for its long loop: see xtask/src/program.rs.
#[inline(never)]
fn embeddings(weights: &Weights, item_categories: &[u32]) -> Matrix {
    let Config { item_dim, category_dim, .. } = *weights.config();
    let [items, categories] = ["embedding.item.weight", "embedding.category.weight"].map(|table| weights.values(table));
    let mut values = Vec::with_capacity(item_categories.len() * (item_dim + category_dim));
    for (item, &category) in item_categories.iter().enumerate() {
        values.extend_from_slice(&items[item * item_dim..][..item_dim]);
        values.extend_from_slice(&categories[category as usize * category_dim..][..category_dim]);
    }
    Matrix { columns: item_dim + category_dim, values }
}
