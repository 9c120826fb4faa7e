//! One answer on the CPU, in one call.

use std::sync::Arc;

use model::{Inspection, Weights};

use crate::cpu::Runner;
use crate::error::EngineError;
use crate::network::Network;
use crate::question::{Question, Scope};

/// What the CPU engine computes for `candidate` after the clicks of `history`, oldest first; not numbers where these grow too large
/// for float32. `item_categories`, `[items]`, is the category row of each item.
///
/// What asks many networks one question each, such as the proof of an import, needs no [`Engine`](crate::Engine), and a program that
/// calls nothing else here has no GPU backend in it.
///
/// # Errors
/// As [`Engine::new`](crate::Engine::new), and [`EngineError::OutOfRange`] for an item that is not there.
pub fn inspect(
    weights: &Weights,
    item_categories: &[u32],
    history: &[u32],
    candidate: u32,
) -> Result<Inspection, EngineError> {
    let network = Arc::new(Network::new(weights, item_categories)?);
    network.catalogue.check(history)?;
    network.catalogue.check(&[candidate])?;
    let candidates: Arc<[u32]> = [].into();
    let question =
        Question { history, kept: 0, candidates: &candidates, inspected: &[candidate], scope: Scope::Inspected };
    Ok(Runner::new(network).inspect(question)?.remove(0))
}
