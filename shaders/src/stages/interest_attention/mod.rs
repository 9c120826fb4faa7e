//! DIEN's attention.

pub(crate) mod cpu;
