//! The layers that several networks share: their numbers for one vector at a time, and how those come about.

pub mod attention;
pub mod gru;
pub mod mlp;
mod numbers;
pub mod pooling;
pub mod ranking_mlp;

pub use numbers::{activate, dense, embed, gru_step, product, sigmoid};
