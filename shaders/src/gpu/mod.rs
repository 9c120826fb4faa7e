//! The GPU backend: the stages in one submission, then one readback.

pub(crate) mod api;
mod buffers;
mod constants;
mod device;
mod leave_one_out;
mod point_cloud;
mod weights;

use std::rc::Rc;
use std::sync::Arc;

use model::{Evolution, Inspection};
use web_sys::HtmlCanvasElement;

use crate::description::ShaderStage;
use crate::error::EngineError;
use crate::network::{Attention, Interest, Network};
use crate::question::{Candidate, Question, Ranking, Scope, StageTime};
use api::{CloudPoint, GpuDevice, GpuPointCloud, GpuRunner, Pending};
use buffers::{BEST_BYTES, Fixed, REQUEST_STRIDE, Request, Rows, TIMES_BYTES};
use constants::{BATCH, File, GROUP, Sizes, WORKGROUP, wgsl};
pub(crate) use device::Gpu;

/// One network on a GPU.
#[derive(Debug)]
pub(crate) struct Runner {
    gpu: Rc<Gpu>,
    network: Arc<Network>,
    sizes: Sizes,
    fixed: Fixed,
    rows: Rows,
    /// In the order of the computation.
    stages: Vec<Stage>,
    /// What picks the best candidates, once they were asked for.
    best: Option<Stage>,
    /// The candidates whose queries are on the GPU.
    candidates: Arc<[u32]>,
    /// The inspected ones.
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

/// The stages. A file of WGSL and its entry point have the same name.
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
    BestCandidates,
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
            Self::BestCandidates => "best_candidates",
        }
    }

    /// Its files, which follow what all stages have.
    fn files(self) -> Vec<File> {
        match self {
            Self::LocalActivation => vec![wgsl!("local_activation", "local_activation")],
            Self::WeightedPooling => vec![wgsl!("shared", "pooling"), wgsl!("weighted_pooling", "weighted_pooling")],
            Self::TemporalAttention => {
                vec![wgsl!("shared", "pooling"), wgsl!("temporal_attention", "temporal_attention")]
            }
            Self::InterestExtractor => vec![wgsl!("interest_extractor", "interest_extractor")],
            Self::SecondGru => vec![wgsl!("second_gru", "second_gru")],
            Self::InterestAttention => vec![wgsl!("interest_attention", "interest_attention")],
            Self::InterestEvolution => vec![wgsl!("interest_evolution", "interest_evolution")],
            Self::RankingMlp => vec![wgsl!("ranking_mlp", "ranking_mlp")],
            Self::BestCandidates => vec![wgsl!("best_candidates", "best_candidates")],
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

    /// What is bound, in the order of the bindings in the file: the request, what the stage reads, its weights first, and
    /// what it writes.
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
        let (inputs, writes) = match self {
            Self::LocalActivation => (vec![keys, rows.attention_queries()], vec![&rows.scores]),
            Self::WeightedPooling => (vec![&fixed.history, &rows.scores], vec![&rows.interests, &rows.traces]),
            Self::TemporalAttention => (vec![&fixed.history, &rows.queries], vec![&rows.interests, &rows.traces]),
            Self::InterestExtractor => (vec![&fixed.history], vec![&fixed.interest_steps]),
            Self::SecondGru => (vec![&fixed.interest_steps], vec![&fixed.second_steps]),
            Self::InterestAttention => {
                (vec![rows.attention_queries(), keys], vec![&rows.scores, &rows.interests, &rows.traces])
            }
            Self::InterestEvolution => (vec![&fixed.interest_steps, &rows.scores], vec![&rows.interests, &rows.traces]),
            Self::RankingMlp => {
                (vec![&fixed.history, &rows.queries, &rows.interests], vec![&rows.logits, &rows.probabilities])
            }
            Self::BestCandidates => (vec![&rows.probabilities], vec![&fixed.best]),
        };
        Bindings { requests: &rows.requests, reads: weights.into_iter().chain(inputs).collect(), writes }
    }

    /// Whether one dispatch does for all batches, because the candidates do not matter.
    fn runs_once(self) -> bool {
        matches!(self, Self::InterestExtractor | Self::SecondGru)
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
            Self::BestCandidates => (u32::from(request.best > 0), 1),
        }
    }

    /// What runs for these batches.
    fn describe(self, sizes: &Sizes, requests: &[Request], buffer_bytes: Vec<u64>) -> ShaderStage {
        let batches = if self.runs_once() { &requests[..1] } else { requests };
        let dispatches = batches.iter().map(|request| self.workgroups(request, sizes).into()).collect();
        ShaderStage { name: self.name(), files: sizes.files(self.files()), dispatches, buffer_bytes }
    }
}

