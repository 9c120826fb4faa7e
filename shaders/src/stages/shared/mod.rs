//! What several stages share.

pub(crate) mod gru;
pub(crate) mod pooling;
pub(crate) mod recurrent;

use crate::gpu::spec::{File, wgsl};

/// What all stages of all networks have.
pub(crate) const SHARED: File = wgsl!("shared");

/// What the stages have that make the interest a weighted sum of the keys.
pub(crate) const POOLING: File = wgsl!("pooling");
