//! A whole network: embeddings, the part that makes an interest of a history, and the head.

use burn::module::Module;
use burn::prelude::*;
use burn::tensor::activation::sigmoid;

use super::{Body, BodyOutput, Embedding, Head, Histories, item_rows, tensors};
use crate::{DienTrace, Inspection, PartSpec, Trace, Weights, WeightsError};

/// A whole network.
#[derive(Module, Debug)]
pub struct Network {
    /// Item and category embeddings.
    pub embedding: Embedding,
    /// From keys and query to the interest.
    pub body: Body,
    /// From interest and query to the logit.
    pub head: Head,
}

/// What a network answers for a batch.
#[derive(Debug)]
pub struct Output {
    /// Logits, [batch, candidate].
    pub logits: Tensor<2>,
    /// What the body computed.
    pub body: BodyOutput,
}

impl Network {
    /// Puts `weights` on `device`. `item_categories` [items] is the category row of each item.
    ///
    /// # Errors
    /// [`WeightsError::Foreign`] where `item_categories` has another length than the item table.
    pub fn new(weights: &Weights, item_categories: &[u32], device: &Device) -> Result<Self, WeightsError> {
        let items = weights.vocabulary().items;
        if item_categories.len() != items {
            return Err(WeightsError::Foreign {
                file: "weights".to_owned(),
                what: "the number of items",
                weights: items.to_string(),
                catalogue: item_categories.len().to_string(),
            });
        }
        let source = tensors::Source { weights, device };
        let config = weights.config();
        Ok(Self {
            embedding: Embedding::new(&source, item_categories),
            body: Body::new(&source, config),
            head: Head::new(&source, &config.head),
        })
    }

    /// The parameters as weights, with what `like` says about them: its configuration and vocabulary.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] where training diverged.
    pub fn to_weights(&self, like: &Weights) -> Result<Weights, WeightsError> {
        let tensors = tensors::collect(self);
        Weights::new("network", like.config().clone(), like.vocabulary(), like.vocabulary_hash().to_owned(), tensors)
    }

    /// Click logits of `candidates` [batch, candidate] after `histories`.
    pub fn forward(&self, histories: &Histories, candidates: Tensor<2, Int>) -> Output {
        self.run(histories, candidates, Body::forward)
    }

    /// The same with every step of recurrent layers, in plain tensor operations.
    pub fn step_by_step(&self, histories: &Histories, candidates: Tensor<2, Int>) -> Output {
        self.run(histories, candidates, Body::step_by_step)
    }

    fn run(
        &self,
        histories: &Histories,
        candidates: Tensor<2, Int>,
        body: fn(&Body, Tensor<3>, Tensor<3>, &Histories) -> BodyOutput,
    ) -> Output {
        let query = self.embedding.forward(candidates);
        let keys = self.embedding.forward(histories.items.clone());
        let body = body(&self.body, keys.clone(), query.clone(), histories);
        let key_sum = self.head.key_sum.then(|| histories.sum(keys));
        let logits = self.head.forward(body.interest(), query, key_sum);
        Output { logits, body }
    }
}

/// Why [`inspect`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The weights do not fit.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// An item that the embedding does not have.
    #[error("there is no item {item}; there are {items}")]
    NoItem {
        /// The item asked for.
        item: u32,
        /// How many there are.
        items: usize,
    },
}

/// Runs the network of `weights` on burn's CPU backend and returns everything it computed for each of `candidates`
/// after `history`, oldest item first.
///
/// # Errors
/// See [`InspectError`].
pub fn inspect(
    weights: &Weights,
    item_categories: &[u32],
    history: &[u32],
    candidates: &[u32],
) -> Result<Vec<Inspection>, InspectError> {
    let items = weights.vocabulary().items;
    if let Some(&item) = history.iter().chain(candidates).find(|&&item| item as usize >= items) {
        return Err(InspectError::NoItem { item, items });
    }
    let device = Device::flex();
    let network = Network::new(weights, item_categories, &device)?;
    let histories = Histories::new(&[history], &device);
    let ids = item_rows(candidates, [1, candidates.len()], &device);
    let output = network.step_by_step(&histories, ids);
    let probabilities = values(sigmoid(output.logits.clone()));
    let logits = values(output.logits);
    let steps = history.len();

    let (sizes, specs) = (weights.config().trace_sizes(steps), weights.config().network.parts());
    let trace = |c: usize| match &output.body {
        BodyOutput::Pooling(pooling) => {
            // [1, candidate, step]
            let row = |tensor: &Tensor<3>, width: usize| values(tensor.clone())[c * width..][..width].to_vec();
            let of_steps = |tensor| row(tensor, steps.max(1))[..steps].to_vec();
            let interest = row(&pooling.interest, sizes.units);
            let values = [of_steps(&pooling.scores), of_steps(&pooling.weights), interest];
            Trace::new(specs.iter().zip(values).map(|(spec, values)| spec.of(sizes, values)))
        }
        BodyOutput::Dien(dien) => {
            let hidden = sizes.units;
            // [1, step, candidate]
            let column = |tensor: &Tensor<3>| -> Vec<f32> {
                values(tensor.clone()).into_iter().skip(c).step_by(candidates.len()).take(steps).collect()
            };
            let gather = |pick: fn(&super::AugruStep) -> &Tensor<3>| {
                let rows = dien.steps.iter().take(steps).map(|step| {
                    let [_, _, width] = pick(step).dims();
                    let row = values(pick(step).clone())[c * width..][..width].to_vec();
                    // AGRU's gate is one number for all units.
                    if width == hidden { row } else { vec![row[0]; hidden] }
                });
                rows.flatten().collect()
            };
            // [1, step, hidden]
            let mut states = values(dien.interest_states.clone());
            states.truncate(steps * hidden);
            Trace::new([
                DienTrace::INTEREST_STATES.of(sizes, states),
                PartSpec::SCORES.of(sizes, column(&dien.scores)),
                DienTrace::ATTENTION.of(sizes, column(&dien.attention)),
                DienTrace::RESET.of(sizes, gather(|step| &step.reset)),
                DienTrace::UPDATE.of(sizes, gather(|step| &step.update)),
                DienTrace::ATTENTIONAL_UPDATE.of(sizes, gather(|step| &step.attentional_update)),
                DienTrace::CANDIDATE.of(sizes, gather(|step| &step.candidate)),
                DienTrace::EVOLUTION_STATES.of(sizes, gather(|step| &step.state)),
            ])
        }
    };
    let inspection = |(c, &item): (usize, &u32)| Inspection {
        item,
        logit: logits[c],
        probability: probabilities[c],
        trace: trace(c),
    };
    Ok(candidates.iter().enumerate().map(inspection).collect())
}

/// All values of a float tensor in row order.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
