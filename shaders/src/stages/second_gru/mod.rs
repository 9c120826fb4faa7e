//! DIEN's second recurrent layer where attention does not enter it.

pub(crate) mod cpu;
