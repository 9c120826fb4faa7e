//! Points of a plane on a canvas: one pipeline, one buffer of points, one uniform.

use std::rc::Rc;

use bytemuck::{Pod, Zeroable};
use web_sys::HtmlCanvasElement;

use super::api::{CloudPoint, CloudView, GpuPointCloud, MAX_GROUPS, Pending};
use super::buffers;
use super::device::Gpu;
use crate::error::EngineError;
use crate::patience::guarded_now;

/// The name of the shader and what its errors are named after.
const NAME: &str = "point_cloud";

/// The shader, which knows how many groups there are at most.
pub(super) fn source() -> String {
    format!("const GROUPS = {MAX_GROUPS};\n{}", include_str!("point_cloud.wgsl"))
}

/// What the pipeline reads of a [`CloudPoint`].
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Instance {
    at: [f32; 2],
    group: u32,
}

/// `CloudView` of `point_cloud.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Uniform {
    low: [f32; 2],
    high: [f32; 2],
    size: [f32; 2],
    radius: f32,
    /// `colours` begins at a multiple of 16 bytes.
    padding: f32,
    colours: [[f32; 4]; MAX_GROUPS],
}

impl Uniform {
    fn of(view: &CloudView) -> Self {
        let mut colours = [[0.0; 4]; MAX_GROUPS];
        colours.iter_mut().zip(&view.colours).for_each(|(to, from)| *to = *from);
        let ([low, high], size) = (view.area, view.size.map(|pixels| pixels as f32));
        Self { low, high, size, radius: view.radius, padding: 0.0, colours }
    }
}

/// What draws points, whatever on.
#[derive(Debug)]
pub(super) struct Painter {
    gpu: Rc<Gpu>,
    pipeline: wgpu::RenderPipeline,
    bind_group: wgpu::BindGroup,
    view: wgpu::Buffer,
    points: wgpu::Buffer,
    count: u32,
}

impl Painter {
    /// Compiles the pipeline for textures of `format` and uploads `points`.
    ///
    /// # Errors
    /// [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn new(gpu: Rc<Gpu>, format: wgpu::TextureFormat, points: &[CloudPoint]) -> Result<Self, EngineError> {
        let instances: Vec<Instance> = points.iter().map(|&CloudPoint { at, group }| Instance { at, group }).collect();
        let view = buffers::buffer(&gpu, NAME, size_of::<Uniform>() as u64, wgpu::BufferUsages::UNIFORM);
        let bytes = size_of_val(instances.as_slice()).max(size_of::<Instance>()) as u64;
        let points = buffers::buffer(&gpu, "points", bytes, wgpu::BufferUsages::VERTEX);
        gpu.queue.write_buffer(&points, 0, bytemuck::cast_slice(&instances));

        let watch = gpu.watch();
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(NAME),
            source: wgpu::ShaderSource::Wgsl(source().into()),
        });
        let pipeline = gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(NAME),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("corner"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<Instance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Uint32],
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("pixel"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        });
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(NAME),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: view.as_entire_binding() }],
        });
        watch.outcome(&gpu, NAME).await?;
        Ok(Self { gpu, pipeline, bind_group, view, points, count: instances.len() as u32 })
    }

    /// Draws the points on `target`, which had whatever it had before.
    pub fn paint(&self, target: &wgpu::TextureView, view: &CloudView) {
        self.gpu.queue.write_buffer(&self.view, 0, bytemuck::bytes_of(&Uniform::of(view)));
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(NAME) });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some(NAME),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..wgpu::RenderPassDescriptor::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_vertex_buffer(0, self.points.slice(..));
        pass.draw(0..4, 0..self.count);
        drop(pass);
        self.gpu.queue.submit([encoder.finish()]);
    }
}

/// Points on a canvas of the page.
#[derive(Debug)]
pub(super) struct OnCanvas {
    painter: Painter,
    surface: wgpu::Surface<'static>,
    format: wgpu::TextureFormat,
}

impl OnCanvas {
    /// Compiles what draws `points` on `canvas`, and uploads them.
    ///
    /// # Errors
    /// [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn new(gpu: Rc<Gpu>, canvas: HtmlCanvasElement, points: &[CloudPoint]) -> Result<Self, EngineError> {
        let surface = gpu.surface(canvas)?;
        let none = || EngineError::Device("the canvas takes no format of this GPU".to_owned());
        let format = *surface.get_capabilities(&gpu.adapter).formats.first().ok_or_else(none)?;
        Ok(Self { painter: Painter::new(gpu, format, points).await?, surface, format })
    }

    /// Gives the canvas its size in pixels, where it has another.
    fn fit(&self, [width, height]: [u32; 2]) {
        if self.surface.get_configuration().is_some_and(|now| (now.width, now.height) == (width, height)) {
            return;
        }
        let configuration = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format: self.format,
            color_space: wgpu::SurfaceColorSpace::Auto,
            width,
            height,
            present_mode: wgpu::PresentMode::Fifo,
            desired_maximum_frame_latency: 2,
            alpha_mode: wgpu::CompositeAlphaMode::PreMultiplied,
            view_formats: Vec::new(),
        };
        self.surface.configure(&self.painter.gpu.device, &configuration);
    }

    /// Draws what is in `view`.
    fn draw(&self, view: &CloudView) -> Result<(), EngineError> {
        self.fit(view.size);
        // What is asked of a lost device is drawn nowhere.
        let texture = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => texture,
            other => return Err(EngineError::Device(format!("the canvas has nothing to draw on: {other:?}"))),
        };
        self.painter.paint(&texture.texture.create_view(&wgpu::TextureViewDescriptor::default()), view);
        self.painter.gpu.queue.present(texture);
        Ok(())
    }
}

