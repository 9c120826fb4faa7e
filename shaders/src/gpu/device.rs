//! The adapter, the device, and what went wrong with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use web_sys::HtmlCanvasElement;

use crate::error::{EngineError, Wait};
use crate::patience::{guarded, said};

/// An open device. Engines share it.
#[derive(Debug)]
pub(crate) struct Gpu {
    instance: wgpu::Instance,
    pub adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Name of the adapter.
    pub name: String,
    /// Whether the adapter is a program that imitates a GPU on the CPU.
    pub software: bool,
    /// Whether the device takes the time of its passes.
    pub timestamps: bool,
    failure: Arc<Failure>,
}

/// What the device's callbacks reported, until somebody asks.
#[derive(Debug, Default)]
struct Failure {
    lost: Mutex<Option<String>>,
    /// The first error since the last question: those that follow are mostly its consequences.
    error: Mutex<Option<String>>,
    /// Who waits for the loss.
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Failure {
    /// Notes the loss of the device, and tells those who wait for it.
    fn lose(&self, reason: String) {
        lock(&self.lost).get_or_insert(reason);
        for waiting in lock(&self.waiting).drain(..) {
            // Who no longer waits need not know.
            let _ = waiting.send(());
        }
    }
}

/// Watches what is asked of the device from [`Gpu::watch`] on, until [`Watch::outcome`].
pub(crate) struct Watch([wgpu::ErrorScopeGuard; 2]);

impl Watch {
    /// Whether `shader` was compiled and its pipeline made.
    pub fn outcome<'a>(
        self,
        gpu: &'a Gpu,
        shader: &'static str,
    ) -> impl Future<Output = Result<(), EngineError>> + use<'a> {
        let [internal, validation] = self.0;
        let (validation, internal) = (validation.pop(), internal.pop());
        async move {
            let (validation, internal) = (validation.await, internal.await);
            let Some(error) = validation.or(internal) else { return Ok(()) };
            // A lost device fails everything that is asked of it.
            gpu.check()?;
            Err(EngineError::Shader { stage: shader, message: error.to_string() })
        }
    }
}

impl Gpu {
    /// Opens the browser's or the system's preferred adapter, asking for WebGPU's default limits and no more.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`], [`EngineError::Refused`].
    pub async fn open() -> Result<Self, EngineError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|error| EngineError::NoAdapter(said(&error)))?;
        let timestamps = adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("Interest Lens"),
            required_features: if timestamps { wgpu::Features::TIMESTAMP_QUERY } else { wgpu::Features::empty() },
            required_limits: wgpu::Limits::default(),
            ..wgpu::DeviceDescriptor::default()
        };
        let info = adapter.get_info();
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| EngineError::Refused {
            adapter: if info.name.is_empty() { "adapter".to_owned() } else { info.name.clone() },
            message: said(&error),
        })?;
        let name = adapter_name(&info, &device);
        let software = info.device_type == wgpu::DeviceType::Cpu || is_software(&name);

        let failure = Arc::new(Failure::default());
        let sink = failure.clone();
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            sink.lose(message);
        });
        let sink = failure.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            lock(&sink.error).get_or_insert(error.to_string());
        }));
        Ok(Self { instance, adapter, device, queue, name, software, timestamps, failure })
    }

    /// What `work` on this device gives, which then counts as lost where it does not answer in time, or throws.
    ///
    /// # Errors
    /// Those of `work`, [`EngineError::NoAnswer`], [`EngineError::DeviceLost`].
    pub async fn guard<T>(
        &self,
        wait: Wait,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let result = guarded(wait, work).await;
        match &result {
            Err(EngineError::DeviceLost(reason)) => self.failure.lose(reason.clone()),
            Err(error @ EngineError::NoAnswer(_)) => self.failure.lose(error.to_string()),
            _ => {}
        }
        result
    }

    /// Begins to watch what is asked of the device.
    pub fn watch(&self) -> Watch {
        Watch([wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation].map(|of| self.device.push_error_scope(of)))
    }

    /// What there is to draw on.
    ///
    /// # Errors
    /// [`EngineError::Device`], outside a browser always.
    pub fn surface(&self, canvas: HtmlCanvasElement) -> Result<wgpu::Surface<'static>, EngineError> {
        #[cfg(target_arch = "wasm32")]
        return self
            .instance
            .create_surface(wgpu::SurfaceTarget::Canvas(canvas))
            .map_err(|error| EngineError::Device(error.to_string()));
        #[cfg(not(target_arch = "wasm32"))]
        {
            let _ = (canvas, &self.instance);
            Err(EngineError::Device("there is no canvas outside a browser".to_owned()))
        }
    }

    /// Hears when the device is lost; at once where it is.
    pub fn lost(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        if !self.is_lost() {
            lock(&self.failure.waiting).push(sender);
        }
        receiver
    }

    /// The loss of the device, or the first error since the last question.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], [`EngineError::Device`].
    pub fn check(&self) -> Result<(), EngineError> {
        let error = lock(&self.failure.error).take();
        if error.is_some() {
            self.hear();
        }
        if let Some(reason) = lock(&self.failure.lost).clone() {
            return Err(EngineError::DeviceLost(reason));
        }
        error.map_or(Ok(()), |error| Err(EngineError::Device(error)))
    }

    /// Whether the device is known to be lost.
    pub fn is_lost(&self) -> bool {
        self.hear();
        lock(&self.failure.lost).is_some()
    }

    /// Natively the news of a loss comes with the next poll; in a browser by itself.
    fn hear(&self) {
        #[cfg(not(target_arch = "wasm32"))]
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Waits natively until the device has done its work, which also runs its callbacks. A browser does so by itself.
    pub fn wait(&self) {
        #[cfg(not(target_arch = "wasm32"))]
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            lock(&self.failure.error).get_or_insert(error.to_string());
        }
    }
}

/// The name that an adapter gives itself. Browsers often hold back the description and tell only the vendor and the
/// architecture, which `wgpu` does not pass on.
fn adapter_name(info: &wgpu::AdapterInfo, device: &wgpu::Device) -> String {
    if !info.name.is_empty() {
        return info.name.clone();
    }
    #[cfg(target_arch = "wasm32")]
    if let Some(device) = device.as_webgpu() {
        let get = |object: &wasm_bindgen::JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).ok();
        if let Some(info) = get(device.as_ref(), "adapterInfo") {
            let parts =
                ["vendor", "architecture", "device"].map(|key| get(&info, key).and_then(|value| value.as_string()));
            let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            if !parts.is_empty() {
                return parts.join(" ");
            }
        }
    }
    let _ = device;
    "GPU".to_owned()
}

/// The software adapters that may not say of themselves that they are: SwiftShader, Mesa's, and Windows' own.
fn is_software(name: &str) -> bool {
    let name = name.to_lowercase();
    ["swiftshader", "llvmpipe", "lavapipe", "microsoft basic render"].iter().any(|software| name.contains(software))
}

/// A panic in a callback elsewhere leaves the text inside as good as it was.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::is_software;

    #[test]
    fn software_adapters_are_known_by_name() {
        for name in ["SwiftShader Device (Subzero)", "google swiftshader", "llvmpipe (LLVM 19.1.7, 256 bits)"] {
            assert!(is_software(name), "{name}");
        }
        for name in ["NVIDIA GeForce RTX 4070", "apple metal-3", "Intel(R) UHD Graphics", "GPU"] {
            assert!(!is_software(name), "{name}");
        }
    }
}
