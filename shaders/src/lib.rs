//! How the networks of Interest Lens run live: WGSL compute shaders on `wgpu`, each with a CPU counterpart of the same
//! name, behind one [`Engine`].

use model::{Inspection, Weights};

/// What a caller wants the engine to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The GPU where there is a real one, else the CPU.
    #[default]
    Auto,
    /// The GPU, even a software one; an error where there is none.
    Gpu,
    /// The CPU.
    Cpu,
}

/// What an engine runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// WGSL shaders on a `wgpu` device.
    Gpu,
    /// The CPU counterparts.
    Cpu,
}

/// The device that engines share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Host {}

impl Host {
    /// Finds what to run on.
    ///
    /// # Errors
    /// Only for [`Choice::Gpu`], where there is no GPU.
    pub async fn open(choice: Choice) -> Result<Self, EngineError> {
        let _ = choice;
        Ok(Self {})
    }

    /// What engines on this host run on.
    pub fn backend(&self) -> Backend {
        Backend::Cpu
    }

    /// Name of the GPU adapter, or of the CPU engine.
    pub fn name(&self) -> &str {
        "CPU"
    }

    /// Why it is the CPU, in a sentence for the page; none on a GPU or where the CPU was asked for.
    pub fn fallback_reason(&self) -> Option<&str> {
        None
    }
}

/// One network, its weights, and a history, ready to rank the catalogue.
#[derive(Debug)]
pub struct Engine {
    history: Vec<u32>,
}

/// What one call of [`Engine::rank`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Click probability of every item, [items], in the catalogue's order.
    pub probabilities: Vec<f32>,
    /// The full trace of each inspected item, in the order asked for.
    pub inspections: Vec<Inspection>,
    /// How long it took.
    pub timing: Timing,
}

/// Where the time of one ranking went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// From the call to the answer, in milliseconds.
    pub total_ms: f64,
    /// Time in compute passes by timestamp queries, in milliseconds, where the device offers them.
    pub gpu_ms: Option<f64>,
}

/// What can go wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// There is no usable GPU.
    #[error("no GPU to run on: {0}")]
    NoAdapter(String),
    /// An item or a position that does not exist.
    #[error("there is no {what} {index}; there are {count}")]
    OutOfRange {
        /// "item" or "history position".
        what: &'static str,
        /// What was asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

impl Engine {
    /// Uploads `weights` once. `item_categories` [items] is the category row of each item.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn new(host: &Host, weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let _ = (host, weights, item_categories);
        Ok(Self { history: Vec::new() })
    }

    /// What this engine runs on now; after a lost device it may differ from where it began.
    pub fn host(&self) -> &Host {
        unimplemented!()
    }

    /// The items clicked, oldest first.
    pub fn history(&self) -> &[u32] {
        &self.history
    }

    /// Appends a click. The next ranking computes only the new step.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] for an item that is not in the catalogue.
    pub fn push(&mut self, item: u32) -> Result<(), EngineError> {
        self.history.push(item);
        Ok(())
    }

    /// Removes the click at `index`, counted from the oldest.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] where there is none.
    pub fn remove(&mut self, index: usize) -> Result<(), EngineError> {
        self.history.remove(index);
        Ok(())
    }

    /// Forgets every click.
    pub fn clear(&mut self) {
        self.history.clear();
    }

    /// Makes the history `items`; steps before the first difference are kept.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`], and then the history is what it was.
    pub fn set_history(&mut self, items: &[u32]) -> Result<(), EngineError> {
        self.history = items.to_vec();
        Ok(())
    }

    /// Ranks the whole catalogue for the present history, with the full trace of the `inspected` items.
    ///
    /// # Errors
    /// See [`EngineError`]. After a lost device the engine makes itself anew, on the CPU if need be, and answers.
    pub async fn rank(&mut self, inspected: &[u32]) -> Result<Answer, EngineError> {
        let _ = inspected;
        unimplemented!()
    }
}
