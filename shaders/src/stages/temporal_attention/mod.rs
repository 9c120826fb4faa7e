//! Target-aware temporal encoding, attention and representation of the Temporal Interest Network.

pub(crate) mod cpu;

use model::{Normalization, Weights};

use super::shared::POOLING;
use crate::gpu::constants::Constants;
use crate::gpu::spec::{Buffer, StageSpec, wgsl};
use crate::layers::Matrix;

/// The vector p(i) of each position counted back from the candidate, `[max_history + 1, H]`: row 0 is the candidate's own,
/// row 1 the newest click's, and the last row that of all older clicks.
#[derive(Debug, Clone)]
pub(crate) struct Positions(Matrix);

impl Positions {
    /// Those of `weights`.
    pub fn new(weights: &Weights) -> Self {
        Self(Matrix::new(weights.config().width(), weights.values("embedding.position.weight")))
    }

    /// p(0), `[H]`.
    pub fn of_candidate(&self) -> &[f32] {
        self.0.row(0)
    }

    /// p(T−j+1) of the history item that `step` others precede, `[H]`; `steps` is T.
    pub fn of_step(&self, step: usize, steps: usize) -> &[f32] {
        self.0.row((steps - step).min(self.0.rows().len() - 1))
    }
}

/// The stage on a GPU.
pub(crate) fn spec(constants: &mut Constants, positions: &Positions) -> StageSpec {
    let Positions(matrix) = positions;
    constants.number("POSITIONS", matrix.rows().len());
    constants.number("OLDEST", matrix.rows().len() - 1);
    constants.normalization(Normalization::ScaledSoftmax, matrix.columns);
    StageSpec {
        name: "temporal_attention",
        files: &[POOLING, wgsl!("temporal_attention")],
        reads: vec![Buffer::History, Buffer::Queries],
        writes: vec![Buffer::Interests, Buffer::Traces],
        once: false,
        quads: 1,
        grid: |request, _| [request.quads, 1],
        // `TemporalAttention` of `temporal_attention.wgsl`.
        weights: matrix.values.clone(),
    }
}
