//! Prepares data, trains the networks and measures them: what the program `interest-lens` is made of.

pub mod bootstrap;
pub mod evaluate;
pub mod exam;
pub mod export;
pub mod knn;
pub mod prepare;
pub mod projection;
pub mod results;
pub mod samples;
pub mod search;
pub mod sequences;
pub mod split;
pub mod train;
