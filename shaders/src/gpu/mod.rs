//! The GPU backend: the stages in one compute pass, then one readback.

mod buffers;
mod device;
mod sizes;
mod weights;

use std::sync::Arc;

use model::{Evolution, Inspection, Trace};

use crate::EngineError;
use crate::engine::{Clicks, Ranking};
use crate::network::{Attention, Interest, Network};
use buffers::{Fixed, Request, Rows, TIMESTAMPS};
pub(crate) use device::Gpu;
use sizes::{GROUP, Sizes, WORKGROUP};

/// One network on a GPU.
#[derive(Debug)]
pub(crate) struct Runner {
    gpu: Arc<Gpu>,
    network: Arc<Network>,
    sizes: Sizes,
    fixed: Fixed,
    rows: Rows,
    /// In the order of the computation.
    stages: Vec<Stage>,
    /// The inspected candidates whose queries are on the GPU.
    inspected: Vec<u32>,
    /// Whether a ranking was given up while the readback buffer was mapped or waited to be.
    reading: bool,
}

/// Inspected candidates that there is room for at first.
const FIRST_CAPACITY: usize = 4;

/// A compute pipeline and what it reads and writes.
#[derive(Debug)]
struct Stage {
    shader: Shader,
    weights: Option<wgpu::Buffer>,
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::ComputePipeline,
    /// Bound to [`Rows`], so made anew with them.
    bind_group: wgpu::BindGroup,
}

/// The stages. A file of `wgsl/` and its entry point have the same name.
#[derive(Debug, Clone, Copy)]
enum Shader {
    LocalActivation,
    WeightedPooling,
    TemporalAttention,
    InterestExtractor,
    SecondGru,
    InterestAttention,
    InterestEvolution,
    RankingMlp,
}

