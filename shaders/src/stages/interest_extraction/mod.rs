//! The interests of a history, each a sum over the clicks with an attention of its own.

pub(crate) mod cpu;

use model::{ComirecSaConfig, Positions, Weights};

use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, Extent, File, KeptBuffer, StageSpec, wgsl};
use crate::gpu::words::{matrix_rows, padded};
use crate::layers::Matrix;

/// The name of the buffer in which the interests are kept.
pub(crate) const EXTRACTED: &str = "extracted";

/// The file that says what lies in the buffer.
pub(crate) const BUFFER: File = wgsl!("extracted");

/// Self-attention, with the positions folded into its first bias.
#[derive(Debug)]
pub(crate) struct InterestExtraction {
    /// W₁, `[H, hidden]`.
    pub hidden: Matrix,
    /// p·W₁ + b for each position, `[position, hidden]`; one row for all where the network has no positions.
    bias: Matrix,
    /// W₂, `[hidden, interest]`.
    pub output: Matrix,
    positions: Positions,
}

impl InterestExtraction {
    /// That of `weights`, which have these options.
    pub fn new(weights: &Weights, options: &ComirecSaConfig) -> Self {
        let (width, units) = (weights.config().width(), options.hidden);
        let hidden = Matrix::new(units, weights.values("attention.hidden.weight"));
        let bias = weights.values("attention.hidden.bias");
        let nothing = vec![0.0; width];
        let positions = match options.positions {
            Positions::None => nothing.as_slice(),
            Positions::Newest | Positions::Oldest => weights.values("embedding.position.weight"),
        };
        let mut biases = Matrix { columns: units, values: Vec::new() };
        for p in positions.chunks_exact(width) {
            let mut bias = bias.to_vec();
            hidden.accumulate(p, &mut bias);
            biases.values.extend(bias);
        }
        let output = Matrix::new(options.interests, weights.values("attention.output.weight"));
        Self { hidden, bias: biases, output, positions: options.positions }
    }

    /// H.
    pub fn width(&self) -> usize {
        self.hidden.rows().len()
    }

    /// K.
    pub fn interests(&self) -> usize {
        self.output.columns
    }

    /// p_j·W₁ + b of the click that `step` others precede among `steps`, `[hidden]`.
    pub fn bias(&self, step: usize, steps: usize) -> &[f32] {
        self.bias.row(self.positions.row(step, steps, self.bias.rows().len()))
    }
}

/// The stage on a GPU.
pub(crate) fn spec(constants: &mut Constants, extraction: &InterestExtraction) -> StageSpec {
    let blocks = |count: usize| count.div_ceil(4);
    let (hidden, interests) = (extraction.hidden.columns, extraction.interests());
    constants.number("INTERESTS", interests);
    constants.number("INTEREST_BLOCKS", blocks(interests));
    constants.number("HIDDEN_BLOCKS", blocks(hidden));
    constants.number("HIDDEN_UNITS", 4 * blocks(hidden));
    constants.number("POSITIONS", extraction.bias.rows().len());
    constants.flag("FROM_OLDEST", extraction.positions == Positions::Oldest);
    // `InterestExtraction` of `interest_extraction.wgsl`, whose rows are filled up with zeros: tanh 0 = 0.
    let mut weights = Vec::new();
    for matrix in [&extraction.hidden, &extraction.bias, &extraction.output] {
        matrix_rows(&mut weights, matrix, 4 * blocks(matrix.columns));
    }
    let no_units = 4 * blocks(hidden) - hidden;
    padded(&mut weights, &[], no_units * 4 * blocks(interests));
    StageSpec {
        name: "interest_extraction",
        files: &[BUFFER, wgsl!("interest_extraction")],
        reads: vec![Buffer::History],
        writes: vec![Buffer::Kept(EXTRACTED)],
        once: true,
        quads: 1,
        // A click changes every share of the softmax, and where positions count from the newest, every position.
        grid: |_, _| [1, 1],
        weights,
    }
}

/// The buffer that the stage leaves.
pub(crate) fn kept(extraction: &InterestExtraction) -> KeptBuffer {
    let extent = Extent { fixed: extraction.interests() * extraction.width(), per_step: extraction.interests() };
    KeptBuffer { name: EXTRACTED, extent, traced: true }
}

/// The attention `[interest, step]` and the interests `[interest, H]` from the filled part of an `Extracted` of
/// `extracted.wgsl`.
pub(crate) fn read(extraction: &InterestExtraction, words: &[f32]) -> [Vec<f32>; 2] {
    let interests = extraction.interests();
    let (vectors, attention) = words.split_at(interests * extraction.width());
    let of = |interest: usize| attention.iter().skip(interest).step_by(interests).copied();
    [(0..interests).flat_map(of).collect(), vectors.to_vec()]
}
