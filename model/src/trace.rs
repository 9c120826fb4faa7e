//! What a network computed on the way to one click probability: the numbers that the page shows.

/// One vector per step of the history, [step, width], oldest step first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps {
    width: usize,
    values: Vec<f32>,
}

impl Steps {
    /// Steps of `width` values each, from their values in row order.
    ///
    /// # Panics
    /// When `values` is not a whole number of steps.
    pub fn new(width: usize, values: Vec<f32>) -> Self {
        assert!(width > 0 && values.len().is_multiple_of(width), "{} values are no steps of {width}", values.len());
        Self { width, values }
    }

    /// Values in each step; 0 where nothing says how many.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The vector of step `t`, [width].
    pub fn step(&self, t: usize) -> &[f32] {
        &self.values[t * self.width..][..self.width]
    }

    /// Every step, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// All values in row order, [step · width].
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// One candidate's answer with everything that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Row of the candidate in the catalogue.
    pub item: u32,
    /// The head's output before the sigmoid.
    pub logit: f32,
    /// Click probability, σ(logit).
    pub probability: f32,
    /// What the network computed on the way.
    pub trace: Trace,
}

/// The intermediate values of the network that made an [`Inspection`].
#[derive(Debug, Clone, PartialEq)]
pub enum Trace {
    /// Of a network whose interest is a weighted sum over the history: Embedding & MLP, DIN, TIN.
    Pooling(PoolingTrace),
    /// DIEN's.
    Dien(DienTrace),
}

impl Trace {
    /// The weight of each history item for this candidate, [step]: w_j of a sum, DIEN's a_t.
    pub fn attention(&self) -> &[f32] {
        match self {
            Self::Pooling(trace) => &trace.weights,
            Self::Dien(trace) => &trace.attention,
        }
    }
}

/// Weights and interest of one candidate, for a history of T items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PoolingTrace {
    /// What the weights are made of, [step]: the output of DIN's local activation unit, TIN's k̃_j·q̃/√H, 1 or 1/T without
    /// attention.
    pub scores: Vec<f32>,
    /// The weights after normalisation, [step]; the scores themselves where there is none.
    pub weights: Vec<f32>,
    /// Interest, [H]: v = Σ_j w_j k_j, TIN's v = Σ_j α_j (k̃_j ⊙ q̃).
    pub interest: Vec<f32>,
}

/// DIEN on one candidate, for a history of T items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DienTrace {
    /// Interest states h_t of the extractor, [step, hidden]. They do not depend on the candidate.
    pub interest_states: Steps,
    /// Attention scores before normalisation, [step]: h_t·W·q, or those of the local activation unit; 0 without attention.
    pub scores: Vec<f32>,
    /// Attention a_t, [step]: softmax_t(score) unless configured otherwise.
    pub attention: Vec<f32>,
    /// Reset gate r_t of the evolution layer, [step, hidden].
    pub reset: Steps,
    /// Update gate u_t of the evolution layer, before attention, [step, hidden]. 1 writes, 0 keeps.
    pub update: Steps,
    /// The gate that wrote the state, [step, hidden]: ũ_t = a_t·u_t (AUGRU), a_t (AGRU), u_t (AIGRU, GRU),
    /// or 1 − (1−a_t)(1−u_t) (the authors' code).
    pub attentional_update: Steps,
    /// Candidate state n_t, [step, hidden].
    pub candidate: Steps,
    /// Evolution states h'_t, [step, hidden]; those of a second GRU do not depend on the candidate, nor do its gates.
    pub evolution_states: Steps,
}
