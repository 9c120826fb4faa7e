//! The best candidates by click probability.
