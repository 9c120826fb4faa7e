//! Embeddings, and a batch of histories.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::tensors::Source;

/// An item is represented by its item embedding ‖ its category's embedding, `[H]`.
#[derive(Module, Debug)]
pub struct Embedding {
    item: Table,
    category: Table,
    /// Category row of each item, `[items]`.
    item_categories: Tensor<1, Int>,
}

/// An embedding table, [rows, dim].
#[derive(Module, Debug)]
struct Table {
    weight: Param<Tensor<2>>,
}

impl Table {
    /// Rows of the table, [rows of `ids`, dim].
    fn rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.weight.val().select(0, ids)
    }

    /// Σ_j weight_j ‖w_j‖² over the `rows` (j, weight_j).
    fn square_norm(&self, rows: &[(u32, f32)]) -> Tensor<1> {
        let device = self.weight.device();
        let (ids, weights): (Vec<i32>, Vec<f32>) = rows.iter().map(|&(row, weight)| (row as i32, weight)).unzip();
        let shape = [rows.len(), 1];
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [rows.len()]), &device);
        (self.rows(ids).square() * Tensor::from_data(TensorData::new(weights, shape), &device)).sum()
    }
}

impl Embedding {
    pub(crate) fn new(source: &Source, item_categories: &[u32]) -> Self {
        let categories: Vec<i32> = item_categories.iter().map(|&row| row as i32).collect();
        Self {
            item: Table { weight: source.param("embedding.item.weight") },
            category: Table { weight: source.param("embedding.category.weight") },
            item_categories: Tensor::from_data(TensorData::new(categories, [item_categories.len()]), source.device),
        }
    }

    /// `items` [batch, n] to their representations [batch, n, H].
    pub fn forward(&self, items: Tensor<2, Int>) -> Tensor<3> {
        let [batch, n] = items.dims();
        let items = items.reshape([batch * n]);
        let categories = self.item_categories.clone().select(0, items.clone());
        let rows = Tensor::cat(vec![self.item.rows(items), self.category.rows(categories)], 1);
        let width = rows.dims()[1];
        rows.reshape([batch, n, width])
    }

    /// Σ_j weight_j ‖w_j‖² over the rows (j, weight_j) of both tables.
    pub fn square_norm(&self, items: &[(u32, f32)], categories: &[(u32, f32)]) -> Tensor<1> {
        self.item.square_norm(items) + self.category.square_norm(categories)
    }
}

/// A trained vector for each position in the history.
#[derive(Module, Debug)]
pub(crate) struct PositionTable {
    position: Table,
}

impl PositionTable {
    pub fn new(source: &Source) -> Self {
        Self { position: Table { weight: source.param("embedding.position.weight") } }
    }

    /// p, `[position, H]`.
    pub fn vectors(&self) -> Tensor<2> {
        self.position.weight.val()
    }
}

/// Item rows as a tensor [batch, n], from `items` in row order.
pub fn item_rows(items: &[u32], shape: [usize; 2], device: &Device) -> Tensor<2, Int> {
    let rows: Vec<i32> = items.iter().map(|&item| item as i32).collect();
    Tensor::from_data(TensorData::new(rows, shape), device)
}

/// Histories of different lengths in one batch: oldest item first, padding after the end.
#[derive(Debug, Clone)]
pub struct Histories {
    /// Item rows, `[batch, step]`; item 0 as padding.
    pub items: Tensor<2, Int>,
    /// Where a step is padding, `[batch, step]`.
    pub padding: Tensor<2, Bool>,
    /// Number of items in each history, `[batch]`.
    pub lengths: Vec<usize>,
}

impl Histories {
    /// A batch of histories. There is always at least one step, all padding where every history is empty.
    pub fn new(histories: &[impl AsRef<[u32]>], device: &Device) -> Self {
        let lengths: Vec<usize> = histories.iter().map(|history| history.as_ref().len()).collect();
        let steps = lengths.iter().copied().max().unwrap_or(0).max(1);
        let shape = [histories.len(), steps];
        let padded = |history: &[u32]| (0..steps).map(|t| history.get(t).copied().unwrap_or(0)).collect::<Vec<_>>();
        let items: Vec<u32> = histories.iter().flat_map(|history| padded(history.as_ref())).collect();
        let padding: Vec<bool> = lengths.iter().flat_map(|&length| (0..steps).map(move |t| t >= length)).collect();
        Self {
            items: item_rows(&items, shape, device),
            padding: Tensor::from_data(TensorData::new(padding, shape), device),
            lengths,
        }
    }

    /// Each step's position counted back from the candidate, [batch, step]: 1 for the newest item, at most `oldest`; 0 at
    /// padding.
    pub fn positions(&self, oldest: usize) -> Tensor<2, Int> {
        let shape = self.items.dims();
        let position = |length: usize, t: usize| length.saturating_sub(t).min(oldest) as i32;
        let of = |&length: &usize| (0..shape[1]).map(move |t| position(length, t));
        let positions: Vec<i32> = self.lengths.iter().flat_map(of).collect();
        Tensor::from_data(TensorData::new(positions, shape), &self.items.device())
    }

    /// Σ_j k_j over the valid steps: `keys` `[batch, step, H]` to `[batch, 1, H]`.
    pub fn sum(&self, keys: Tensor<3>) -> Tensor<3> {
        let padding = self.padding.clone().unsqueeze_dim::<3>(2).expand(keys.dims());
        keys.mask_fill(padding, 0.0).sum_dim(1)
    }
}