/// The buffers of a stage.
struct Bindings<'a> {
    /// Uniform; a dynamic offset says which batch's [`Request`] it is.
    requests: &'a wgpu::Buffer,
    reads: Vec<&'a wgpu::Buffer>,
    writes: Vec<&'a wgpu::Buffer>,
}

impl Bindings<'_> {
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
        let (pipeline, success) = pipeline(gpu, shader.name(), sizes.source(shader.files()), &layout);
        (Self { shader, weights, layout, pipeline, bind_group }, success)
    }

    /// Binds other buffers.
    fn bind(&mut self, gpu: &Gpu, sizes: &Sizes, fixed: &Fixed, rows: &Rows) {
        let bindings = self.shader.bindings(sizes, fixed, rows, self.weights.as_ref());
        self.bind_group = bindings.group(gpu, self.shader.name(), &self.layout);
    }

    /// Runs as a pass of its own, so that its time can be taken: where, among the pass's two timestamps.
    fn dispatch(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        request: &Request,
        batch: usize,
        sizes: &Sizes,
        times: Option<(&wgpu::QuerySet, u32)>,
    ) {
        let (x, y) = self.shader.workgroups(request, sizes);
        let descriptor = wgpu::ComputePassDescriptor {
            label: Some(self.shader.name()),
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
fn pipeline<'a>(
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

/// What each batch of `question` is about.
fn requests(sizes: &Sizes, network: &Network, question: Question<'_>) -> Vec<Request> {
    let Question { history, kept, candidates, inspected, scope } = question;
    let ranked = sizes.groups(candidates.len());
    let first = if scope.is_ranking() { 0 } else { ranked };
    let end = ranked + inspected.len().div_ceil(GROUP);
    // One even where there are no candidates: it brings the interest states up to date.
    let batches = (end - first).div_ceil(BATCH).max(1);
    let request = |batch: usize| {
        let first_group = first + batch * BATCH;
        Request {
            steps: (history.len() + usize::from(network.stand_in(history).is_some())) as u32,
            first_step: kept as u32,
            first_group: first_group as u32,
            groups: (end - first_group).min(BATCH) as u32,
            first_inspected: ranked as u32,
            inspected: inspected.len() as u32,
            candidates: candidates.len() as u32,
            best: if let Scope::Best(count) = scope { count as u32 } else { 0 },
        }
    };
    (0..batches).map(request).collect()
}

/// The stages of a network as a GPU runs them for `question`, without one: no buffer is there to be measured.
///
/// # Errors
/// [`EngineError::TooLarge`].
pub(crate) fn stages(network: &Network, question: Question<'_>) -> Result<Vec<ShaderStage>, EngineError> {
    let sizes = Sizes::new(network)?;
    let requests = requests(&sizes, network, question);
    let shaders = Shader::of(network, &sizes).into_iter();
    Ok(shaders.map(|(shader, _)| shader.describe(&sizes, &requests, Vec::new())).collect())
}

/// What one call runs: a request for each batch.
#[derive(Debug)]
struct Plan {
    requests: Vec<Request>,
    scope: Scope,
}

impl Plan {
    /// Where each pass is: the stage, and the batch.
    fn passes<'a>(&self, stages: &'a [Stage], best: Option<&'a Stage>) -> Vec<(&'a Stage, usize)> {
        let batches = 0..self.requests.len();
        let of_batch = |batch| {
            stages.iter().filter(move |stage| batch == 0 || !stage.shader.runs_once()).map(move |stage| (stage, batch))
        };
        batches.flat_map(of_batch).chain(best.map(|stage| (stage, 0))).collect()
    }
}

impl GpuRunner for Runner {
    fn rank<'a>(&'a mut self, question: Question<'a>) -> Pending<'a, Result<Ranking, EngineError>> {
        Box::pin(self.rank(question))
    }

    fn stages(&self, question: Question<'_>) -> Vec<ShaderStage> {
        let requests = requests(&self.sizes, &self.network, question);
        let bytes = |stage: &Stage| {
            let bound = stage.shader.bindings(&self.sizes, &self.fixed, &self.rows, stage.weights.as_ref());
            let buffers = std::iter::once(bound.requests).chain(bound.reads).chain(bound.writes);
            buffers.map(wgpu::Buffer::size).collect()
        };
        self.stages.iter().map(|stage| stage.shader.describe(&self.sizes, &requests, bytes(stage))).collect()
    }
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
        Box::pin(async { Ok(Box::new(Runner::new(self, network).await?) as Box<dyn GpuRunner>) })
    }

    fn point_cloud(
        self: Rc<Self>,
        canvas: HtmlCanvasElement,
        points: Vec<CloudPoint>,
    ) -> Pending<'static, Result<Box<dyn GpuPointCloud>, EngineError>> {
        Box::pin(async move {
            Ok(Box::new(point_cloud::OnCanvas::new(self, canvas, &points).await?) as Box<dyn GpuPointCloud>)
        })
    }
}

