//! A GPU as the engine knows it. What is behind it, `wgpu` and the shaders, is a file of its own in a browser (see
//! [`open`]), so nothing outside `gpu/` names more of it than these traits.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use wasm_split_helpers::wasm_split;

use crate::EngineError;
use crate::engine::{Question, Ranking};
use crate::network::Network;

/// What is on its way.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// An open device. Engines share it.
pub(crate) trait GpuDevice: Debug {
    /// Name of the adapter.
    fn name(&self) -> &str;

    /// Whether the adapter is a program that imitates a GPU on the CPU.
    fn is_software(&self) -> bool;

    /// Whether the device is known to be lost.
    fn is_lost(&self) -> bool;

    /// Destroys the device, as a driver reset would.
    fn destroy(&self);

    /// Compiles the stages of a network and uploads its weights.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    fn runner(self: Arc<Self>, network: Arc<Network>) -> Pending<'static, Result<Box<dyn GpuRunner>, EngineError>>;
}

/// One network on a device.
pub(crate) trait GpuRunner: Debug {
    /// Ranks the candidates: one submission, one readback.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    fn rank<'a>(&'a mut self, question: Question<'a>) -> Pending<'a, Result<Ranking, EngineError>>;
}

/// Opens the browser's or the system's preferred adapter, asking for WebGPU's default limits and no more.
///
/// # Errors
/// [`EngineError::NotLoaded`], [`EngineError::NoAdapter`], [`EngineError::Refused`].
pub(crate) async fn open() -> Result<Arc<dyn GpuDevice>, EngineError> {
    backend().await?.await
}

/// Where the file of the GPU backend begins: the page runs on the CPU until it is here.
#[wasm_split(gpu, fallible)]
fn backend() -> Result<Pending<'static, Result<Arc<dyn GpuDevice>, EngineError>>, EngineError> {
    Ok(Box::pin(async { Ok(Arc::new(crate::gpu::Gpu::open().await?) as Arc<dyn GpuDevice>) }))
}
