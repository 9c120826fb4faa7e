//! The buffers that the stages read and write.

use super::device::Gpu;
use super::limits::{BATCH, F32, QUAD, TILE, quads};
use super::program::Layout;
use super::spec::Buffer;
use crate::error::EngineError;
use crate::network::Network;
use crate::question::{MAX_BEST, MAX_HISTORY};

/// Bytes of one value of a quad.
pub(super) const QUAD_BYTES: u64 = (QUAD * F32) as u64;

/// Bytes of the two timestamps of a pass.
pub(super) const TIMES_BYTES: u64 = 2 * size_of::<u64>() as u64;

/// Bytes of a `BestCandidate`.
pub(super) const BEST_BYTES: u64 = (size_of::<u32>() + size_of::<f32>()) as u64;

/// Bytes from one batch's [`Request`](super::spec::Request) to the next: where WebGPU lets a binding begin.
pub(super) const REQUEST_STRIDE: u64 = 256;

/// One value of each candidate of a tile.
type Tile = [f32; TILE * QUAD];

/// All buffers of a network but the stages' weights.
#[derive(Debug)]
pub(super) struct Buffers {
    pub fixed: Fixed,
    pub rows: Rows,
}

impl Buffers {
    /// The one that stages call so.
    pub fn get(&self, buffer: Buffer) -> &wgpu::Buffer {
        let Self { fixed, rows } = self;
        match buffer {
            Buffer::History => &fixed.history,
            Buffer::Kept(name) => fixed.kept(name),
            Buffer::Queries => &rows.queries,
            Buffer::AttentionQueries => rows.attention_queries.as_ref().unwrap_or(&rows.queries),
            Buffer::Scores => &rows.scores,
            Buffer::Interests => &rows.interests,
            Buffer::Logits => &rows.logits,
            Buffer::Probabilities => &rows.probabilities,
            Buffer::Best => &fixed.best,
            Buffer::Traces => &rows.traces,
        }
    }
}

/// Buffers that last as long as the runner.
#[derive(Debug)]
pub(super) struct Fixed {
    /// `History`.
    pub history: wgpu::Buffer,
    /// Those of the network, by name.
    kept: Vec<(&'static str, wgpu::Buffer)>,
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
    /// How many quads of candidates there is room for, and how many inspected candidates.
    pub capacity: (usize, usize),
    /// A [`Request`] for each batch, or for each history with one item left out.
    pub requests: wgpu::Buffer,
    /// The times of each pass, where the device takes any.
    pub timestamps: Option<Timestamps>,
    pub queries: wgpu::Buffer,
    /// Where attention sees something else than the queries.
    attention_queries: Option<wgpu::Buffer>,
    pub scores: wgpu::Buffer,
    pub interests: wgpu::Buffer,
    pub logits: wgpu::Buffer,
    pub probabilities: wgpu::Buffer,
    pub traces: wgpu::Buffer,
    /// What the CPU reads.
    pub readback: wgpu::Buffer,
}

impl Fixed {
    pub fn new(gpu: &Gpu, layout: &Layout) -> Self {
        let kept = layout.kept.iter().map(|kept| (kept.name, storage(gpu, kept.name, kept.extent.most_bytes())));
        Self {
            history: storage(gpu, "history", ((1 + MAX_HISTORY) * layout.width * F32) as u64),
            kept: kept.collect(),
            best: storage(gpu, "best", MAX_BEST as u64 * BEST_BYTES),
        }
    }

    /// The network's buffer of this name.
    ///
    /// # Panics
    /// Where the network has none, though one of its stages names it.
    pub fn kept(&self, name: &str) -> &wgpu::Buffer {
        let (_, buffer) = self.kept.iter().find(|(known, _)| *known == name).unwrap_or_else(|| unknown(name));
        buffer
    }
}

#[expect(clippy::panic, reason = "the tests see to it that networks declare what their stages name")]
fn unknown(name: &str) -> ! {
    panic!("no stage leaves {name}")
}

impl Rows {
    /// Buffers for so many ranked and so many inspected candidates of a network that computes in `stages` stages.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] for more than a buffer holds.
    pub fn new(
        gpu: &Gpu,
        layout: &Layout,
        candidates: usize,
        inspected: usize,
        stages: usize,
    ) -> Result<Self, EngineError> {
        let trace_bytes = inspected as u64 * layout.trace.most_bytes();
        layout.candidates_fit(candidates, inspected, trace_bytes)?;
        let ranked = quads(candidates);
        let (ranked_quads, inspected_quads) = (ranked as u64, quads(inspected) as u64);
        let quads = ranked_quads + inspected_quads;
        let batches = quads.div_ceil(BATCH as u64);
        let rows = quads.min(BATCH as u64);
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
        let readback = quads * QUAD_BYTES
            + MAX_BEST.max(MAX_HISTORY) as u64 * BEST_BYTES
            + inspected_quads * QUAD_BYTES
            + layout.traced().map(|buffer| buffer.extent.most_bytes()).sum::<u64>()
            + trace_bytes
            + passes * TIMES_BYTES;
        let attention_queries =
            layout.attention_width.map(|width| storage(gpu, "attention_queries", quads * width as u64 * QUAD_BYTES));
        Ok(Self {
            capacity: (ranked, inspected),
            requests: {
                let requests = batches.max(MAX_HISTORY as u64);
                buffer(gpu, "requests", requests * REQUEST_STRIDE, wgpu::BufferUsages::UNIFORM)
            },
            timestamps,
            queries: storage(gpu, "queries", quads * layout.width as u64 * QUAD_BYTES),
            attention_queries,
            scores: storage(gpu, "scores", rows * MAX_HISTORY as u64 * QUAD_BYTES),
            interests: storage(gpu, "interests", rows * layout.interest_width as u64 * QUAD_BYTES),
            logits: storage(gpu, "logits", quads * QUAD_BYTES),
            probabilities: storage(gpu, "probabilities", quads * QUAD_BYTES),
            traces: storage(gpu, "traces", trace_bytes),
            readback: buffer(gpu, "readback", readback, wgpu::BufferUsages::MAP_READ),
        })
    }

    /// Writes the queries of `items` from this quad on, the first of a tile.
    pub fn write_queries(&self, gpu: &Gpu, network: &Network, first_quad: usize, items: &[u32]) {
        let write = |buffer: &wgpu::Buffer, width: usize, tiles: &[Tile]| {
            gpu.queue.write_buffer(buffer, (first_quad * width) as u64 * QUAD_BYTES, bytemuck::cast_slice(tiles));
        };
        let catalogue = &network.catalogue;
        write(&self.queries, catalogue.width(), &catalogue.queries(items));
        if let (Some(buffer), Some(layer)) = (&self.attention_queries, network.body.attention_query()) {
            write(buffer, layer.dense.bias.len(), &catalogue.queries_through(layer, items));
        }
    }
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
