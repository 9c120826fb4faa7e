//! A GPU as the rest of the crate knows it. What is behind it, `wgpu` and the shaders, is a file of its own in a browser, so
//! nothing outside `gpu/` names more of it than what stands here.

use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use web_sys::HtmlCanvasElement;

use crate::description::ShaderStage;
use crate::error::{EngineError, Wait};
use crate::network::Network;
use crate::question::{Question, Ranking};

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
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`],
    /// [`EngineError::NoAnswer`].
    fn runner(self: Rc<Self>, network: Arc<Network>) -> Pending<'static, Result<Box<dyn GpuRunner>, EngineError>>;

    /// Compiles what draws `points` on `canvas`, and uploads them.
    ///
    /// # Errors
    /// [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`], [`EngineError::NoAnswer`].
    fn point_cloud(
        self: Rc<Self>,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Pending<'static, Result<Box<dyn GpuPointCloud>, EngineError>>;
}

/// One network on a device.
pub(crate) trait GpuRunner: Debug {
    /// Ranks the candidates: one submission, one readback, for which it has as long as `wait` allows.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`],
    /// [`EngineError::NoAnswer`].
    fn rank<'a>(&'a mut self, question: Question<'a>, wait: Wait) -> Pending<'a, Result<Ranking, EngineError>>;

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
    /// Red, green, blue and opacity of each group, from 0 to 1, `[group]`; no more than [`MAX_GROUPS`].
    pub colours: Vec<[f32; 4]>,
}
