//! The networks in burn tensors.
