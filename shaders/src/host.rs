//! What engines run on.

use std::sync::Arc;

use crate::EngineError;

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
pub struct Host(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fallback_reason: Option<String>,
}

impl Host {
    /// Finds what to run on.
    ///
    /// # Errors
    /// Only for [`Choice::Gpu`], where there is no GPU.
    pub async fn open(choice: Choice) -> Result<Self, EngineError> {
        let _ = choice;
        Ok(Self::cpu(None))
    }

    /// The CPU, and why it is not the GPU.
    pub(crate) fn cpu(fallback_reason: Option<String>) -> Self {
        Self(Arc::new(Inner { fallback_reason }))
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
        self.0.fallback_reason.as_deref()
    }
}
