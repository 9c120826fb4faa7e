//! The engines that answer, and where each of them is.

use std::sync::Arc;

use model::Weights;
use shaders::{Engine, Host, Warm};

use crate::explain::networks::Network;

/// The place of a network's engine, which whoever lets it compute borrows for as long as that takes.
#[derive(Default)]
pub enum Slot {
    /// No engine.
    #[default]
    Empty,
    /// The engine is being made, or at work.
    Lent,
    /// The engine waits for the next question.
    Here(Engine),
}

impl Slot {
    /// Lends the engine out; none where there is none yet: whoever asked then makes one, and gives that back.
    pub fn lend(&mut self) -> Option<Engine> {
        match std::mem::replace(self, Self::Lent) {
            Self::Here(engine) => Some(engine),
            Self::Empty | Self::Lent => None,
        }
    }

    /// Takes an engine back, unless another has taken its place meanwhile.
    pub fn give_back(&mut self, engine: Engine) {
        if matches!(self, Self::Lent) {
            *self = Self::Here(engine);
        }
    }

    /// The engine, unless it is out.
    pub fn here(&self) -> Option<&Engine> {
        match self {
            Self::Here(engine) => Some(engine),
            Self::Empty | Self::Lent => None,
        }
    }
}

/// What the answering loop keeps between its turns.
#[derive(Default)]
pub struct Machine {
    /// What engines run on, once known.
    pub host: Option<Host>,
    /// The engines, by [`Network::index`].
    pub engines: [Slot; Network::COUNT],
    /// Whose weights somebody asked for.
    pub wanted: [bool; Network::COUNT],
    /// What those engines are to go on with, each with the weights that it is for.
    pub warm: [Option<(Arc<Weights>, Warm)>; Network::COUNT],
    /// Counts the changes that an answer must reflect.
    pub version: u64,
    /// Whether an answer is being computed.
    pub running: bool,
    /// When history or network changed last without an answer yet.
    pub changed_at: Option<f64>,
}