impl GpuPointCloud for OnCanvas {
    fn draw(&self, view: &CloudView) -> Result<(), EngineError> {
        guarded_now(|| self.draw(view))
    }

    fn lost(&self) -> Pending<'static, ()> {
        let lost = self.painter.gpu.lost();
        Box::pin(async move {
            // One that nobody can report any more is lost, too.
            let _ = lost.await;
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
mod tests {
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    use super::*;

    /// A row of so many pixels is as long as WebGPU wants rows of a copy to be.
    const SIZE: [u32; 2] = [64, 40];

    #[test]
    fn the_shader_is_valid_and_reads_the_view_as_it_is_written() {
        let module = naga::front::wgsl::parse_str(&source()).unwrap();
        Validator::new(ValidationFlags::all(), Capabilities::default()).validate(&module).unwrap();
        let (_, view) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("CloudView")).unwrap();
        let naga::TypeInner::Struct { members, span } = &view.inner else { panic!("no struct") };
        assert_eq!(*span as usize, size_of::<Uniform>());
        let last = members.last().unwrap();
        assert_eq!(
            (last.name.as_deref(), last.offset),
            (Some("colours"), std::mem::offset_of!(Uniform, colours) as u32)
        );
    }

    /// Red, green, blue and opacity of each pixel, `[row][column]`, painted by the GPU.
    fn painted(points: &[CloudPoint], view: &CloudView) -> Vec<[u8; 4]> {
        let gpu = Rc::new(pollster::block_on(Gpu::open()).unwrap());
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let painter = pollster::block_on(Painter::new(gpu.clone(), format, points)).unwrap();
        let size = wgpu::Extent3d { width: SIZE[0], height: SIZE[1], depth_or_array_layers: 1 };
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        painter.paint(&texture.create_view(&wgpu::TextureViewDescriptor::default()), view);
        let bytes = u64::from(4 * SIZE[0] * SIZE[1]);
        let read = buffers::buffer(&gpu, "read", bytes, wgpu::BufferUsages::MAP_READ);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * SIZE[0]), rows_per_image: None };
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &read, layout },
            size,
        );
        gpu.queue.submit([encoder.finish()]);
        read.slice(..).map_async(wgpu::MapMode::Read, |result| result.unwrap());
        gpu.wait();
        let bytes = read.slice(..).get_mapped_range().unwrap().to_vec();
        gpu.check().unwrap();
        bytes.as_chunks().0.to_vec()
    }

    /// The same by the equation of the shader, one pixel after the other.
    fn expected(points: &[CloudPoint], view: &CloudView) -> Vec<[f32; 4]> {
        let [low, high] = view.area;
        let mut pixels = Vec::new();
        for row in 0..SIZE[1] {
            for column in 0..SIZE[0] {
                let mut pixel = [0.0; 4];
                for point in points {
                    let share = [0, 1].map(|axis| (point.at[axis] - low[axis]) / (high[axis] - low[axis]));
                    let middle = [share[0] * SIZE[0] as f32, (1.0 - share[1]) * SIZE[1] as f32];
                    let away = (column as f32 + 0.5 - middle[0]).hypot(row as f32 + 0.5 - middle[1]);
                    let [red, green, blue, opacity] = view.colours[point.group as usize];
                    let opacity = opacity * (view.radius + 0.5 - away).clamp(0.0, 1.0);
                    for (to, from) in pixel.iter_mut().zip([red, green, blue, 1.0]) {
                        *to = from * opacity + *to * (1.0 - opacity);
                    }
                }
                pixels.push(pixel);
            }
        }
        pixels
    }

    #[test]
    fn dots_are_round_and_lie_where_their_points_are() {
        let point = |x, y, group| CloudPoint { at: [x, y], group };
        // One alone, two that overlap, one cut off by the edge, and one that is not seen.
        let points =
            [point(-1.2, 0.8, 0), point(0.5, 0.1, 1), point(0.63, 0.2, 0), point(2.0, -0.9, 2), point(5.0, 0.0, 1)];
        let colours = vec![[0.0, 0.47, 0.73, 0.75], [0.93, 0.47, 0.2, 1.0], [0.2, 0.9, 0.1, 0.08]];
        let view = CloudView { area: [[-2.0, -1.25], [2.0, 1.25]], size: SIZE, radius: 4.3, colours };
        let (found, expected) = (painted(&points, &view), expected(&points, &view));
        assert!(expected.iter().filter(|pixel| pixel[3] > 0.5).count() > 100);
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            // A GPU places corners in 1/256 of a pixel, which moves an edge by so much, and rounds after each dot.
            let close = |(found, expected): (&u8, &f32)| (f32::from(*found) - 255.0 * expected).abs() <= 3.0;
            assert!(found.iter().zip(expected).all(close), "pixel {place}: {found:?}, {expected:?}");
        }
        assert_eq!(painted(&[], &view), vec![[0; 4]; (SIZE[0] * SIZE[1]) as usize]);
    }
}
