//! How far training has come, so that it can go on from there.

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, ModuleOptimizer};
use burn::tensor::Bytes;
use model::Weights;

use super::error::TrainError;
use crate::options::TrainConfig;
use crate::state::State;

/// All that a training goes on from.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// How far it has come.
    pub state: State,
    /// The weights at this step.
    pub now: Weights,
    /// Those of the best epoch.
    pub best: Weights,
    /// The optimizer's moments, as burn writes them.
    pub optimizer: Vec<u8>,
}

/// What it is that `state` is of, where that is not the training that `fresh` begins. Other epochs are the same training, which ends
/// sooner or later.
pub(super) fn other(state: &State, fresh: &State) -> Option<&'static str> {
    let train = TrainConfig { epochs: fresh.train.epochs, ..state.train.clone() };
    let differs = [
        ("another network or sizes", state.config != fresh.config),
        ("other training options", train != fresh.train),
        ("another catalogue", state.vocabulary != fresh.vocabulary),
        ("other sequences", state.split != fresh.split),
    ];
    differs.into_iter().find_map(|(what, differs)| differs.then_some(what))
}

/// Adam with decoupled weight decay, the gradient of each tensor clipped to a norm of 5; with the moments in `state`, if there are
/// any.
///
/// # Errors
/// [`TrainError::Checkpoint`] where `state` is not what burn writes.
pub(super) fn optimizer(train: &TrainConfig, state: Option<Vec<u8>>) -> Result<ModuleOptimizer, TrainError> {
    let clipping = GradientClippingConfig::Norm(5.0);
    let adam = AdamWConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping));
    let optimizer = adam.with_weight_decay(train.weight_decay).init();
    match state {
        Some(state) => optimizer.from_bytes(Bytes::from_bytes_vec(state)).map_err(|error| wrong(error.to_string())),
        None => Ok(optimizer),
    }
}

/// The optimizer's moments.
///
/// # Errors
/// [`TrainError::Checkpoint`] where burn cannot write them.
pub(super) fn moments(optimizer: &ModuleOptimizer) -> Result<Vec<u8>, TrainError> {
    Ok(optimizer.into_bytes().map_err(|error| wrong(error.to_string()))?.to_vec())
}

fn wrong(problem: String) -> TrainError {
    TrainError::Checkpoint { file: "the optimizer's state".to_owned(), problem }
}