impl Runner {
    /// As [`GpuDevice::runner`].
    async fn new(gpu: Rc<Gpu>, network: Arc<Network>) -> Result<Self, EngineError> {
        gpu.check()?;
        let sizes = Sizes::new(&network)?;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let fixed = Fixed::new(&gpu, &sizes);
        let shaders = Shader::of(&network, &sizes);
        let rows = Rows::new(&gpu, &sizes, network.items(), FIRST_CAPACITY, shaders.len())?;
        let (mut stages, mut successes) = (Vec::new(), Vec::new());
        for stage in shaders {
            constants::binding_fits(stage.0.name(), size_of_val(stage.1.as_slice()) as u64)?;
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
        let (candidates, inspected) = (Arc::default(), Vec::new());
        Ok(Self { gpu, network, sizes, fixed, rows, stages, best: None, candidates, inspected, reading: false })
    }

    /// As [`GpuRunner::rank`].
    async fn rank(&mut self, question: Question<'_>) -> Result<Ranking, EngineError> {
        self.gpu.check()?;
        if std::mem::take(&mut self.reading) {
            self.rows.readback.unmap();
        }
        self.make_room(question.candidates.len(), question.inspected.len()).await?;
        if question.scope == Scope::LeaveOneOut {
            return self.leave_one_out(question).await;
        }
        if matches!(question.scope, Scope::Best(_)) && self.best.is_none() {
            let shader = (Shader::BestCandidates, Vec::new());
            let (stage, success) = Stage::new(&self.gpu, shader, &self.sizes, &self.fixed, &self.rows);
            success.await?;
            self.best = Some(stage);
        }
        let plan = self.write(question);
        let read = self.submit(&plan);
        let bytes = self.read(read).await?;
        Ok(self.answer(&plan, question, &bytes))
    }

    /// Makes the buffers longer that candidates need; those of the history stay.
    async fn make_room(&mut self, candidates: usize, inspected: usize) -> Result<(), EngineError> {
        let (ranked_capacity, inspected_capacity) = self.rows.capacity;
        if self.sizes.groups(candidates) <= ranked_capacity && inspected <= inspected_capacity {
            return Ok(());
        }
        let gpu = &self.gpu;
        let memory = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let candidates = candidates.max(ranked_capacity * GROUP);
        let inspected = inspected.next_power_of_two().max(inspected_capacity);
        let rows = Rows::new(gpu, &self.sizes, candidates, inspected, self.stages.len());
        let failure = memory.pop().await;
        let rows = rows?;
        if let Some(error) = failure {
            return Err(EngineError::Device(error.to_string()));
        }
        for stage in self.stages.iter_mut().chain(&mut self.best) {
            stage.bind(gpu, &self.sizes, &self.fixed, &rows);
        }
        self.rows = rows;
        self.candidates = Arc::default();
        self.inspected.clear();
        Ok(())
    }

    /// Writes what changed since the last ranking.
    fn write(&mut self, question: Question<'_>) -> Plan {
        let Question { history, kept, candidates, inspected, scope } = question;
        let (queue, row) = (&self.gpu.queue, self.sizes.width * size_of::<f32>());
        let stand_in = self.network.stand_in(history);
        let new = history[kept..].iter().map(|&item| self.network.item(item)).chain(stand_in);
        let new: Vec<f32> = new.flatten().copied().collect();
        queue.write_buffer(&self.fixed.history, 0, bytemuck::cast_slice(&self.network.key_sum(history)));
        queue.write_buffer(&self.fixed.history, ((1 + kept) * row) as u64, bytemuck::cast_slice(&new));

        let ranked = self.sizes.groups(candidates.len());
        if !Arc::ptr_eq(candidates, &self.candidates) {
            self.rows.write_queries(&self.gpu, &self.sizes, &self.network, 0, candidates);
            // They lie behind, so elsewhere now.
            self.inspected.clear();
            self.candidates = candidates.clone();
        }
        if inspected != self.inspected {
            self.rows.write_queries(&self.gpu, &self.sizes, &self.network, ranked, inspected);
            self.inspected = inspected.to_vec();
        }
        let requests = requests(&self.sizes, &self.network, question);
        for (batch, request) in (0..).zip(&requests) {
            queue.write_buffer(&self.rows.requests, batch * REQUEST_STRIDE, bytemuck::bytes_of(request));
        }
        Plan { requests, scope }
    }

    /// What picks the best candidates, where `plan` asks for them.
    fn best_stage(&self, plan: &Plan) -> Option<&Stage> {
        self.best.as_ref().filter(|_| matches!(plan.scope, Scope::Best(_)))
    }

    /// Runs the stages and copies what the CPU reads: how many bytes.
    fn submit(&self, plan: &Plan) -> u64 {
        let mut encoder =
            self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("rank") });
        let passes = plan.passes(&self.stages, self.best_stage(plan));
        for (first, &(stage, batch)) in (0..).step_by(2).zip(&passes) {
            let times = self.rows.timestamps.as_ref().map(|timestamps| (&timestamps.queries, first));
            stage.dispatch(&mut encoder, &plan.requests[batch], batch, &self.sizes, times);
        }
        let mut end = 0;
        for part in self.parts(plan) {
            encoder.copy_buffer_to_buffer(part.buffer, part.offset, &self.rows.readback, end, part.bytes);
            end += part.bytes;
        }
        if let Some(timestamps) = &self.rows.timestamps {
            let bytes = passes.len() as u64 * TIMES_BYTES;
            encoder.resolve_query_set(&timestamps.queries, 0..2 * passes.len() as u32, &timestamps.resolved, 0);
            encoder.copy_buffer_to_buffer(&timestamps.resolved, 0, &self.rows.readback, end, bytes);
            end += bytes;
        }
        self.gpu.queue.submit([encoder.finish()]);
        end
    }

    /// What the CPU reads, in order: the candidates' probabilities or the best of them, the inspected candidates'
    /// probabilities and logits, the interest states, the traces.
    fn parts(&self, plan: &Plan) -> Vec<Part<'_>> {
        let value = (GROUP * size_of::<f32>()) as u64;
        let request = &plan.requests[0];
        let inspected = u64::from(request.inspected);
        let (ranked, inspected_groups) = (u64::from(request.first_inspected), inspected.div_ceil(GROUP as u64));
        let Rows { probabilities, logits, .. } = &self.rows;
        let answer = match plan.scope {
            Scope::All => Part { buffer: probabilities, offset: 0, bytes: ranked * value },
            Scope::Best(count) => Part { buffer: &self.fixed.best, offset: 0, bytes: count as u64 * BEST_BYTES },
            Scope::Inspected | Scope::LeaveOneOut => Part { buffer: probabilities, offset: 0, bytes: 0 },
        };
        let behind = |buffer| Part { buffer, offset: ranked * value, bytes: inspected_groups * value };
        let mut parts = vec![answer, behind(probabilities), behind(logits)];
        if inspected > 0 {
            let bytes = u64::from(request.steps) * buffers::interest_step_bytes(&self.sizes);
            parts.push(Part { buffer: &self.fixed.interest_steps, offset: 0, bytes });
        }
        parts.extend((0..inspected).map(|slot| Part {
            buffer: &self.rows.traces,
            offset: slot * buffers::trace_stride(&self.sizes),
            bytes: buffers::trace_bytes(&self.sizes, request.steps as usize),
        }));
        parts.retain(|part| part.bytes > 0);
        parts
    }

    /// What was submitted to be read.
    async fn read(&mut self, bytes: u64) -> Result<Vec<u8>, EngineError> {
        self.reading = true;
        let read = self.map(bytes).await;
        self.reading = false;
        // An error in the submission explains why the reading failed, or why what was read means nothing.
        self.gpu.check()?;
        read
    }

    async fn map(&self, bytes: u64) -> Result<Vec<u8>, EngineError> {
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

    /// The answer from the bytes of [`Runner::parts`] and the timestamps behind them.
    fn answer(&self, plan: &Plan, question: Question<'_>, bytes: &[u8]) -> Ranking {
        let passes = plan.passes(&self.stages, self.best_stage(plan));
        let times = self.rows.timestamps.as_ref().map_or(0, |_| passes.len() * TIMES_BYTES as usize);
        let (words, times) = bytes.split_at(bytes.len() - times);
        let words: Vec<f32> = bytemuck::pod_collect_to_vec(words);
        let mut rest = words.as_slice();
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            taken
        };
        let request = &plan.requests[0];
        let (steps, inspected) = (request.steps as usize, question.inspected);
        let mut ranking = Ranking::default();
        match plan.scope {
            Scope::All => {
                ranking.probabilities = take(request.first_inspected as usize * GROUP).to_vec();
                ranking.probabilities.truncate(question.candidates.len());
            }
            Scope::Best(count) => {
                let (pairs, _) = take(count * BEST_BYTES as usize / size_of::<f32>()).as_chunks();
                ranking.best = pairs
                    .iter()
                    .map(|&[at, probability]| Candidate {
                        item: question.candidates[at.to_bits() as usize],
                        probability,
                    })
                    .collect();
            }
            Scope::Inspected | Scope::LeaveOneOut => {}
        }
        if !inspected.is_empty() {
            let values = inspected.len().next_multiple_of(GROUP);
            let (probabilities, logits) = (take(values), take(values));
            let words_of = |bytes: u64| bytes as usize / size_of::<f32>();
            let states = take(steps * words_of(buffers::interest_step_bytes(&self.sizes)));
            // Without the step more where a key stands for an empty history.
            let sizes = self.network.config.trace_sizes(question.history.len());
            for ((&item, &probability), &logit) in inspected.iter().zip(probabilities).zip(logits) {
                let words = take(words_of(buffers::trace_bytes(&self.sizes, steps)));
                let trace = match &self.network.interest {
                    Interest::Dien(_) => buffers::dien_trace(sizes, states, words),
                    Interest::EmbeddingMlp(_) | Interest::Din(_) | Interest::Tin(_) => {
                        buffers::pooling_trace(self.network.config.network.parts(), sizes, words)
                    }
                };
                ranking.inspections.push(Inspection { item, logit, probability, trace });
            }
        }
        let times: Vec<u64> = bytemuck::pod_collect_to_vec(times);
        let period = f64::from(self.gpu.queue.get_timestamp_period());
        let ms = |from: u64, to: u64| to.saturating_sub(from) as f64 * period / 1e6;
        let (times, _) = times.as_chunks();
        ranking.gpu_ms = times.first().zip(times.last()).map(|(&[from, _], &[_, to])| ms(from, to));
        for (&(stage, _), &[from, to]) in passes.iter().zip(times) {
            let (stage, ms) = (stage.shader.name(), ms(from, to));
            match ranking.stages.iter_mut().find(|time| time.stage == stage) {
                Some(time) => time.ms += ms,
                None => ranking.stages.push(StageTime { stage, ms }),
            }
        }
        ranking
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
