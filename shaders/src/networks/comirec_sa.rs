//! ComiRec-SA: several interests are extracted from the history once a click, and each candidate reads what it fits.

use std::sync::Arc;

use model::{ComirecSaConfig, Readout, Weights};

use super::{Folded, OnCpu};
use crate::catalogue::Catalogue;
use crate::cpu::lanes::{Vector, of_lane};
use crate::cpu::queries::Query;
use crate::error::EngineError;
use crate::gpu::constants::Constants;
use crate::gpu::spec::NetworkSpec;
use crate::stages::interest_extraction::cpu::{Extracted, interest_extraction};
use crate::stages::interest_extraction::{self, InterestExtraction};
use crate::stages::interest_readout;
use crate::stages::interest_readout::cpu::{Choice, attention};

/// The network's self-attention, and how its interests are read.
#[derive(Debug)]
pub(crate) struct ComirecSa {
    extraction: InterestExtraction,
    readout: Readout,
}

impl Folded for ComirecSa {
    type Options = ComirecSaConfig;

    fn new(weights: &Weights, options: &ComirecSaConfig) -> Self {
        Self { extraction: InterestExtraction::new(weights, options), readout: options.readout }
    }

    fn spec(&self, constants: &mut Constants, width: usize) -> Result<NetworkSpec, EngineError> {
        let Self { extraction, readout } = self;
        Ok(NetworkSpec {
            files: &[],
            stages: vec![
                interest_extraction::spec(constants, extraction),
                interest_readout::spec(constants, *readout, extraction.interests())?,
            ],
            kept: vec![interest_extraction::kept(extraction)],
            trace: interest_readout::trace_extent(width, extraction.interests()),
        })
    }

    fn read_trace(&self, _steps: usize, kept: &[&[f32]], candidate: &[f32]) -> Vec<Vec<f32>> {
        let extracted = interest_extraction::read(&self.extraction, kept[0]);
        let read = interest_readout::read_trace(self.extraction.width(), self.extraction.interests(), candidate);
        extracted.into_iter().chain(read).collect()
    }
}

/// The network on the CPU.
#[derive(Debug)]
pub(crate) struct Live<V> {
    network: Arc<ComirecSa>,
    extracted: Extracted,
    choice: Choice<V>,
}

impl<V: Vector> OnCpu<V> for Live<V> {
    type Folded = ComirecSa;

    fn new(_zero: V, network: &Arc<ComirecSa>) -> Self {
        let extracted = interest_extraction(&network.extraction, std::iter::empty());
        Self { network: network.clone(), extracted, choice: Choice::new() }
    }

    fn follow(&mut self, catalogue: &Catalogue, history: &[u32], _kept: usize) {
        // A click changes every share of the softmax.
        self.extracted = interest_extraction(&self.network.extraction, catalogue.keys(history));
    }

    #[inline(always)]
    fn run(&mut self, query: Query<'_, V>, interest: &mut [V], _inspected: bool) {
        self.choice.run(self.network.readout, &self.extracted.interests, query.own, interest);
    }

    fn trace(&self, interest: &[V], _steps: usize, lane: usize) -> Vec<Vec<f32>> {
        let Extracted { attention: of_interests, interests } = &self.extracted;
        let (scores, choice) = (of_lane(&self.choice.scores, lane), of_lane(&self.choice.weights, lane));
        let weights = attention(&choice, of_interests);
        vec![of_interests.clone(), interests.clone(), scores, choice, weights, of_lane(interest, lane)]
    }
}
