//! The buffers that the stages read and write, and how the answer is read from them.

use bytemuck::{Pod, Zeroable};
use model::{DienTrace, PartSpec, Trace, TraceSizes};

use super::constants::{BATCH, GROUP, Sizes, Tile};
use super::device::Gpu;
use crate::error::EngineError;
use crate::network::Network;
use crate::question::{MAX_BEST, MAX_HISTORY};

const F32: u64 = size_of::<f32>() as u64;
/// Bytes of one value of a group.
pub(super) const GROUP_BYTES: u64 = GROUP as u64 * F32;

/// `Request` of `shared.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Request {
    pub steps: u32,
    pub first_step: u32,
    pub first_group: u32,
    pub groups: u32,
    pub first_inspected: u32,
    pub inspected: u32,
    pub candidates: u32,
    pub best: u32,
}

/// Bytes from one batch's `Request` to the next: where WebGPU lets a binding begin.
pub(super) const REQUEST_STRIDE: u64 = 256;

/// Buffers that last as long as the runner.
#[derive(Debug)]
pub(super) struct Fixed {
    /// `History`.
    pub history: wgpu::Buffer,
    /// `array<InterestStep, MAX_STEPS>`; of one value for networks without such steps.
    pub interest_steps: wgpu::Buffer,
    /// The same of DIEN's second GRU, where it has one.
    pub second_steps: wgpu::Buffer,
    /// `array<BestCandidate, MAX_BEST>`.
    pub best: wgpu::Buffer,
}

/// The begin and the end of each pass.
#[derive(Debug)]
pub(super) struct Timestamps {
    pub queries: wgpu::QuerySet,
    pub resolved: wgpu::Buffer,
}

/// Buffers that grow with the number of candidates.
#[derive(Debug)]
pub(super) struct Rows {
    /// How many groups of candidates there is room for, and how many inspected ones.
    pub capacity: (usize, usize),
    /// A `Request` for each batch, or for each history with one item left out.
    pub requests: wgpu::Buffer,
    /// Of each pass, where the device takes any.
    pub timestamps: Option<Timestamps>,
    /// Queries [tile, H, group in tile].
    pub queries: wgpu::Buffer,
    /// What attention sees in their place [tile, key, group in tile], where that is not the query itself.
    own_attention_queries: Option<wgpu::Buffer>,
    /// DIN's scores or DIEN's attention of a batch, [row, step].
    pub scores: wgpu::Buffer,
    /// Of a batch, [row, interest].
    pub interests: wgpu::Buffer,
    /// [group].
    pub logits: wgpu::Buffer,
    /// [group].
    pub probabilities: wgpu::Buffer,
    /// `PoolingTrace` or `array<DienTraceStep, MAX_STEPS>` of each inspected candidate.
    pub traces: wgpu::Buffer,
    /// What the CPU reads.
    pub readback: wgpu::Buffer,
}

impl Fixed {
    pub fn new(gpu: &Gpu, sizes: &Sizes) -> Self {
        let steps = |label, any| {
            let bytes = if any { MAX_HISTORY as u64 * interest_step_bytes(sizes) } else { 0 };
            storage(gpu, label, bytes.max(F32))
        };
        Self {
            history: storage(gpu, "history", (1 + MAX_HISTORY as u64) * sizes.width as u64 * F32),
            interest_steps: steps("interest_steps", true),
            second_steps: steps("second_steps", sizes.second_gru),
            best: storage(gpu, "best", MAX_BEST as u64 * BEST_BYTES),
        }
    }
}

impl Rows {
    /// Buffers for so many ranked and so many inspected candidates of a network that computes in `stages` stages.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] for more than a buffer holds.
    pub fn new(
        gpu: &Gpu,
        sizes: &Sizes,
        candidates: usize,
        inspected: usize,
        stages: usize,
    ) -> Result<Self, EngineError> {
        let trace_bytes = inspected as u64 * trace_stride(sizes);
        sizes.candidates_fit(candidates, inspected, trace_bytes)?;
        let ranked = sizes.groups(candidates);
        let (ranked_groups, inspected_groups) = (ranked as u64, sizes.groups(inspected) as u64);
        let groups = ranked_groups + inspected_groups;
        let batches = groups.div_ceil(BATCH as u64);
        let rows = groups.min(BATCH as u64);
        // One pass a stage and batch, and one for the best.
        let passes = batches * stages as u64 + 1;
        let timestamps = gpu.timestamps.then(|| Timestamps {
            queries: gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * passes as u32,
            }),
            resolved: buffer(gpu, "timestamps", passes * TIMES_BYTES, wgpu::BufferUsages::QUERY_RESOLVE),
        });
        // At least as much as a probability for each item of the history.
        let readback = groups * GROUP_BYTES
            + MAX_BEST.max(MAX_HISTORY) as u64 * BEST_BYTES
            + inspected_groups * GROUP_BYTES
            + MAX_HISTORY as u64 * interest_step_bytes(sizes)
            + trace_bytes
            + passes * TIMES_BYTES;
        let own_attention_queries = sizes
            .own_attention
            .then(|| storage(gpu, "attention_queries", groups * sizes.key_width as u64 * GROUP_BYTES));
        Ok(Self {
            capacity: (ranked, inspected),
            requests: {
                let requests = batches.max(MAX_HISTORY as u64);
                buffer(gpu, "requests", requests * REQUEST_STRIDE, wgpu::BufferUsages::UNIFORM)
            },
            timestamps,
            queries: storage(gpu, "queries", groups * sizes.width as u64 * GROUP_BYTES),
            own_attention_queries,
            scores: storage(gpu, "scores", rows * MAX_HISTORY as u64 * GROUP_BYTES),
            interests: storage(gpu, "interests", rows * sizes.interest_width as u64 * GROUP_BYTES),
            logits: storage(gpu, "logits", groups * GROUP_BYTES),
            probabilities: storage(gpu, "probabilities", groups * GROUP_BYTES),
            traces: storage(gpu, "traces", trace_bytes),
            readback: buffer(gpu, "readback", readback, wgpu::BufferUsages::MAP_READ),
        })
    }

    /// What attention sees of every candidate: the query, or what stands in its place.
    pub fn attention_queries(&self) -> &wgpu::Buffer {
        self.own_attention_queries.as_ref().unwrap_or(&self.queries)
    }

    /// Writes the queries of `items` from this group on, the first of a tile.
    pub fn write_queries(&self, gpu: &Gpu, sizes: &Sizes, network: &Network, first_group: usize, items: &[u32]) {
        let write = |buffer: &wgpu::Buffer, width: usize, tiles: &[Tile]| {
            gpu.queue.write_buffer(buffer, (first_group * width) as u64 * GROUP_BYTES, bytemuck::cast_slice(tiles));
        };
        let items = || items.iter().copied();
        write(&self.queries, sizes.width, &sizes.tiles(network, items()));
        if let (Some(buffer), Some(tiles)) = (&self.own_attention_queries, sizes.attention_tiles(network, items())) {
            write(buffer, sizes.key_width, &tiles);
        }
    }
}

