//! What DIEN computes for one candidate, step by step.

use crate::trace::{Axis, Kind, PartSpec, Steps, Trace};

/// The parts of DIEN's [`Trace`], for a history of T items.
#[derive(Debug, Clone, PartialEq)]
pub struct DienTrace<'a> {
    /// Interest states h_t of the extractor, `[step, hidden]`. They do not depend on the candidate.
    pub interest_states: Steps<'a>,
    /// Attention scores before normalisation, `[step]`: h_t·W·q, or those of the local activation unit; 0 without attention.
    pub scores: &'a [f32],
    /// Attention a_t, `[step]`: softmax_t(score) unless configured otherwise.
    pub attention: &'a [f32],
    /// Reset gate r_t of the evolution layer, `[step, hidden]`.
    pub reset: Steps<'a>,
    /// Update gate u_t of the evolution layer, before attention, `[step, hidden]`. 1 writes, 0 keeps.
    pub update: Steps<'a>,
    /// The gate that wrote the state, `[step, hidden]`: ũ_t = a_t·u_t (AUGRU), a_t (AGRU), u_t (AIGRU, GRU),
    /// or 1 − (1−a_t)(1−u_t) (the authors' code).
    pub attentional_update: Steps<'a>,
    /// Candidate state n_t, `[step, hidden]`.
    pub candidate: Steps<'a>,
    /// Evolution states h'_t, `[step, hidden]`; those of a second GRU do not depend on the candidate, nor do its gates.
    pub evolution_states: Steps<'a>,
}

const fn states(name: &'static str, letter: &'static str, kind: Kind) -> PartSpec {
    PartSpec { name, letter, kind, axes: &[Axis::Step, Axis::Unit] }
}

impl<'a> DienTrace<'a> {
    /// The part that holds h_t.
    pub const INTEREST_STATES: PartSpec = states("interest_states", "h", Kind::State);
    /// The part that holds a_t.
    pub const ATTENTION: PartSpec = PartSpec::attention("a");
    /// The part that holds r_t.
    pub const RESET: PartSpec = states("reset", "r", Kind::Gate);
    /// The part that holds u_t.
    pub const UPDATE: PartSpec = states("update", "u", Kind::Gate);
    /// The part that holds ũ_t.
    pub const ATTENTIONAL_UPDATE: PartSpec = states("attentional_update", "ũ", Kind::Gate);
    /// The part that holds n_t.
    pub const CANDIDATE: PartSpec = states("candidate", "n", Kind::State);
    /// The part that holds h'_t.
    pub const EVOLUTION_STATES: PartSpec = states("evolution_states", "h′", Kind::State);

    /// Every part, in the order of a trace.
    pub(super) const PARTS: &'static [PartSpec] = &[
        Self::INTEREST_STATES,
        PartSpec::SCORES,
        Self::ATTENTION,
        Self::RESET,
        Self::UPDATE,
        Self::ATTENTIONAL_UPDATE,
        Self::CANDIDATE,
        Self::EVOLUTION_STATES,
    ];

    /// The parts of a trace; none where it is that of another network.
    pub fn of(trace: &'a Trace) -> Option<Self> {
        let steps = |spec: PartSpec| trace.part(spec.name)?.steps();
        Some(Self {
            interest_states: steps(Self::INTEREST_STATES)?,
            scores: trace.scores(),
            attention: trace.attention(),
            reset: steps(Self::RESET)?,
            update: steps(Self::UPDATE)?,
            attentional_update: steps(Self::ATTENTIONAL_UPDATE)?,
            candidate: steps(Self::CANDIDATE)?,
            evolution_states: steps(Self::EVOLUTION_STATES)?,
        })
    }
}
