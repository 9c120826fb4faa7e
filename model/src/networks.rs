//! The networks: for each its options and tensors and, with the feature `burn`, its computation in burn tensors, which is
//! the reference of every other implementation and what is trained.
//!
//! Shapes are written [batch, candidate, step, hidden]. One batch row is one history; every row may have several
//! candidates, which share whatever does not depend on them. H is the width of a query or key ([`crate::Config::width`]).
//!
//! To add a network: a file beside `tin.rs`, and here a variant of [`NetworkConfig`] and of [`Body`]. A name for the command
//! line and the table of results goes into [`crate::presets`].

#[cfg(feature = "burn")]
mod activation;
#[cfg(feature = "burn")]
mod augru;
#[cfg(feature = "burn")]
mod dice;
mod dien;
mod din;
#[cfg(feature = "burn")]
mod embedding;
mod embedding_mlp;
#[cfg(feature = "burn")]
mod gru;
#[cfg(feature = "burn")]
mod head;
mod local_activation;
#[cfg(feature = "burn")]
mod mlp;
#[cfg(feature = "burn")]
mod network;
#[cfg(feature = "burn")]
mod scan;
#[cfg(feature = "burn")]
mod tensors;
mod tin;

use serde::Serialize;

#[cfg(feature = "burn")]
use burn::{module::Module, prelude::*};

use crate::config::Tensors;
use crate::{Config, PartSpec};

pub use dien::{Auxiliary, DienAttention, DienConfig, DienTrace, Evolution, Reset};
pub use din::{DinConfig, Normalization};
pub use embedding_mlp::{EmbeddingMlpConfig, Pooling};
pub use local_activation::LocalActivationConfig;
pub use tin::TinConfig;

#[cfg(feature = "burn")]
pub use self::{
    activation::{Activation as ActivationFunction, Dice, Plain, Prelu},
    augru::{Augru, AugruStep},
    dien::{Dien, DienOutput},
    din::Din,
    embedding::{Embedding, Histories, item_rows},
    embedding_mlp::EmbeddingMlp,
    gru::{Gates, Gru},
    head::Head,
    local_activation::LocalActivation,
    mlp::Mlp,
    network::{InspectError, Network, Output, inspect},
    scan::{Keep, Scan},
    tin::Tin,
};
#[cfg(feature = "burn")]
pub(crate) use network::values;

/// The part between the embeddings and the head: which one, with the options that only it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum NetworkConfig {
    /// Embedding & MLP: the keys pooled, all alike.
    EmbeddingMlp(EmbeddingMlpConfig),
    /// Deep Interest Network (Zhou et al. 2018, KDD).
    Din(DinConfig),
    /// Deep Interest Evolution Network (Zhou et al. 2019, AAAI).
    Dien(DienConfig),
    /// Temporal Interest Network (Zhou et al. 2024, WWW).
    Tin(TinConfig),
}

impl NetworkConfig {
    pub(crate) fn definition(&self) -> &dyn Definition {
        match self {
            Self::EmbeddingMlp(config) => config,
            Self::Din(config) => config,
            Self::Dien(config) => config,
            Self::Tin(config) => config,
        }
    }

    /// The name in files.
    pub fn name(&self) -> &'static str {
        self.definition().name()
    }

    /// The parts of a [`Trace`](crate::Trace) of this network, in the order of the computation.
    pub fn parts(&self) -> &'static [PartSpec] {
        self.definition().parts()
    }
}

/// What a network's options say about it, apart from what it computes.
pub(crate) trait Definition {
    /// The name in files.
    fn name(&self) -> &'static str;

    /// Width of the interest, where `width` is H.
    fn interest_width(&self, width: usize) -> usize {
        width
    }

    /// How many interests lie side by side.
    fn interests(&self) -> usize {
        1
    }

    /// The parts of a trace, in the order of the computation.
    fn parts(&self) -> &'static [PartSpec];

    /// Sizes that must be neither 0 nor huge, by the name of their field.
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// What else is wrong, where `width` is H.
    fn problem(&self, _width: usize) -> Option<String> {
        None
    }

    /// Adds its tensors.
    fn tensors(&self, config: &Config, tensors: &mut Tensors);
}

/// The computation between the embeddings and the head.
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one body a network, and never many networks")]
pub enum Body {
    /// Embedding & MLP.
    EmbeddingMlp(EmbeddingMlp),
    /// Deep Interest Network.
    Din(Din),
    /// Deep Interest Evolution Network.
    Dien(Dien),
    /// Temporal Interest Network.
    Tin(Tin),
}

#[cfg(feature = "burn")]
impl Body {
    fn new(source: &tensors::Source, config: &Config) -> Self {
        match &config.network {
            NetworkConfig::EmbeddingMlp(options) => Self::EmbeddingMlp(EmbeddingMlp::new(options)),
            NetworkConfig::Din(options) => Self::Din(Din::new(source, options)),
            NetworkConfig::Dien(options) => Self::Dien(Dien::new(source, options)),
            NetworkConfig::Tin(_) => Self::Tin(Tin::new(source)),
        }
    }

    /// `keys` [batch, step, H] and `query` [batch, candidate, H] to the interest of each candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> BodyOutput {
        match self {
            Self::EmbeddingMlp(body) => BodyOutput::Pooling(body.forward(keys, query, histories)),
            Self::Din(body) => BodyOutput::Pooling(body.forward(keys, query, histories)),
            Self::Dien(body) => BodyOutput::Dien(body.forward(keys, query, histories)),
            Self::Tin(body) => BodyOutput::Pooling(body.forward(keys, query, histories)),
        }
    }

    /// The same with every step of recurrent layers, in plain tensor operations.
    pub fn step_by_step(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> BodyOutput {
        match self {
            Self::Dien(body) => BodyOutput::Dien(body.step_by_step(keys, query, histories)),
            _ => self.forward(keys, query, histories),
        }
    }
}

/// What a body computed on the way.
#[cfg(feature = "burn")]
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one a batch")]
pub enum BodyOutput {
    /// A weight for each key, and their sum.
    Pooling(PoolingOutput),
    /// DIEN's states.
    Dien(DienOutput),
}

/// A weight for each history item, and the interest as the weighted sum.
#[cfg(feature = "burn")]
#[derive(Debug)]
pub struct PoolingOutput {
    /// What the weights are made of, [batch, candidate, step]. Those of padded steps mean nothing.
    pub scores: Tensor<3>,
    /// Weights, [batch, candidate, step]; 0 at padded steps.
    pub weights: Tensor<3>,
    /// Interest, [batch, candidate, H]; 0 for an empty history.
    pub interest: Tensor<3>,
}

#[cfg(feature = "burn")]
impl BodyOutput {
    /// The interest that goes into the head, [batch, candidate, interest].
    pub fn interest(&self) -> Tensor<3> {
        match self {
            Self::Pooling(output) => output.interest.clone(),
            Self::Dien(output) => output.interest.clone(),
        }
    }
}

/// Softmax over dimension `dim` of the entries that are not padding; 0 at padding.
#[cfg(feature = "burn")]
fn masked_softmax(scores: Tensor<3>, padding: Tensor<3, Bool>, dim: usize) -> Tensor<3> {
    // A finite number: −∞ in every entry, as of an empty history, would give NaN.
    let scores = scores.mask_fill(padding.clone(), -1e30);
    burn::tensor::activation::softmax(scores, dim).mask_fill(padding, 0.0)
}
