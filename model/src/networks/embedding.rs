//! Embeddings, and a batch of histories.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::tensors::Source;

/// An item is represented by its item embedding ‖ its category's embedding, [H].
#[derive(Module, Debug)]
pub struct Embedding {
    item: Table,
    category: Table,
    /// Category row of each item, [items].
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
}

impl Embedding {
    pub(super) fn new(source: &Source, item_categories: &[u32]) -> Self {
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
        let rows = self.rows(items.reshape([batch * n]));
        let width = rows.dims()[1];
        rows.reshape([batch, n, width])
    }

    /// `items` [batch, step] to one tensor [batch, H] a step.
    ///
    /// A slice of one large tensor would give each step a gradient of the whole sequence, and the backward pass a cost
    /// that grows with the square of the steps; a look-up per step does not.
    pub fn steps(&self, items: &Tensor<2, Int>) -> Vec<Tensor<2>> {
        let [batch, steps] = items.dims();
        (0..steps).map(|t| self.rows(items.clone().slice([0..batch, t..t + 1]).reshape([batch]))).collect()
    }

    fn rows(&self, items: Tensor<1, Int>) -> Tensor<2> {
        let categories = self.item_categories.clone().select(0, items.clone());
        Tensor::cat(vec![self.item.rows(items), self.category.rows(categories)], 1)
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
    /// Item rows, [batch, step]; item 0 as padding.
    pub items: Tensor<2, Int>,
    /// Where a step is padding, [batch, step].
    pub padding: Tensor<2, Bool>,
    /// Number of items in each history, [batch].
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

    /// Σ_j k_j over the valid steps: `keys` [batch, step, H] to [batch, 1, H].
    pub fn sum(&self, keys: Tensor<3>) -> Tensor<3> {
        let padding = self.padding.clone().unsqueeze_dim::<3>(2).expand(keys.dims());
        keys.mask_fill(padding, 0.0).sum_dim(1)
    }
}
