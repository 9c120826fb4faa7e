//! DIEN's interest evolution.

pub(crate) mod cpu;
