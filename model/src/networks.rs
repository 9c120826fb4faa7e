//! The networks in burn tensors: the reference that every other implementation is compared with, and what is trained.
//!
//! Shapes are written [batch, candidate, step, hidden]. One batch row is one history; every row may have several
//! candidates, which share whatever does not depend on them. H is the width of a query or key ([`crate::Config::width`]).
//!
//! To add a network: a variant of [`crate::NetworkConfig`] with its tensors, a file here, and a variant of [`Body`].

mod activation;
mod augru;
mod dien;
mod din;
mod embedding;
mod gru;
mod head;
mod local_activation;
mod mean_pooling;
mod tensors;

use burn::module::Module;
use burn::prelude::*;
use burn::tensor::activation::sigmoid;

use crate::{DienTrace, DinTrace, Inspection, NetworkConfig, Steps, Trace, Weights, WeightsError};

pub use activation::{Activation, Dice, Prelu};
pub use augru::{Augru, AugruStep};
pub use dien::{Dien, DienOutput};
pub use din::{Din, DinOutput};
pub use embedding::{Embedding, Histories, item_rows};
pub use gru::{Gates, Gru};
pub use head::Head;
pub use local_activation::LocalActivation;
pub use mean_pooling::MeanPooling;

/// A whole network: embeddings, the part that makes an interest of a history, and the head.
#[derive(Module, Debug)]
pub struct Network {
    /// Item and category embeddings.
    pub embedding: Embedding,
    /// From keys and query to the interest.
    pub body: Body,
    /// From interest and query to the logit.
    pub head: Head,
}

/// The part that differs from network to network.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one body a network, and never many networks")]
pub enum Body {
    /// Mean pooling.
    MeanPooling(MeanPooling),
    /// Deep Interest Network.
    Din(Din),
    /// Deep Interest Evolution Network.
    Dien(Dien),
}

/// What a network answers for a batch.
#[derive(Debug)]
pub struct Output {
    /// Logits, [batch, candidate].
    pub logits: Tensor<2>,
    /// What the body computed.
    pub body: BodyOutput,
}

/// What a body computed on the way.
#[derive(Debug)]
pub enum BodyOutput {
    /// Interest [batch, candidate, H].
    MeanPooling(Tensor<3>),
    /// DIN's.
    Din(DinOutput),
    /// DIEN's.
    Dien(DienOutput),
}

impl BodyOutput {
    /// The interest that goes into the head, [batch, candidate, interest].
    pub fn interest(&self) -> Tensor<3> {
        match self {
            Self::MeanPooling(interest) => interest.clone(),
            Self::Din(output) => output.interest.clone(),
            Self::Dien(output) => output.interest(),
        }
    }
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
            body: match &config.network {
                NetworkConfig::MeanPooling => Body::MeanPooling(MeanPooling {}),
                NetworkConfig::Din(din) => Body::Din(Din::new(&source, din, config.width())),
                NetworkConfig::Dien(dien) => Body::Dien(Dien::new(&source, dien)),
            },
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
        let query = self.embedding.forward(candidates);
        let keys = || self.embedding.forward(histories.items.clone());
        let (body, keys) = match &self.body {
            Body::MeanPooling(body) => {
                let keys = keys();
                let interest = body.forward(keys.clone(), query.dims()[1], histories);
                (BodyOutput::MeanPooling(interest), Some(keys))
            }
            Body::Din(din) => {
                let keys = keys();
                (BodyOutput::Din(din.forward(keys.clone(), query.clone(), histories)), Some(keys))
            }
            Body::Dien(dien) => {
                let steps = self.embedding.steps(&histories.items);
                (BodyOutput::Dien(dien.forward(steps, query.clone(), histories)), self.head.key_sum.then(keys))
            }
        };
        let key_sum = keys.filter(|_| self.head.key_sum).map(|keys| histories.sum(keys));
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
    /// The network has nothing to show.
    #[error("{0} has no trace: it weighs no click")]
    NoTrace(&'static str),
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
    let output = network.forward(&histories, ids);
    let probabilities = values(sigmoid(output.logits.clone()));
    let logits = values(output.logits);
    let steps = history.len();

    let trace = |c: usize| match &output.body {
        BodyOutput::MeanPooling(_) => Err(InspectError::NoTrace("mean pooling")),
        BodyOutput::Din(din) => {
            // [1, candidate, step]
            let row = |tensor: &Tensor<3>, width: usize| values(tensor.clone())[c * width..][..width].to_vec();
            Ok(Trace::Din(DinTrace {
                scores: row(&din.scores, steps.max(1))[..steps].to_vec(),
                weights: row(&din.weights, steps.max(1))[..steps].to_vec(),
                interest: row(&din.interest, weights.config().width()),
            }))
        }
        BodyOutput::Dien(dien) => {
            let hidden = weights.config().interest_width();
            // [1, step, candidate]
            let column = |tensor: &Tensor<3>| -> Vec<f32> {
                values(tensor.clone()).into_iter().skip(c).step_by(candidates.len()).take(steps).collect()
            };
            let gather = |pick: fn(&AugruStep) -> &Tensor<3>| {
                let rows = dien.steps.iter().take(steps).map(|step| {
                    let [_, _, width] = pick(step).dims();
                    let row = values(pick(step).clone())[c * width..][..width].to_vec();
                    // AGRU's gate is one number for all units.
                    if width == hidden { row } else { vec![row[0]; hidden] }
                });
                Steps::new(hidden, rows.flatten().collect())
            };
            let states = dien.interest_states.iter().take(steps).flat_map(|state| values(state.clone())).collect();
            Ok(Trace::Dien(DienTrace {
                interest_states: Steps::new(hidden, states),
                scores: column(&dien.scores),
                attention: column(&dien.attention),
                reset: gather(|step| &step.reset),
                update: gather(|step| &step.update),
                attentional_update: gather(|step| &step.attentional_update),
                candidate: gather(|step| &step.candidate),
                evolution_states: gather(|step| &step.state),
            }))
        }
    };
    let inspection = |(c, &item): (usize, &u32)| {
        Ok(Inspection { item, logit: logits[c], probability: probabilities[c], trace: trace(c)? })
    };
    candidates.iter().enumerate().map(inspection).collect()
}

/// All values of a float tensor in row order.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
