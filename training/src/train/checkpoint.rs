//! How far training has come, so that it can go on from there.

use model::Weights;

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
    /// The optimizer's moments, safetensors.
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