/// Bytes of the two timestamps of a pass.
pub(super) const TIMES_BYTES: u64 = 2 * size_of::<u64>() as u64;

/// Bytes of a `BestCandidate`.
pub(super) const BEST_BYTES: u64 = (size_of::<u32>() + size_of::<f32>()) as u64;

/// Bytes of an `InterestStep`.
pub(super) fn interest_step_bytes(sizes: &Sizes) -> u64 {
    (4 * sizes.hidden) as u64 * F32
}

/// Bytes from one inspected candidate's trace to the next.
pub(super) fn trace_stride(sizes: &Sizes) -> u64 {
    trace_bytes(sizes, MAX_HISTORY)
}

/// Bytes of the part of a trace that `steps` steps fill.
pub(super) fn trace_bytes(sizes: &Sizes, steps: usize) -> u64 {
    let words = if sizes.hidden == 0 { sizes.width + 2 * steps } else { (2 + 5 * sizes.hidden) * steps };
    words as u64 * F32
}

/// A trace from the filled part of a `PoolingTrace`, of which the first `sizes.steps` steps are the history's.
pub(super) fn pooling_trace(specs: &[PartSpec], sizes: TraceSizes, words: &[f32]) -> Trace {
    let (interest, scored) = words.split_at(sizes.units);
    let steps = &scored.as_chunks().0[..sizes.steps];
    let values = [
        steps.iter().map(|&[score, _]| score).collect(),
        steps.iter().map(|&[_, weight]| weight).collect(),
        interest.to_vec(),
    ];
    Trace::new(specs.iter().zip(values).map(|(spec, values)| spec.of(sizes, values)))
}

/// A trace from the `InterestStep`s and the filled part of an `array<DienTraceStep, MAX_STEPS>`.
pub(super) fn dien_trace(sizes: TraceSizes, interest_steps: &[f32], words: &[f32]) -> Trace {
    let hidden = sizes.units;
    let states = interest_steps.chunks_exact(4 * hidden).flat_map(|step| step[..hidden].iter().copied());
    let steps = || words.chunks_exact(2 + 5 * hidden);
    let vectors =
        |field: usize| steps().flat_map(|step| step[2 + field * hidden..][..hidden].iter().copied()).collect();
    Trace::new([
        DienTrace::INTEREST_STATES.of(sizes, states.collect()),
        PartSpec::SCORES.of(sizes, steps().map(|step| step[0]).collect()),
        DienTrace::ATTENTION.of(sizes, steps().map(|step| step[1]).collect()),
        DienTrace::RESET.of(sizes, vectors(0)),
        DienTrace::UPDATE.of(sizes, vectors(1)),
        DienTrace::ATTENTIONAL_UPDATE.of(sizes, vectors(2)),
        DienTrace::CANDIDATE.of(sizes, vectors(3)),
        DienTrace::EVOLUTION_STATES.of(sizes, vectors(4)),
    ])
}

/// A buffer that holds the weights of one stage.
pub(super) fn weights(gpu: &Gpu, label: &str, words: &[f32]) -> wgpu::Buffer {
    let buffer = storage(gpu, label, size_of_val(words) as u64);
    gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words));
    buffer
}

/// A buffer of values that are copied to others.
pub(super) fn copied(gpu: &Gpu, label: &str, words: &[f32]) -> wgpu::Buffer {
    let buffer = buffer(gpu, label, size_of_val(words) as u64, wgpu::BufferUsages::COPY_SRC);
    gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(words));
    buffer
}

fn storage(gpu: &Gpu, label: &str, size: u64) -> wgpu::Buffer {
    buffer(gpu, label, size, wgpu::BufferUsages::STORAGE)
}

/// A buffer that the CPU reads, or else writes.
pub(super) fn buffer(gpu: &Gpu, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    let copies = if usage.contains(wgpu::BufferUsages::MAP_READ) {
        wgpu::BufferUsages::COPY_DST
    } else {
        wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC
    };
    let descriptor =
        wgpu::BufferDescriptor { label: Some(label), size, usage: usage | copies, mapped_at_creation: false };
    gpu.device.create_buffer(&descriptor)
}
