//! Mean pooling: the baseline without attention.

use burn::module::Module;
use burn::prelude::*;

use super::Histories;

/// Interest = 1/T Σ_j k_j, the same for every candidate; 0 for an empty history.
#[derive(Module, Debug)]
pub struct MeanPooling {}

impl MeanPooling {
    /// `keys` [batch, step, H] to [batch, candidate, H].
    pub fn forward(&self, keys: Tensor<3>, candidates: usize, histories: &Histories) -> Tensor<3> {
        let [batch, _, width] = keys.dims();
        let device = keys.device();
        let inverse: Vec<f32> = histories.lengths.iter().map(|&length| 1.0 / length.max(1) as f32).collect();
        let inverse = Tensor::<3>::from_data(TensorData::new(inverse, [batch, 1, 1]), &device);
        (histories.sum(keys) * inverse).expand([batch, candidates, width])
    }
}
