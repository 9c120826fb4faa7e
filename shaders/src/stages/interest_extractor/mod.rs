//! DIEN's interest extractor.

pub(crate) mod cpu;
