//! Two dimensions in which the path of DIEN's evolution state is drawn, and two in which the item embeddings are: fitted
//! once, after training, so that the same state or item is always at the same place.

use std::collections::BTreeMap;

use burn::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};

use crate::samples::Question;
use model::reference::{BodyOutput, Histories, Network, item_rows, values};
use model::{
    EMBEDDING_PROJECTION_COMPONENTS, EMBEDDING_PROJECTION_MEAN, PROJECTION_COMPONENTS, PROJECTION_MEAN,
    Tensor as Values, Weights, WeightsError, principal_components,
};

/// Fits the projection to the evolution states h'_t of `questions` at every step, for the item really bought and a
/// sampled one, and adds it to `weights`. Other networks than DIEN have no such states and are left as they are.
///
/// # Errors
/// As [`Network::new`].
pub fn fit_states(weights: &Weights, item_categories: &[u32], questions: &[Question]) -> Result<Weights, WeightsError> {
    let device = Device::flex();
    let network = Network::new(weights, item_categories, &device)?;
    let mut states: Vec<Vec<f32>> = Vec::new();
    for question in questions {
        let histories = Histories::new(&[&question.history], &device);
        let pair = &question.candidates[..question.candidates.len().min(2)];
        let candidates = item_rows(pair, [1, pair.len()], &device);
        if let BodyOutput::Dien(dien) = network.step_by_step(&histories, candidates).body {
            for step in dien.steps {
                states.extend(values(step.state).chunks_exact(weights.config().interest_width()).map(<[f32]>::to_vec));
            }
        }
    }
    if states.is_empty() {
        return Ok(weights.clone());
    }
    with_projection(weights, [PROJECTION_MEAN, PROJECTION_COMPONENTS], &states)
}

/// Fits the projection to the embedding of every item, item ‖ category, and adds it to `weights`. `item_categories`,
/// `[items]`, is the category row of each item.
///
/// # Errors
/// As [`Network::new`].
pub fn fit_embeddings(weights: &Weights, item_categories: &[u32]) -> Result<Weights, WeightsError> {
    let device = Device::flex();
    let network = Network::new(weights, item_categories, &device)?;
    let items: Vec<u32> = (0..item_categories.len() as u32).collect();
    let embeddings = values(network.embedding.forward(item_rows(&items, [1, items.len()], &device)));
    let embeddings: Vec<Vec<f32>> = embeddings.chunks_exact(weights.config().width()).map(<[f32]>::to_vec).collect();
    with_projection(weights, [EMBEDDING_PROJECTION_MEAN, EMBEDDING_PROJECTION_COMPONENTS], &embeddings)
}

/// The safetensors file `bytes` of `weights` with the projection of [`fit_embeddings`], and all else as it is there, the
/// metadata to the letter.
///
/// # Errors
/// As [`fit_embeddings`], and [`WeightsError::Format`], [`WeightsError::Write`].
pub fn add_to_file(
    file: &str,
    bytes: &[u8],
    weights: &Weights,
    item_categories: &[u32],
) -> Result<Vec<u8>, WeightsError> {
    let unreadable = |error: SafeTensorError| WeightsError::format(file, bytes, &error);
    let unwritable = |error: SafeTensorError| WeightsError::Write(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let projected = fit_embeddings(weights, item_categories)?;
    let added = [EMBEDDING_PROJECTION_MEAN, EMBEDDING_PROJECTION_COMPONENTS].map(|name| {
        let Values { shape, values } = &projected.tensors()[name];
        (name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    });
    let mut views: BTreeMap<&str, TensorView<'_>> = tensors.iter().collect();
    for (name, shape, bytes) in &added {
        views.insert(name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(unwritable)?);
    }
    safetensors::serialize(views, header.metadata().clone()).map_err(unwritable)
}

/// `weights` with the projection of `rows` `[row, width]` under the names of its mean and of its components.
fn with_projection(weights: &Weights, names: [&str; 2], rows: &[Vec<f32>]) -> Result<Weights, WeightsError> {
    let (mean, components) = principal_components(rows);
    let width = mean.len();
    let tensors = [(vec![width], mean), (vec![width, 2], components)];
    weights.with(names.map(str::to_owned).into_iter().zip(tensors.map(|(shape, values)| Values { shape, values })))
}
