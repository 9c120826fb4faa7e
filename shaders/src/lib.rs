//! How the networks of Interest Lens run live: WGSL compute shaders on `wgpu`, each with a CPU counterpart of the same
//! name, behind one [`Engine`].
//!
//! | network | stages, in order | of |
//! |---|---|---|
//! | Embedding & MLP | `weighted_pooling` | the keys' sum or mean v |
//! | DIN | `local_activation` | score of each history item for each candidate |
//! | | `weighted_pooling` | weights, and the interest v |
//! | DIEN | `interest_extractor` | interest state after each click; kept, so that a click costs one step |
//! | | `second_gru`, by option | state of a second GRU after each click, kept likewise |
//! | | `local_activation`, by option | score of each state for each candidate |
//! | | `interest_attention` | attention of each candidate to each state; the interest, after a second GRU |
//! | | `interest_evolution`, if no second GRU | evolution of the interest towards each candidate, step by step |
//! | TIN | `temporal_attention` | attention by meaning and position, and the interest v |
//! | all | `ranking_mlp` | click probability of each candidate |
//! | | `best_candidates`, where asked for | the best of them |
//!
//! A stage is a folder, `stages/<name>/`, with `<name>.wgsl` and `cpu.rs`: the same equations, inputs and outputs. `network.rs` holds what
//! both derive from the weights once. Every option of the networks runs but the wide part of a head. A click runs all
//! stages for the whole catalogue in one submission, and reads back once: all probabilities or those of the best candidates,
//! and the full trace of the inspected ones. These are computed twice, once among the catalogue and once after its end, where the stages also
//! write down what they compute.
//!
//! [`PointCloud`] has the same GPU draw points on a canvas.

mod cpu;
mod description;
mod engine;
mod error;
mod estimate;
mod gpu;
mod gpu_loader;
mod host;
mod network;
mod point_cloud;
mod question;
#[cfg(test)]
mod seeded;
mod stages;

pub use description::{ShaderStage, SourceFile};
pub use engine::{Answer, Best, Engine, Timing, Warm, WarmUp};
pub use error::EngineError;
pub use gpu::api::{CloudPoint, CloudView, MAX_GROUPS};
pub use host::{Backend, Choice, Host};
pub use point_cloud::PointCloud;
pub use question::{Candidate, MAX_BEST, MAX_HISTORY, StageTime};
