//! What a network said, and how long that took.

pub mod projection;
pub mod ranks;
pub mod scene;

use std::sync::Arc;

use model::Inspection;
use shaders::{Backend, StageTime};

use self::ranks::Ranks;
use crate::explain::networks::Network;
use crate::session::shop::clicks::Click;

/// What a network said about one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Which network.
    pub network: Network,
    /// The clicks that it was asked about.
    pub clicks: Vec<Click>,
    /// Click probability of every product, `[items]`.
    pub probabilities: Arc<Vec<f32>>,
}

/// The latest answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// What the network says now.
    pub now: Opinion,
    /// What was said before the last change of history or network.
    pub before: Option<Opinion>,
    /// Everything about the inspected product.
    pub inspected: Option<Inspection>,
    /// Everything about the product compared with it.
    pub compared: Option<Inspection>,
    /// Everything about each product that a view asked about beside those two.
    pub more: Vec<Inspection>,
    /// The time of each stage of the ranking; none where the device takes none.
    pub stages: Vec<StageTime>,
}

/// Where the time of the last change went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// What answered.
    pub backend: Backend,
    /// From the change of history or network to the answer or, where nothing changed, what the engine took, in milliseconds.
    pub total_ms: f64,
    /// In compute passes, in milliseconds, where measured.
    pub gpu_ms: Option<f64>,
}

/// Why no answer comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Why, in sentences.
    pub why: String,
    /// Whether it is the network's own, so that neither another backend nor another try helps.
    pub of_network: bool,
}

/// What the engines run on.
#[derive(Debug, Clone, PartialEq)]
pub struct HostInfo {
    /// GPU or CPU.
    pub backend: Backend,
    /// Name of the adapter or of the CPU engine.
    pub name: String,
    /// Why the engines run on the CPU though nobody asked for it.
    pub reason: Option<String>,
    /// Whether the engines run on the CPU though there is, or may yet be, a GPU.
    pub is_choice: bool,
}

impl HostInfo {
    /// "gpu" or "cpu", as in the address.
    pub fn backend_name(&self) -> &'static str {
        match self.backend {
            Backend::Gpu => "gpu",
            Backend::Cpu => "cpu",
        }
    }
}

impl Opinion {
    /// The order that the probabilities mean, with the products in the history or without.
    pub fn ranks(&self, hide_clicked: bool) -> Ranks {
        let clicked: Vec<u32> =
            if hide_clicked { self.clicks.iter().map(|click| click.item).collect() } else { Vec::new() };
        Ranks::new(&self.probabilities, &clicked)
    }
}
