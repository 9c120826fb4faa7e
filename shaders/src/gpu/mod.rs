//! The GPU backend. What a stage or a network computes is said in its own folder or file; here is what runs them.

pub(crate) mod api;
mod buffers;
pub(crate) mod constants;
mod device;
mod leave_one_out;
pub(crate) mod limits;
mod plan;
mod point_cloud;
mod program;
mod runner;
pub(crate) mod spec;
mod stage;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::rc::Rc;
use std::sync::Arc;

use web_sys::HtmlCanvasElement;

use crate::error::{EngineError, Wait};
use crate::network::Network;
use crate::patience::guarded;
use api::{CloudPoint, GpuDevice, GpuPointCloud, GpuRunner, Pending};
use device::Gpu;
pub(crate) use plan::stages;
use point_cloud::OnCanvas;
use runner::Runner;

/// Opens the browser's or the system's preferred adapter.
///
/// # Errors
/// [`EngineError::NoAdapter`], [`EngineError::NoAnswer`], [`EngineError::Refused`], [`EngineError::DeviceLost`].
pub(crate) async fn open() -> Result<Rc<dyn GpuDevice>, EngineError> {
    Ok(Rc::new(guarded(Wait::Device, Gpu::open()).await?) as Rc<dyn GpuDevice>)
}

impl GpuDevice for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_software(&self) -> bool {
        self.software
    }

    fn is_lost(&self) -> bool {
        self.is_lost()
    }

    fn destroy(&self) {
        self.device.destroy();
    }

    fn runner(self: Rc<Self>, network: Arc<Network>) -> Pending<'static, Result<Box<dyn GpuRunner>, EngineError>> {
        Box::pin(async move {
            let runner = Runner::new(self.clone(), network);
            Ok(Box::new(self.guard(Wait::Shaders, runner).await?) as Box<dyn GpuRunner>)
        })
    }

    fn point_cloud(
        self: Rc<Self>,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Pending<'static, Result<Box<dyn GpuPointCloud>, EngineError>> {
        Box::pin(async move {
            let cloud = OnCanvas::new(self.clone(), canvas, &points);
            Ok(Box::new(self.guard(Wait::Shaders, cloud).await?) as Box<dyn GpuPointCloud>)
        })
    }
}