impl Shader {
    fn name(self) -> &'static str {
        match self {
            Self::LocalActivation => "local_activation",
            Self::WeightedPooling => "weighted_pooling",
            Self::TemporalAttention => "temporal_attention",
            Self::InterestExtractor => "interest_extractor",
            Self::SecondGru => "second_gru",
            Self::InterestAttention => "interest_attention",
            Self::InterestEvolution => "interest_evolution",
            Self::RankingMlp => "ranking_mlp",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::LocalActivation => include_str!("../../wgsl/local_activation.wgsl"),
            Self::WeightedPooling => {
                concat!(include_str!("../../wgsl/pooling.wgsl"), include_str!("../../wgsl/weighted_pooling.wgsl"))
            }
            Self::TemporalAttention => {
                concat!(include_str!("../../wgsl/pooling.wgsl"), include_str!("../../wgsl/temporal_attention.wgsl"))
            }
            Self::InterestExtractor => include_str!("../../wgsl/interest_extractor.wgsl"),
            Self::SecondGru => include_str!("../../wgsl/second_gru.wgsl"),
            Self::InterestAttention => include_str!("../../wgsl/interest_attention.wgsl"),
            Self::InterestEvolution => include_str!("../../wgsl/interest_evolution.wgsl"),
            Self::RankingMlp => include_str!("../../wgsl/ranking_mlp.wgsl"),
        }
    }

    /// The stages of a network, in the order of the computation, each with its weights.
    fn of(network: &Network, sizes: &Sizes) -> Vec<(Self, Vec<f32>)> {
        let mut stages = match &network.interest {
            Interest::EmbeddingMlp(_) => vec![(Self::WeightedPooling, Vec::new())],
            Interest::Tin(tin) => vec![(Self::TemporalAttention, weights::temporal_attention(tin))],
            Interest::Din(din) => vec![
                (Self::LocalActivation, weights::local_activation(&din.unit, sizes)),
                (Self::WeightedPooling, Vec::new()),
            ],
            Interest::Dien(dien) => {
                let second_layer = weights::second_layer(&dien.evolution);
                let (gru, evolution) = match dien.kind {
                    Evolution::Gru => (Some((Self::SecondGru, second_layer)), None),
                    _ => (None, Some((Self::InterestEvolution, second_layer))),
                };
                let unit = match &dien.attention {
                    Attention::LocalActivation(unit) => {
                        Some((Self::LocalActivation, weights::local_activation(unit, sizes)))
                    }
                    Attention::Bilinear | Attention::None => None,
                };
                [
                    Some((Self::InterestExtractor, weights::interest_extractor(dien))),
                    gru,
                    unit,
                    Some((Self::InterestAttention, Vec::new())),
                    evolution,
                ]
                .into_iter()
                .flatten()
                .collect()
            }
        };
        stages.push((Self::RankingMlp, weights::ranking_mlp(&network.head, sizes)));
        stages
    }

    /// What is bound, in the order of the bindings in the file: what the stage reads, its weights second, then what it
    /// writes.
    fn bindings<'a>(
        self,
        sizes: &Sizes,
        fixed: &'a Fixed,
        rows: &'a Rows,
        weights: Option<&'a wgpu::Buffer>,
    ) -> Bindings<'a> {
        // What attention looks at.
        let keys = match (sizes.hidden, sizes.second_gru) {
            (0, _) => &fixed.history,
            (_, false) => &fixed.interest_steps,
            (_, true) => &fixed.second_steps,
        };
        let (mut reads, writes) = match self {
            Self::LocalActivation => (vec![&fixed.request, keys, rows.attention_queries()], vec![&rows.scores]),
            Self::WeightedPooling => {
                (vec![&fixed.request, &fixed.history, &rows.scores], vec![&rows.interests, &rows.traces])
            }
            Self::TemporalAttention => {
                (vec![&fixed.request, &fixed.history, &rows.queries], vec![&rows.interests, &rows.traces])
            }
            Self::InterestExtractor => (vec![&fixed.request, &fixed.history], vec![&fixed.interest_steps]),
            Self::SecondGru => (vec![&fixed.request, &fixed.interest_steps], vec![&fixed.second_steps]),
            Self::InterestAttention => (
                vec![&fixed.request, rows.attention_queries(), keys],
                vec![&rows.scores, &rows.interests, &rows.traces],
            ),
            Self::InterestEvolution => {
                (vec![&fixed.request, &fixed.interest_steps, &rows.scores], vec![&rows.interests, &rows.traces])
            }
            Self::RankingMlp => (
                vec![&fixed.request, &fixed.history, &rows.queries, &rows.interests],
                vec![&rows.logits, &rows.probabilities],
            ),
        };
        if let Some(weights) = weights {
            reads.insert(1, weights);
        }
        Bindings { reads, writes }
    }

    /// Workgroups in x and y.
    fn workgroups(self, request: &Request, sizes: &Sizes) -> (u32, u32) {
        match self {
            Self::LocalActivation => (request.groups.div_ceil(WORKGROUP as u32), request.steps),
            Self::WeightedPooling | Self::TemporalAttention | Self::InterestAttention | Self::RankingMlp => {
                (request.groups, 1)
            }
            Self::InterestExtractor | Self::SecondGru => (u32::from(request.first_step < request.steps), 1),
            Self::InterestEvolution => (request.groups.div_ceil(sizes.evolution_groups() as u32), 1),
        }
    }
}

/// The buffers of a stage; the first is the uniform [`Request`].
struct Bindings<'a> {
    reads: Vec<&'a wgpu::Buffer>,
    writes: Vec<&'a wgpu::Buffer>,
}

impl Bindings<'_> {
    /// Not left to the pipeline, which may leave out a binding that its options make needless.
    fn layout(&self, gpu: &Gpu, stage: &str) -> wgpu::BindGroupLayout {
        let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
        let kinds = std::iter::once(wgpu::BufferBindingType::Uniform)
            .chain(self.reads.iter().skip(1).map(|_| storage(true)))
            .chain(self.writes.iter().map(|_| storage(false)));
        let entries: Vec<_> = (0..)
            .zip(kinds)
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
                count: None,
            })
            .collect();
        let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(stage), entries: &entries };
        gpu.device.create_bind_group_layout(&descriptor)
    }

    fn group(&self, gpu: &Gpu, stage: &str, layout: &wgpu::BindGroupLayout) -> wgpu::BindGroup {
        let entries: Vec<_> = (0..)
            .zip(self.reads.iter().chain(&self.writes))
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(stage), layout, entries: &entries })
    }
}

