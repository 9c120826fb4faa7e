//! A GPU as the engine knows it. What is behind it, `wgpu` and the shaders, is a file of its own in a browser (see
//! [`open`]), so nothing outside `gpu/` names more of it than these traits.

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use wasm_split_helpers::wasm_split;
use web_sys::HtmlCanvasElement;

use crate::EngineError;
use crate::description::ShaderStage;
use crate::engine::{Question, Ranking};
use crate::network::Network;
use crate::point_cloud::{CloudPoint, CloudView};

/// What is on its way.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A device on its way.
type Opening = Pending<'static, Result<Rc<dyn GpuDevice>, EngineError>>;

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
    fn runner(self: Rc<Self>, network: Arc<Network>) -> Pending<'static, Result<Box<dyn GpuRunner>, EngineError>>;

    /// Compiles what draws `points` on `canvas`, and uploads them.
    ///
    /// # Errors
    /// [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    fn point_cloud(
        self: Rc<Self>,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Pending<'static, Result<Box<dyn GpuPointCloud>, EngineError>>;
}

/// One network on a device.
pub(crate) trait GpuRunner: Debug {
    /// Ranks the candidates: one submission, one readback.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    fn rank<'a>(&'a mut self, question: Question<'a>) -> Pending<'a, Result<Ranking, EngineError>>;

    /// The stages as they run for `question`.
    fn stages(&self, question: Question<'_>) -> Vec<ShaderStage>;
}

/// Points on a canvas.
pub(crate) trait GpuPointCloud: Debug {
    /// Draws them.
    ///
    /// # Errors
    /// [`EngineError::Device`].
    fn draw(&self, view: &CloudView) -> Result<(), EngineError>;

    /// Waits until the device is lost.
    fn lost(&self) -> Pending<'static, ()>;
}

/// Opens the browser's or the system's preferred adapter, asking for WebGPU's default limits and no more.
///
/// # Errors
/// [`EngineError::NotLoaded`], [`EngineError::NoAdapter`], [`EngineError::Refused`].
pub(crate) async fn open() -> Result<Rc<dyn GpuDevice>, EngineError> {
    #[cfg(target_arch = "wasm32")]
    browser_offers_adapter().await?;
    backend().await?.await
}

/// Where the file of the GPU backend begins: the page runs on the CPU until it is here.
#[wasm_split(gpu, fallible)]
fn backend() -> Result<Opening, EngineError> {
    Ok(Box::pin(async { Ok(Rc::new(crate::gpu::Gpu::open().await?) as Rc<dyn GpuDevice>) }))
}

/// Asks the browser for an adapter before anything is loaded for it, and ahead of `wgpu`, which tells no reasons and lets
/// exceptions through.
#[cfg(target_arch = "wasm32")]
async fn browser_offers_adapter() -> Result<(), EngineError> {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    let no = |why: &str| EngineError::NoAdapter(why.to_owned());
    let get = |object: &JsValue, key: &str| {
        Reflect::get(object, &key.into()).ok().filter(|value| !value.is_null() && !value.is_undefined())
    };
    let failed = |error: JsValue| {
        let message = get(&error, "message").unwrap_or(error).as_string();
        no(&format!("this browser's WebGPU failed: {}", message.unwrap_or_else(|| "it gave no reason".to_owned())))
    };
    let gpu = get(&js_sys::global(), "navigator").and_then(|navigator| get(&navigator, "gpu"));
    let gpu = gpu.ok_or_else(|| no("this browser offers no WebGPU"))?;
    let request = get(&gpu, "requestAdapter").and_then(|request| request.dyn_into::<Function>().ok());
    let request = request.ok_or_else(|| no("this browser offers no WebGPU"))?;
    let answer = request.call0(&gpu).map_err(failed)?;
    let adapter = wasm_bindgen_futures::JsFuture::from(Promise::resolve(&answer)).await.map_err(failed)?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err(no("this browser has WebGPU but no adapter for it"));
    }
    get(&adapter, "info").map(|_| ()).ok_or_else(|| no("this browser's WebGPU is too old to name its adapter"))
}

/// What tells the stages of a network as a GPU would run them.
///
/// # Errors
/// [`EngineError::NotLoaded`].
#[wasm_split(gpu, fallible)]
fn describe() -> Result<Describe, EngineError> {
    Ok(crate::gpu::stages)
}

/// The stages of a network as a GPU would run them for a question.
type Describe = fn(&Network, Question<'_>) -> Result<Vec<ShaderStage>, EngineError>;

/// As [`GpuRunner::stages`], without a device.
///
/// # Errors
/// [`EngineError::NotLoaded`], [`EngineError::TooLarge`].
pub(crate) async fn stages(network: &Network, question: Question<'_>) -> Result<Vec<ShaderStage>, EngineError> {
    let describe = describe().await?;
    describe(network, question)
}
