//! What engines run on.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::error::EngineError;
use crate::gpu::api::GpuDevice;
use crate::gpu_loader;

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
pub struct Host(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    choice: Choice,
    gpu: Option<Rc<dyn GpuDevice>>,
    fallback_reason: Option<String>,
    /// Whether the CPU answers though there is, or may yet be, a GPU.
    is_choice: bool,
    /// Whether there is a GPU, but a software one.
    is_software: bool,
    /// What took this host's place after its device was lost, so that all its engines move to the same new one.
    successor: OnceCell<Host>,
}

impl Inner {
    /// The CPU.
    fn new(choice: Choice, fallback_reason: Option<String>) -> Self {
        let successor = OnceCell::new();
        Self { choice, gpu: None, fallback_reason, is_choice: false, is_software: false, successor }
    }
}

impl Host {
    /// Finds what to run on.
    ///
    /// # Errors
    /// Only for [`Choice::Gpu`], where there is no GPU: [`EngineError::NotLoaded`],
    /// [`EngineError::NoAdapter`], [`EngineError::NoAnswer`], [`EngineError::Refused`].
    pub async fn open(choice: Choice) -> Result<Self, EngineError> {
        match choice {
            Choice::Cpu => Ok(Self::new(choice, None, None)),
            Choice::Gpu => Ok(Self::new(choice, Some(gpu_loader::open().await?), None)),
            Choice::Auto => Ok(match gpu_loader::open().await {
                Ok(gpu) if gpu.is_software() => {
                    let reason =
                        format!("The only GPU is a software one ({}), which the CPU engine outruns.", gpu.name());
                    Self(Rc::new(Inner { is_software: true, ..Inner::new(choice, Some(reason)) }))
                }
                Ok(gpu) => Self::new(choice, Some(gpu), None),
                Err(error) => Self::new(choice, None, Some(error.to_string())),
            }),
        }
    }

    /// The CPU, for an engine that answers at once while [`Host::open`] with a free choice looks for a GPU.
    pub fn before_gpu() -> Self {
        Self::by_choice(Choice::Auto, "The GPU is getting ready.".to_owned())
    }

    fn new(choice: Choice, gpu: Option<Rc<dyn GpuDevice>>, fallback_reason: Option<String>) -> Self {
        Self(Rc::new(Inner { gpu, ..Inner::new(choice, fallback_reason) }))
    }

    fn by_choice(choice: Choice, reason: String) -> Self {
        Self(Rc::new(Inner { is_choice: true, ..Inner::new(choice, Some(reason)) }))
    }

    /// The CPU, where `error` has ended the work on the GPU.
    pub(crate) fn without_gpu(&self, error: &EngineError) -> Self {
        Self::new(self.0.choice, None, Some(error.to_string()))
    }

    /// The CPU beside this host's GPU: it is faster, or, unless both are `compared`, has yet to show its time.
    pub(crate) fn beside_gpu(&self, compared: bool) -> Self {
        let reason = if compared { "answers sooner than" } else { "is being compared with" };
        Self::by_choice(self.0.choice, format!("The CPU {reason} the GPU ({}) here.", self.name()))
    }

    /// What takes this host's place after its device was lost: a new device of the same choice, else the CPU.
    pub(crate) async fn successor(&self, error: &EngineError) -> Self {
        let mut last = self.clone();
        while let Some(next) = last.0.successor.get().cloned() {
            if !next.gpu().is_some_and(|gpu| gpu.is_lost()) {
                return next;
            }
            last = next;
        }
        let successor = match Self::open(self.0.choice).await {
            Ok(host) => host,
            Err(_) => self.without_gpu(error),
        };
        // Another engine may have been quicker meanwhile.
        last.0.successor.get_or_init(|| successor).clone()
    }

    /// The GPU of this host, or of what took its place after it was lost, unless that is lost, too.
    pub(crate) fn living_gpu(&self) -> Option<Rc<dyn GpuDevice>> {
        let mut last = self;
        while let Some(next) = last.0.successor.get() {
            last = next;
        }
        last.gpu().filter(|gpu| !gpu.is_lost()).cloned()
    }

    pub(crate) fn choice(&self) -> Choice {
        self.0.choice
    }

    pub(crate) fn gpu(&self) -> Option<&Rc<dyn GpuDevice>> {
        self.0.gpu.as_ref()
    }

    /// What engines on this host run on.
    pub fn backend(&self) -> Backend {
        if self.0.gpu.is_some() { Backend::Gpu } else { Backend::Cpu }
    }

    /// Name of the GPU adapter, or of the CPU engine.
    pub fn name(&self) -> &str {
        self.0.gpu.as_ref().map_or("CPU", |gpu| gpu.name())
    }

    /// Why it is the CPU, in words that need a capital and a full stop; none on a GPU or where the CPU was asked for.
    pub fn fallback_reason(&self) -> Option<&str> {
        self.0.fallback_reason.as_deref()
    }

    /// Whether another [`Host::open`] would come to the same: a GPU that did not answer, or was not there, may be later.
    pub fn is_settled(&self) -> bool {
        self.0.gpu.is_some() || self.0.choice == Choice::Cpu || self.0.is_software
    }

    /// Whether the CPU answers though there is, or may yet be, a GPU.
    pub fn is_choice(&self) -> bool {
        self.0.is_choice
    }

    /// Destroys the GPU's device, as a driver reset would, to try what happens then. Does nothing on the CPU.
    pub fn lose_device(&self) {
        if let Some(gpu) = &self.0.gpu {
            gpu.destroy();
        }
    }
}
