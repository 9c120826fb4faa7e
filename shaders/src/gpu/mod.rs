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

use crate::error::EngineError;
use crate::network::Network;
use api::{CloudPoint, GpuDevice, GpuPointCloud, GpuRunner, Pending};
pub(crate) use device::Gpu;
pub(crate) use plan::stages;
use point_cloud::OnCanvas;
use runner::Runner;

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
        Box::pin(async { Ok(Box::new(Runner::new(self, network).await?) as Box<dyn GpuRunner>) })
    }

    fn point_cloud(
        self: Rc<Self>,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Pending<'static, Result<Box<dyn GpuPointCloud>, EngineError>> {
        Box::pin(async move { Ok(Box::new(OnCanvas::new(self, canvas, &points).await?) as Box<dyn GpuPointCloud>) })
    }
}
