//! Points of a plane on a canvas of the page, drawn by the GPU that engines run on.

use web_sys::HtmlCanvasElement;

use crate::error::EngineError;
use crate::gpu::api::{CloudPoint, CloudView, GpuPointCloud};
use crate::host::Host;

/// Points that a GPU draws on a canvas.
#[derive(Debug)]
pub struct PointCloud(Box<dyn GpuPointCloud>);

impl PointCloud {
    /// Compiles the shader and uploads `points`, `[point]`: on the GPU of `host` or of what took its place; none where there is
    /// none.
    ///
    /// # Errors
    /// [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn new(
        host: &Host,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Result<Option<Self>, EngineError> {
        let Some(gpu) = host.living_gpu() else { return Ok(None) };
        Ok(Some(Self(gpu.point_cloud(canvas, points).await?)))
    }

    /// Draws the points, those of the beginning at the bottom. On a lost device nothing is drawn: see [`PointCloud::lost`].
    ///
    /// # Errors
    /// [`EngineError::Device`] where the canvas has nothing to draw on.
    pub fn draw(&self, view: &CloudView) -> Result<(), EngineError> {
        self.0.draw(view)
    }

    /// Waits until the device is lost, and with it what was drawn.
    pub fn lost(&self) -> impl Future<Output = ()> + use<> {
        self.0.lost()
    }
}
