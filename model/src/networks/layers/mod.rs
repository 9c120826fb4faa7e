//! What the references of several networks are made of, in burn tensors.

pub(crate) mod activation;
mod dice;
pub(crate) mod embedding;
pub(crate) mod gru;
pub(crate) mod interest_evolution;
pub(crate) mod local_activation;
pub(crate) mod mlp;
pub(crate) mod pooling;
pub(crate) mod ranking_mlp;
pub(crate) mod reference;
pub(crate) mod scan;
pub(crate) mod tensors;
