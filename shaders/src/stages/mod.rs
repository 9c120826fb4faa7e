//! The stages, one folder each.

pub(crate) mod best_candidates;
pub(crate) mod interest_attention;
pub(crate) mod interest_evolution;
pub(crate) mod interest_extraction;
pub(crate) mod interest_extractor;
pub(crate) mod interest_readout;
pub(crate) mod local_activation;
pub(crate) mod ranking_mlp;
pub(crate) mod second_gru;
pub(crate) mod shared;
pub(crate) mod temporal_attention;
pub(crate) mod weighted_pooling;
