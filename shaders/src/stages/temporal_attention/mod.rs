//! The Temporal Interest Network.

pub(crate) mod cpu;
