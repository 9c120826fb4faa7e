//! What a GPU is asked to do for one question, batch by batch.

use super::limits::{BATCH, QUAD, quads};
use super::program::Program;
use super::spec::Request;
use super::stage::Stage;
use crate::description::ShaderStage;
use crate::error::EngineError;
use crate::network::Network;
use crate::question::{Question, Scope};

/// What each batch of `question` is about.
pub(super) fn requests(network: &Network, question: Question<'_>) -> Vec<Request> {
    let Question { history, kept, candidates, inspected, scope } = question;
    let ranked = quads(candidates.len());
    let first = if scope.is_ranking() { 0 } else { ranked };
    let end = ranked + inspected.len().div_ceil(QUAD);
    // One even where there are no candidates: it brings the interest states up to date.
    let batches = (end - first).div_ceil(BATCH).max(1);
    let request = |batch: usize| {
        let first_quad = first + batch * BATCH;
        Request {
            steps: (history.len() + usize::from(network.stand_in(history).is_some())) as u32,
            first_step: kept as u32,
            first_quad: first_quad as u32,
            quads: (end - first_quad).min(BATCH) as u32,
            first_inspected: ranked as u32,
            inspected: inspected.len() as u32,
            candidates: candidates.len() as u32,
            best: if let Scope::Best(count) = scope { count as u32 } else { 0 },
        }
    };
    (0..batches).map(request).collect()
}

/// The stages of a network as a GPU runs them for `question`, without one: no buffer is there to be measured.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn stages(network: &Network, question: Question<'_>) -> Result<Vec<ShaderStage>, EngineError> {
    let Program { layout, stages, .. } = Program::new(network)?;
    let requests = requests(network, question);
    Ok(stages.iter().map(|stage| layout.describe(stage, &requests, Vec::new())).collect())
}

/// What one call runs: a request for each batch.
#[derive(Debug)]
pub(super) struct Plan {
    pub requests: Vec<Request>,
    pub scope: Scope,
}

impl Plan {
    /// Where each pass is: the stage, and the batch.
    pub fn passes<'a>(&self, stages: &'a [Stage], best: Option<&'a Stage>) -> Vec<(&'a Stage, usize)> {
        let batches = 0..self.requests.len();
        let of_batch =
            |batch| stages.iter().filter(move |stage| batch == 0 || !stage.spec.once).map(move |stage| (stage, batch));
        batches.flat_map(of_batch).chain(best.map(|stage| (stage, 0))).collect()
    }
}
