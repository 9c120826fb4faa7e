//! One compiled stage, with what it reads and writes.

use super::buffers::{self, Buffers, REQUEST_STRIDE};
use super::device::Gpu;
use super::program::Layout;
use super::spec::{Request, StageSpec};
use crate::error::EngineError;

/// A compute pipeline and what it reads and writes.
#[derive(Debug)]
pub(super) struct Stage {
    /// Without the weights, which are on the GPU.
    pub spec: StageSpec,
    weights: Option<wgpu::Buffer>,
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
    /// Bound to [`Buffers`], so made anew with them.
    bind_group: wgpu::BindGroup,
}

/// The buffers of a stage.
struct Bindings<'a> {
    /// Uniform; a dynamic offset says which batch's [`Request`] it is.
    requests: &'a wgpu::Buffer,
    reads: Vec<&'a wgpu::Buffer>,
    writes: Vec<&'a wgpu::Buffer>,
}

impl<'a> Bindings<'a> {
    /// In the order of the bindings in the file: the request, what the stage reads, its weights first, and what it writes.
    fn new(stage: &StageSpec, weights: Option<&'a wgpu::Buffer>, buffers: &'a Buffers) -> Self {
        let reads = weights.into_iter().chain(stage.reads.iter().map(|&buffer| buffers.get(buffer)));
        let writes = stage.writes.iter().map(|&buffer| buffers.get(buffer));
        Self { requests: &buffers.rows.requests, reads: reads.collect(), writes: writes.collect() }
    }

    /// Not left to the pipeline, which may leave out a binding that its options make needless.
    fn layout(&self, gpu: &Gpu, stage: &str) -> wgpu::BindGroupLayout {
        let storage = |read_only| (wgpu::BufferBindingType::Storage { read_only }, None);
        let request = (wgpu::BufferBindingType::Uniform, wgpu::BufferSize::new(size_of::<Request>() as u64));
        let kinds = std::iter::once(request)
            .chain(self.reads.iter().map(|_| storage(true)))
            .chain(self.writes.iter().map(|_| storage(false)));
        let entries: Vec<_> = (0..)
            .zip(kinds)
            .map(|(binding, (ty, min_binding_size))| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size },
                count: None,
            })
            .collect();
        let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(stage), entries: &entries };
        gpu.device.create_bind_group_layout(&descriptor)
    }

    fn group(&self, gpu: &Gpu, stage: &str, layout: &wgpu::BindGroupLayout) -> wgpu::BindGroup {
        let request = wgpu::BufferBinding {
            buffer: self.requests,
            offset: 0,
            size: wgpu::BufferSize::new(size_of::<Request>() as u64),
        };
        let resources = std::iter::once(wgpu::BindingResource::Buffer(request))
            .chain(self.reads.iter().chain(&self.writes).map(|buffer| buffer.as_entire_binding()));
        let entries: Vec<_> =
            (0..).zip(resources).map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(stage), layout, entries: &entries })
    }
}

impl Stage {
    /// Begins to compile a stage of the network of `layout`: the stage, and whether that succeeds.
    pub fn new<'a>(
        gpu: &'a Gpu,
        mut spec: StageSpec,
        layout: &Layout,
        buffers: &Buffers,
    ) -> (Self, impl Future<Output = Result<(), EngineError>> + use<'a>) {
        let words = std::mem::take(&mut spec.weights);
        let weights = (!words.is_empty()).then(|| buffers::weights(gpu, spec.name, &words));
        let bindings = Bindings::new(&spec, weights.as_ref(), buffers);
        let group_layout = bindings.layout(gpu, spec.name);
        let bind_group = bindings.group(gpu, spec.name, &group_layout);
        let (pipeline, success) = pipeline(gpu, spec.name, layout.source(&spec), &group_layout);
        (Self { spec, weights, layout: group_layout, pipeline, bind_group }, success)
    }

    /// Binds other buffers.
    pub fn bind(&mut self, gpu: &Gpu, buffers: &Buffers) {
        let bindings = Bindings::new(&self.spec, self.weights.as_ref(), buffers);
        self.bind_group = bindings.group(gpu, self.spec.name, &self.layout);
    }

    /// Bytes of each buffer, in the order of the bindings.
    pub fn buffer_bytes(&self, buffers: &Buffers) -> Vec<u64> {
        let bound = Bindings::new(&self.spec, self.weights.as_ref(), buffers);
        let bound = std::iter::once(bound.requests).chain(bound.reads).chain(bound.writes);
        bound.map(wgpu::Buffer::size).collect()
    }

    /// Runs as a pass of its own, so that its time can be taken: where, among the pass's two timestamps.
    pub fn dispatch(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        request: &Request,
        batch: usize,
        times: Option<(&wgpu::QuerySet, u32)>,
    ) {
        let [x, y] = self.spec.workgroups(request);
        let descriptor = wgpu::ComputePassDescriptor {
            label: Some(self.spec.name),
            timestamp_writes: times.map(|(query_set, first)| wgpu::ComputePassTimestampWrites {
                query_set,
                beginning_of_pass_write_index: Some(first),
                end_of_pass_write_index: Some(first + 1),
            }),
        };
        let mut pass = encoder.begin_compute_pass(&descriptor);
        if x > 0 && y > 0 {
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.bind_group, &[(batch as u64 * REQUEST_STRIDE) as u32]);
            pass.dispatch_workgroups(x, y, 1);
        }
    }
}

/// Begins to compile a stage: its pipeline, and whether that succeeds.
pub(super) fn pipeline<'a>(
    gpu: &'a Gpu,
    stage: &'static str,
    source: String,
    layout: &wgpu::BindGroupLayout,
) -> (wgpu::ComputePipeline, impl Future<Output = Result<(), EngineError>> + use<'a>) {
    let watch = gpu.watch();
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(stage),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(stage),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(stage),
        layout: Some(&layout),
        module: &module,
        entry_point: Some(stage),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    (pipeline, watch.outcome(gpu, stage))
}
