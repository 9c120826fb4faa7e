//! Where the GPU backend begins: `wgpu` and the shaders are a file of its own in a browser, which is loaded once there is
//! a GPU to run on.

use std::rc::Rc;

use wasm_split_helpers::wasm_split;

use crate::description::ShaderStage;
use crate::error::EngineError;
use crate::gpu::api::{GpuDevice, Pending};
use crate::network::Network;
use crate::question::Question;

/// A device on its way.
type Opening = Pending<'static, Result<Rc<dyn GpuDevice>, EngineError>>;

/// Opens the browser's or the system's preferred adapter, asking for WebGPU's default limits and no more.
///
/// # Errors
/// [`EngineError::NotLoaded`], [`EngineError::NoAdapter`], [`EngineError::NoAnswer`], [`EngineError::Refused`].
pub(crate) async fn open() -> Result<Rc<dyn GpuDevice>, EngineError> {
    #[cfg(target_arch = "wasm32")]
    browser_offers_adapter().await?;
    backend().await?.await
}

/// Where the file of the GPU backend begins: the page runs on the CPU until it is here.
#[wasm_split(gpu, fallible)]
fn backend() -> Result<Opening, EngineError> {
    Ok(Box::pin(crate::gpu::open()))
}

/// Asks the browser for an adapter before anything is loaded for it, and ahead of `wgpu`, which tells no reasons and lets
/// exceptions through.
#[cfg(target_arch = "wasm32")]
async fn browser_offers_adapter() -> Result<(), EngineError> {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    use crate::error::Wait;
    use crate::patience::in_time;

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
    let answer = in_time(&Promise::resolve(&answer), Wait::Adapter.ms()).await.map_err(failed)?;
    let adapter = answer.ok_or(Wait::Adapter)?;
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

/// The stages of a network as a GPU would run them for `question`, without a device.
///
/// # Errors
/// [`EngineError::NotLoaded`], [`EngineError::TooLarge`].
pub(crate) async fn stages(network: &Network, question: Question<'_>) -> Result<Vec<ShaderStage>, EngineError> {
    let describe = describe().await?;
    describe(network, question)
}
