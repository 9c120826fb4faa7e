//! The local activation unit of DIN, and of DIEN by option.

pub(crate) mod cpu;
