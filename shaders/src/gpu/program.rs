//! A network as a GPU runs it: its stages, and what they share.

use super::constants::Constants;
use super::limits::{VEC4, binding_fits, quads};
use super::spec::{Extent, File, KeptBuffer, NetworkSpec, Request, StageSpec};
use crate::description::{ShaderStage, SourceFile};
use crate::error::EngineError;
use crate::network::Network;
use crate::stages::shared::SHARED;
use crate::stages::{best_candidates, ranking_mlp};

/// The stages of a network.
#[derive(Debug)]
pub(super) struct Program {
    /// What they share.
    pub layout: Layout,
    /// In the order of the computation.
    pub stages: Vec<StageSpec>,
    /// What picks the best candidates, where it is asked for.
    pub best: StageSpec,
}

/// What the stages of a network share.
#[derive(Debug)]
pub(super) struct Layout {
    /// H, the width of a query and of a key.
    pub width: usize,
    /// Width of the interest.
    pub interest_width: usize,
    /// Width of what attention sees in the queries' place, if anything.
    pub attention_width: Option<usize>,
    /// The network's own buffers that are kept with the history.
    pub kept: Vec<KeptBuffer>,
    /// What an inspected candidate takes in [`Buffer::Traces`](super::spec::Buffer::Traces).
    pub trace: Extent,
    constants: Constants,
    /// The network's own files.
    files: &'static [File],
}

impl Program {
    /// # Errors
    /// [`EngineError::TooLarge`] where the network needs more than the limits allow.
    pub fn new(network: &Network) -> Result<Self, EngineError> {
        let (width, interest_width) = (network.config.width(), network.config.interest_width());
        let mut constants = Constants::new(width, interest_width);
        let NetworkSpec { files, mut stages, kept, trace } = network.body.spec(&mut constants, width)?;
        stages.push(ranking_mlp::spec(&mut constants, &network.config, &network.head)?);
        let best = best_candidates::spec(&mut constants);
        let attention_width = network.body.attention_query().map(|layer| layer.dense.bias.len());
        let layout = Layout { width, interest_width, attention_width, kept, trace, constants, files };
        Ok(Self { layout, stages, best })
    }
}

impl Layout {
    /// Whether the buffers for so many ranked and so many inspected candidates are small enough.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`].
    pub fn candidates_fit(&self, candidates: usize, inspected: usize, trace_bytes: u64) -> Result<(), EngineError> {
        let width = self.width.max(self.attention_width.unwrap_or(0));
        let bytes = (quads(candidates) + quads(inspected)) as u64 * width as u64 * VEC4 as u64;
        binding_fits("the candidates' queries", bytes)?;
        binding_fits("the inspected candidates", trace_bytes)
    }

    /// Kept buffers that a trace takes values from.
    pub fn traced(&self) -> impl Iterator<Item = &KeptBuffer> {
        self.kept.iter().filter(|buffer| buffer.traced)
    }

    /// WGSL of a stage, file by file: the constants, what all stages share, what those of the network share, the stage's own.
    pub fn files(&self, stage: &StageSpec) -> Vec<SourceFile> {
        let written = [&SHARED].into_iter().chain(self.files).chain(stage.files);
        let written = written.map(|&(name, text)| SourceFile { name, text: text.to_owned() });
        std::iter::once(SourceFile { name: "", text: self.constants.text() }).chain(written).collect()
    }

    /// All of a stage's WGSL.
    pub fn source(&self, stage: &StageSpec) -> String {
        self.files(stage).into_iter().map(|file| file.text).collect()
    }

    /// What runs for these batches.
    pub fn describe(&self, stage: &StageSpec, requests: &[Request], buffer_bytes: Vec<u64>) -> ShaderStage {
        let batches = if stage.once { &requests[..1] } else { requests };
        let dispatches = batches.iter().map(|request| stage.workgroups(request)).collect();
        ShaderStage { name: stage.name, files: self.files(stage), dispatches, buffer_bytes }
    }
}
