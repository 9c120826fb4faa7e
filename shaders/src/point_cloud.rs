//! Points of a plane on a canvas of the page, drawn by the GPU that engines run on.

use web_sys::HtmlCanvasElement;

use crate::gpu_loader::GpuPointCloud;
use crate::{EngineError, Host};

/// Groups of points that may have a colour of their own.
pub const MAX_GROUPS: usize = 8;

/// A point of a plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CloudPoint {
    /// x and y; y grows upwards.
    pub at: [f32; 2],
    /// Which of the [`CloudView::colours`] it has.
    pub group: u32,
}

/// How the points are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudView {
    /// Both corners of what is shown of the plane, least x and y first.
    pub area: [[f32; 2]; 2],
    /// Width and height of the canvas in pixels of the screen.
    pub size: [u32; 2],
    /// Of a dot, in pixels of the screen.
    pub radius: f32,
    /// Red, green, blue and opacity of each group, from 0 to 1, [group]; no more than [`MAX_GROUPS`].
    pub colours: Vec<[f32; 4]>,
}

/// Points that a GPU draws on a canvas.
#[derive(Debug)]
pub struct PointCloud(Box<dyn GpuPointCloud>);

impl PointCloud {
    /// Compiles the shader and uploads `points`, [point]: on the GPU of `host` or of what took its place; none where there is
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
