//! The head.

pub(crate) mod cpu;
