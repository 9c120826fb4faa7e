//! How the networks of Interest Lens run live: WGSL compute shaders on `wgpu`, each with a CPU counterpart, behind one
//! [`Engine`].
//!
//! - `networks/<network>.rs` says what a network derives from its weights once, which stages it has, what they keep of the
//!   history, and what its trace is made of. The list of networks is at the end of `networks/mod.rs`.
//! - `stages/<stage>/` is one step of the computation three times: `mod.rs` with its weights and what a GPU must know of it,
//!   `<stage>.wgsl`, and `cpu.rs`, with the same equations under the same numbers. `stages/shared/` is what several have.
//! - `gpu/` and `cpu/` are the machines that run any of them. `question.rs` is what the engine asks of either, `gpu/api.rs` as
//!   much as the engine knows of a GPU: the rest of `gpu/` is loaded when there is one.
//!
//! A click: [`Engine::rank`] runs a question, a backend ranks it, and a block of candidates is scored. Stages that no candidate
//! enters run once a click and are kept, so that a click costs one step of them. All candidates are ranked in one submission
//! and read back once: all probabilities or those of the best candidates, and the full trace of the inspected ones. The
//! inspected candidates are computed twice, once among the catalogue and once after its end, where the stages also write down
//! what they compute. Every option of the networks runs but the wide part of a head.
//!
//! [`inspect()`] is one answer of the CPU without an engine. [`PointCloud`] has the same GPU draw points on a canvas.

mod catalogue;
mod cpu;
mod description;
mod engine;
mod error;
mod estimate;
mod gpu;
mod gpu_loader;
mod host;
mod inspect;
mod layers;
mod lost;
mod network;
mod networks;
mod patience;
mod point_cloud;
mod question;
#[cfg(test)]
mod seeded;
mod stages;

pub use description::{ShaderStage, SourceFile};
pub use engine::{Answer, Best, Engine, Timing, Warm, WarmUp};
pub use error::{EngineError, Wait};
pub use gpu::api::{CloudPoint, CloudView, MAX_GROUPS};
pub use host::{Backend, Choice, Host};
pub use inspect::inspect;
pub use lost::why_lost;
pub use patience::{in_time, outlives_panic};
pub use point_cloud::PointCloud;
pub use question::{Candidate, MAX_BEST, MAX_HISTORY, StageTime};