impl Stage {
    /// Begins to compile `shader`: the stage, and whether that succeeds.
    fn new<'a>(
        gpu: &'a Gpu,
        (shader, weights): (Shader, Vec<f32>),
        sizes: &Sizes,
        fixed: &Fixed,
        rows: &Rows,
    ) -> (Self, impl Future<Output = Result<(), EngineError>> + use<'a>) {
        let weights = (!weights.is_empty()).then(|| buffers::weights(gpu, shader.name(), &weights));
        let bindings = shader.bindings(sizes, fixed, rows, weights.as_ref());
        let layout = bindings.layout(gpu, shader.name());
        let bind_group = bindings.group(gpu, shader.name(), &layout);
        let (pipeline, success) = pipeline(gpu, shader.name(), sizes.source(shader.source()), &layout);
        (Self { shader, weights, layout, pipeline, bind_group }, success)
    }
}

/// Begins to compile a stage: its pipeline, and whether that succeeds.
fn pipeline<'a>(
    gpu: &'a Gpu,
    stage: &'static str,
    source: String,
    layout: &wgpu::BindGroupLayout,
) -> (wgpu::ComputePipeline, impl Future<Output = Result<(), EngineError>> + use<'a>) {
    let internal = gpu.device.push_error_scope(wgpu::ErrorFilter::Internal);
    let validation = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
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
    let (validation, internal) = (validation.pop(), internal.pop());
    let success = async move {
        let (validation, internal) = (validation.await, internal.await);
        let Some(error) = validation.or(internal) else { return Ok(()) };
        // A lost device fails everything that is asked of it.
        gpu.check()?;
        Err(EngineError::Shader { stage, message: error.to_string() })
    };
    (pipeline, success)
}

