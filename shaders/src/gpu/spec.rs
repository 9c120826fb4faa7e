//! What a GPU runs of a network: the network says which stages, each stage says what it needs.

use bytemuck::{Pod, Zeroable};

use super::limits::F32;
use crate::question::MAX_HISTORY;

/// Name and text of a file of WGSL.
pub(crate) type File = (&'static str, &'static str);

/// The [`File`] of this name beside the file that names it.
macro_rules! wgsl {
    ($name:literal) => {
        (concat!($name, ".wgsl"), include_str!(concat!($name, ".wgsl")))
    };
}
pub(crate) use wgsl;

/// What every invocation knows of the batch that it works on, `Request` of `shared.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Request {
    pub steps: u32,
    pub first_step: u32,
    pub first_quad: u32,
    pub quads: u32,
    pub first_inspected: u32,
    pub inspected: u32,
    pub candidates: u32,
    pub best: u32,
}

/// A buffer that stages read or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// `History`: Σ_j k_j, and the keys `[step, H]`.
    History,
    /// A [`KeptBuffer`] of the network, by its name.
    Kept(&'static str),
    /// `[tile, H, quad in tile]`.
    Queries,
    /// What attention sees in the queries' place, `[tile, key, quad in tile]`; the queries where that is they themselves.
    AttentionQueries,
    /// Scores or attention of a batch, `[row, step]`.
    Scores,
    /// Interests of a batch, `[row, interest]`.
    Interests,
    /// `[quad]`.
    Logits,
    /// `[quad]`.
    Probabilities,
    /// The best candidates, `[rank]`.
    Best,
    /// What each inspected candidate's trace takes from the stages.
    Traces,
}

/// One stage of one network.
#[derive(Debug, Clone)]
pub(crate) struct StageSpec {
    /// Name of the folder, of the last file and of its entry point.
    pub name: &'static str,
    /// The files that follow what all stages of the network have.
    pub files: &'static [File],
    /// What is bound after the request and the weights, in this order.
    pub reads: Vec<Buffer>,
    /// What is bound after that.
    pub writes: Vec<Buffer>,
    /// Whether one dispatch does for all batches, because the candidates do not matter.
    pub once: bool,
    /// How many quads a workgroup takes.
    pub quads: usize,
    /// Workgroups in x and y for a batch, of so many quads each.
    pub grid: fn(&Request, u32) -> [u32; 2],
    /// The struct that is bound after the request; none where the stage has no weights.
    pub weights: Vec<f32>,
}

impl StageSpec {
    /// Workgroups in x and y for this batch.
    pub fn workgroups(&self, request: &Request) -> [u32; 2] {
        (self.grid)(request, self.quads as u32)
    }
}

/// How many values something has after some clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Whatever the history.
    pub fixed: usize,
    /// And for each step of it.
    pub per_step: usize,
}

impl Extent {
    /// Values after so many steps.
    pub fn values(self, steps: usize) -> usize {
        self.fixed + self.per_step * steps
    }

    /// Bytes after so many steps.
    pub fn bytes(self, steps: usize) -> u64 {
        (self.values(steps) * F32) as u64
    }

    /// Bytes of the longest history.
    pub fn most_bytes(self) -> u64 {
        self.bytes(MAX_HISTORY)
    }
}

/// What stages that run once a click leave for all candidates, kept as long as the history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptBuffer {
    /// The name that stages give it.
    pub name: &'static str,
    /// How much of it is filled.
    pub extent: Extent,
    /// Whether the trace takes values from it.
    pub traced: bool,
}

/// What one network adds to what all have.
#[derive(Debug)]
pub(crate) struct NetworkSpec {
    /// Files that all its stages share.
    pub files: &'static [File],
    /// The stages between the embeddings and the head, in the order of the computation.
    pub stages: Vec<StageSpec>,
    /// The network's own buffers that are kept with the history.
    pub kept: Vec<KeptBuffer>,
    /// What one inspected candidate takes in [`Buffer::Traces`].
    pub trace: Extent,
}

/// What attention looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys {
    /// Where they lie.
    pub buffer: Buffer,
    /// Values of a key.
    pub width: usize,
    /// Where the first one begins, in values.
    pub start: usize,
    /// From one to the next, in values.
    pub stride: usize,
}
