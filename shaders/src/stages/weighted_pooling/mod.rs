//! Weights from scores, and the weighted sum of the keys.

pub(crate) mod cpu;
