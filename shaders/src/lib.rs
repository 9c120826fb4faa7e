//! How the networks of Interest Lens run live: WGSL compute shaders on `wgpu`, each with a CPU counterpart of the same
//! name, behind one [`Engine`].

mod cpu;
mod engine;
mod error;
mod gpu;
mod host;
mod network;
#[cfg(test)]
mod seeded;

pub use engine::{Answer, Engine, MAX_HISTORY, Timing};
pub use error::EngineError;
pub use host::{Backend, Choice, Host};
