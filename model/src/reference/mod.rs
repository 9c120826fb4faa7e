//! The networks in burn tensors: the reference of every other implementation, and what is trained.
//!
//! Shapes are written `[batch, candidate, step, hidden]`. One batch row is one history; every row may have several
//! candidates, which share whatever does not depend on them. H is the width of a query or key ([`crate::Config::width`]).

mod body;
#[cfg(test)]
pub(crate) mod by_hand;

use burn::module::Module;
use burn::prelude::*;
use burn::tensor::activation::sigmoid;

use crate::networks::layers::tensors::{Source, named};
use crate::trace::{Inspection, Trace};
use crate::weights::{Weights, WeightsError};

pub use self::body::*;
pub use crate::networks::layers::activation::{Activation, Dice, Plain, Prelu};
pub use crate::networks::layers::embedding::{Embedding, Histories, item_rows};
pub use crate::networks::layers::gru::{Gates, Gru};
pub use crate::networks::layers::interest_evolution::{EvolutionStep, InterestEvolution};
pub use crate::networks::layers::local_activation::LocalActivation;
pub use crate::networks::layers::mlp::Mlp;
pub use crate::networks::layers::pooling::PoolingOutput;
pub use crate::networks::layers::ranking_mlp::RankingMlp;
pub use crate::networks::layers::reference::NextClicks;
pub use crate::networks::layers::scan::{Keep, Scan};
pub use crate::networks::layers::tensors::{Part, collect, read, values};

/// A whole network.
#[derive(Module, Debug)]
pub struct Network {
    /// Item and category embeddings.
    pub embedding: Embedding,
    /// From keys and query to the interest.
    pub body: Body,
    /// From interest and query to the logit.
    pub head: RankingMlp,
}

/// What a network answers for a batch.
#[derive(Debug)]
pub struct Output {
    /// Logits, `[batch, candidate]`.
    pub logits: Tensor<2>,
    /// What the body computed.
    pub body: BodyOutput,
}

impl Network {
    /// Puts `weights` on `device`. `item_categories` `[items]` is the category row of each item.
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
        let source = Source { weights, device };
        let config = weights.config();
        Ok(Self {
            embedding: Embedding::new(&source, item_categories),
            body: Body::new(&source, &config.network),
            head: RankingMlp::new(&source, &config.head),
        })
    }

    /// The parameters as weights, with what `like` says about them: its configuration and vocabulary. Asynchronous, as nothing in a
    /// browser can wait for a GPU.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] where training diverged.
    ///
    /// # Panics
    /// Where the device is lost.
    pub async fn to_weights(&self, like: &Weights) -> Result<Weights, WeightsError> {
        let (parts, all) = collect(self);
        let (vocabulary, hash) = (like.vocabulary(), like.vocabulary_hash().to_owned());
        Weights::new("network", like.config().clone(), vocabulary, hash, named(parts, &read(all).await))
    }

    /// Click logits of `candidates` `[batch, candidate]` after `histories`.
    pub fn forward(&self, histories: &Histories, candidates: Tensor<2, Int>) -> Output {
        self.run(histories, candidates, Body::forward)
    }

    /// Click logits as by [`Network::forward`], with every step of recurrent layers kept, in plain tensor operations.
    pub fn step_by_step(&self, histories: &Histories, candidates: Tensor<2, Int>) -> Output {
        self.run(histories, candidates, Body::step_by_step)
    }

    /// The network's auxiliary loss, where it has one: `clicked` is what `output` was computed of, and `sampled` has for
    /// each of its steps an item that was not clicked.
    pub fn auxiliary_loss(&self, output: &BodyOutput, clicked: &Histories, sampled: &Histories) -> Option<Tensor<1>> {
        let embed = |histories: &Histories| self.embedding.forward(histories.items.clone());
        let next = NextClicks { clicked: embed(clicked), sampled: embed(sampled) };
        self.body.auxiliary_loss(output, &next, clicked)
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
    let (sizes, specs) = (weights.config().trace_sizes(history.len()), weights.config().network.parts());
    let trace = |c: usize| {
        let values = output.body.parts(c, history.len());
        Trace::new(specs.iter().zip(values).map(|(spec, values)| spec.of(sizes, values)))
    };
    let inspection = |(c, &item): (usize, &u32)| Inspection {
        item,
        logit: logits[c],
        probability: probabilities[c],
        trace: trace(c),
    };
    Ok(candidates.iter().enumerate().map(inspection).collect())
}