impl Runner {
    /// Compiles the shaders and uploads the weights and the catalogue.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Shader`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn new(gpu: Arc<Gpu>, network: Arc<Network>) -> Result<Self, EngineError> {
        gpu.check()?;
        let sizes = Sizes::new(&network)?;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let fixed = Fixed::new(&gpu, &sizes);
        let rows = Rows::new(&gpu, &sizes, &network, FIRST_CAPACITY)?;
        let (mut stages, mut successes) = (Vec::new(), Vec::new());
        for stage in Shader::of(&network, &sizes) {
            sizes::binding_fits(stage.0.name(), size_of_val(stage.1.as_slice()) as u64)?;
            let (stage, success) = Stage::new(&gpu, stage, &sizes, &fixed, &rows);
            stages.push(stage);
            successes.push(success);
        }
        if let Some(error) = memory.pop().await {
            return Err(EngineError::Device(error.to_string()));
        }
        // A browser compiles all of them side by side; only now are they waited for.
        for success in successes {
            success.await?;
        }
        gpu.check()?;
        Ok(Self { gpu, network, sizes, fixed, rows, stages, inspected: Vec::new(), reading: false })
    }

    /// Ranks the catalogue: one submission, one readback.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`], [`EngineError::Device`], [`EngineError::DeviceLost`].
    pub async fn rank(&mut self, clicks: Clicks<'_>, inspected: &[u32]) -> Result<Ranking, EngineError> {
        self.gpu.check()?;
        if std::mem::take(&mut self.reading) {
            self.rows.readback.unmap();
        }
        self.make_room(inspected.len()).await?;
        let request = self.write(clicks, inspected);
        let read = self.submit(&request);
        self.reading = true;
        let bytes = self.read(read).await;
        self.reading = false;
        // An error in the submission explains why the reading failed, or why what was read means nothing.
        self.gpu.check()?;
        Ok(self.answer(&request, clicks.items.len(), inspected, &bytes?))
    }

    /// Makes the buffers longer that inspected candidates need; those of the history stay.
    async fn make_room(&mut self, inspected: usize) -> Result<(), EngineError> {
        if inspected <= self.rows.capacity {
            return Ok(());
        }
        let gpu = &self.gpu;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let rows = Rows::new(gpu, &self.sizes, &self.network, inspected.next_power_of_two());
        let failure = memory.pop().await;
        let rows = rows?;
        if let Some(error) = failure {
            return Err(EngineError::Device(error.to_string()));
        }
        for stage in &mut self.stages {
            let bindings = stage.shader.bindings(&self.sizes, &self.fixed, &rows, stage.weights.as_ref());
            stage.bind_group = bindings.group(gpu, stage.shader.name(), &stage.layout);
        }
        self.rows = rows;
        self.inspected.clear();
        Ok(())
    }

    /// Writes what changed since the last ranking.
    fn write(&mut self, clicks: Clicks<'_>, inspected: &[u32]) -> Request {
        let (queue, row) = (&self.gpu.queue, self.sizes.width * size_of::<f32>());
        let stand_in = self.network.stand_in(clicks.items);
        let new = clicks.items[clicks.kept..].iter().map(|&item| self.network.item(item)).chain(stand_in);
        let new: Vec<f32> = new.flatten().copied().collect();
        queue.write_buffer(&self.fixed.history, 0, bytemuck::cast_slice(&self.network.key_sum(clicks.items)));
        queue.write_buffer(&self.fixed.history, ((1 + clicks.kept) * row) as u64, bytemuck::cast_slice(&new));

        let catalogue = self.sizes.catalogue_groups(self.network.items());
        if inspected != self.inspected {
            self.rows.write_inspected(&self.gpu, &self.sizes, &self.network, inspected);
            self.inspected = inspected.to_vec();
        }
        let request = Request {
            steps: (clicks.items.len() + usize::from(stand_in.is_some())) as u32,
            first_step: clicks.kept as u32,
            groups: (catalogue + inspected.len().div_ceil(GROUP)) as u32,
            first_inspected: catalogue as u32,
            inspected: inspected.len() as u32,
        };
        queue.write_buffer(&self.fixed.request, 0, bytemuck::bytes_of(&request));
        request
    }

    /// Runs the stages and copies what the CPU reads: how many bytes.
    fn submit(&self, request: &Request) -> u64 {
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("rank") });
        {
            let timestamps = self.fixed.timestamps.as_ref().map(|timestamps| wgpu::ComputePassTimestampWrites {
                query_set: &timestamps.queries,
                beginning_of_pass_write_index: Some(0),
                end_of_pass_write_index: Some(1),
            });
            let descriptor = wgpu::ComputePassDescriptor { label: Some("rank"), timestamp_writes: timestamps };
            let mut pass = encoder.begin_compute_pass(&descriptor);
            for stage in &self.stages {
                let (x, y) = stage.shader.workgroups(request, &self.sizes);
                if x > 0 && y > 0 {
                    pass.set_pipeline(&stage.pipeline);
                    pass.set_bind_group(0, &stage.bind_group, &[]);
                    pass.dispatch_workgroups(x, y, 1);
                }
            }
        }
        let mut end = 0;
        for part in self.parts(request) {
            encoder.copy_buffer_to_buffer(part.buffer, part.offset, &self.rows.readback, end, part.bytes);
            end += part.bytes;
        }
        if let Some(timestamps) = &self.fixed.timestamps {
            encoder.resolve_query_set(&timestamps.queries, 0..2, &timestamps.resolved, 0);
            encoder.copy_buffer_to_buffer(&timestamps.resolved, 0, &self.rows.readback, end, TIMESTAMPS);
            end += TIMESTAMPS;
        }
        self.gpu.queue.submit([encoder.finish()]);
        end
    }

    /// What the CPU reads, in order: the probabilities, the inspected candidates' logits, the interest states, the traces.
    fn parts(&self, request: &Request) -> Vec<Part<'_>> {
        let value = (GROUP * size_of::<f32>()) as u64;
        let (first, groups) = (u64::from(request.first_inspected), u64::from(request.groups));
        let steps = request.steps as usize;
        let mut parts = vec![
            Part { buffer: &self.rows.probabilities, offset: 0, bytes: first * value },
            Part { buffer: &self.rows.logits, offset: first * value, bytes: (groups - first) * value },
        ];
        if request.inspected > 0 {
            let bytes = u64::from(request.steps) * buffers::interest_step_bytes(&self.sizes);
            parts.push(Part { buffer: &self.fixed.interest_steps, offset: 0, bytes });
        }
        parts.extend((0..u64::from(request.inspected)).map(|slot| Part {
            buffer: &self.rows.traces,
            offset: slot * buffers::trace_stride(&self.sizes),
            bytes: buffers::trace_bytes(&self.sizes, steps),
        }));
        parts.retain(|part| part.bytes > 0);
        parts
    }

    async fn read(&self, bytes: u64) -> Result<Vec<u8>, EngineError> {
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let slice = self.rows.readback.slice(..bytes);
        let (sender, receiver) = futures_channel::oneshot::channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            // Nobody listens when the ranking was given up.
            let _ = sender.send(result);
        });
        self.gpu.wait();
        // A buffer of ours that cannot be mapped is one of a lost device; a browser may say so only later.
        let lost = |error: &dyn std::error::Error| EngineError::DeviceLost(error.to_string());
        receiver.await.map_err(|error| lost(&error))?.map_err(|error| lost(&error))?;
        let bytes = slice.get_mapped_range().map_err(|error| lost(&error))?.to_vec();
        self.rows.readback.unmap();
        Ok(bytes)
    }

    /// The answer after `clicks` clicks from the bytes of [`Runner::parts`].
    fn answer(&self, request: &Request, clicks: usize, inspected: &[u32], bytes: &[u8]) -> Ranking {
        let timestamps = if self.fixed.timestamps.is_some() { TIMESTAMPS as usize } else { 0 };
        let (words, timestamps) = bytes.split_at(bytes.len() - timestamps);
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(words);
        let mut rest = words.as_slice();
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            taken
        };
        let steps = request.steps as usize;
        let mut probabilities = take(request.first_inspected as usize * GROUP).to_vec();
        probabilities.truncate(self.network.items());
        let logits = take((request.groups - request.first_inspected) as usize * GROUP);
        let mut inspections = Vec::with_capacity(inspected.len());
        if !inspected.is_empty() {
            let words_of = |bytes: u64| bytes as usize / size_of::<f32>();
            let states = take(steps * words_of(buffers::interest_step_bytes(&self.sizes)));
            for (&item, &logit) in inspected.iter().zip(logits) {
                let words = take(words_of(buffers::trace_bytes(&self.sizes, steps)));
                let trace = match &self.network.interest {
                    Interest::Dien(_) => {
                        let states = buffers::interest_states(&self.sizes, states);
                        Trace::Dien(buffers::dien_trace(&self.sizes, states, words))
                    }
                    Interest::EmbeddingMlp(_) | Interest::Din(_) | Interest::Tin(_) => {
                        // One step more where a key stands for an empty history.
                        Trace::Pooling(buffers::pooling_trace(&self.sizes, words, clicks))
                    }
                };
                inspections.push(Inspection { item, logit, probability: probabilities[item as usize], trace });
            }
        }
        let gpu_ms = match timestamps {
            [] => None,
            _ => {
                let times: Vec<u64> = bytemuck::pod_collect_to_vec(timestamps);
                let nanoseconds =
                    times[1].saturating_sub(times[0]) as f64 * f64::from(self.gpu.queue.get_timestamp_period());
                Some(nanoseconds / 1e6)
            }
        };
        Ranking { probabilities, inspections, gpu_ms }
    }
}

/// A piece of a buffer to be read.
struct Part<'a> {
    buffer: &'a wgpu::Buffer,
    offset: u64,
    bytes: u64,
}

#[cfg(test)]
mod tests;
