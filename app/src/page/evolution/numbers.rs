//! Interest evolution, reduced to what is drawn.

use std::sync::Arc;

use model::{DienTrace, Inspection, Steps};

use crate::session::answer::projection::step_means;
use crate::session::shop::clicks::Click;

/// The evolution for one product, reduced to what is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OneEvolution {
    pub item: u32,
    /// a_t, `[step]`.
    pub attention: Vec<f32>,
    /// Mean of u_t over hidden units, `[step]`.
    pub update: Vec<f32>,
    /// Mean of ũ_t over hidden units, `[step]`.
    pub attentional_update: Vec<f32>,
    /// h'_t, `[step, hidden]`.
    pub states: Steps<'static>,
}

impl OneEvolution {
    pub fn of(inspection: &Inspection) -> Option<Self> {
        let DienTrace { attention, update, attentional_update, evolution_states, .. } =
            DienTrace::of(&inspection.trace)?;
        Some(Self {
            item: inspection.item,
            attention: attention.to_vec(),
            update: step_means(&update),
            attentional_update: step_means(&attentional_update),
            states: evolution_states.into_owned(),
        })
    }
}

/// What this part of the page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Evolutions {
    pub clicks: Vec<Click>,
    pub inspected: Option<Arc<OneEvolution>>,
    pub compared: Option<Arc<OneEvolution>>,
}

impl Evolutions {
    pub fn each(&self) -> impl Iterator<Item = &Arc<OneEvolution>> {
        self.inspected.iter().chain(&self.compared)
    }
}
