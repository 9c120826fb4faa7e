//! ComiRec-SA: Cen et al., "Controllable Multi-Interest Framework for Recommendation", KDD 2020, in the version that
//! extracts interests by self-attention.

#[cfg(feature = "burn")]
pub(crate) mod reference;

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Family, Variant};
use crate::config::json::{Fields, Json, missing};
use crate::config::tensors::{Sizes, Tensors};
use crate::trace::{Axis, Kind, PartSpec};

/// Options of ComiRec-SA.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComirecSaConfig {
    /// K, how many interests a history has.
    pub interests: usize,
    /// Units of the attention's hidden layer, 4·H in the paper's code.
    pub hidden: usize,
    /// What the attention knows of the order of the clicks.
    pub positions: Positions,
    /// How a candidate reads the interests.
    pub readout: Readout,
}

/// What the attention knows of the order of the clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Nothing, as in the paper's equations.
    None,
    /// Each click's place counted back from the newest, so that a new click moves all others.
    Newest,
    /// Each click's place counted from the oldest, as in the paper's code.
    Oldest,
}

impl Positions {
    /// Which of `rows` vectors the click has that `step` others precede among `steps`. Clicks beyond the last share it.
    pub fn row(self, step: usize, steps: usize, rows: usize) -> usize {
        let place = match self {
            Self::None => 0,
            Self::Newest => steps.saturating_sub(step + 1),
            Self::Oldest => step,
        };
        place.min(rows.saturating_sub(1))
    }
}

/// How a candidate reads the interests, from the score of each: its inner product with the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The interest of the highest score alone, as in the paper; the first of several.
    Argmax,
    /// All interests, weighed by the softmax of their scores.
    Softmax,
}

/// The parts of ComiRec-SA's trace, in the order of the computation.
#[derive(Debug)]
pub struct ComirecSaTrace;

impl ComirecSaTrace {
    /// A_kj, how much of each click is in each interest; those of an interest are shares of one.
    pub const INTEREST_ATTENTION: PartSpec =
        PartSpec { name: "interest_attention", letter: "A", kind: Kind::Weight, axes: &[Axis::Interest, Axis::Step] };
    /// v_k, the interests. They do not depend on the candidate.
    pub const INTERESTS: PartSpec =
        PartSpec { name: "interests", letter: "v", kind: Kind::State, axes: &[Axis::Interest, Axis::Unit] };
    /// f_k = v_k·q, how well the candidate fits each interest.
    pub const INTEREST_SCORES: PartSpec =
        PartSpec { name: "interest_scores", letter: "f", kind: Kind::Score, axes: &[Axis::Interest] };
    /// c_k, how much the candidate reads of each interest.
    pub const CHOICE: PartSpec = PartSpec { name: "choice", letter: "c", kind: Kind::Weight, axes: &[Axis::Interest] };

    const PARTS: &[PartSpec] = &[
        Self::INTEREST_ATTENTION,
        Self::INTERESTS,
        Self::INTEREST_SCORES,
        Self::CHOICE,
        // α_j = Σ_k c_k A_kj.
        PartSpec::attention("α"),
        PartSpec::INTEREST,
    ];
}

impl ComirecSaConfig {
    const fn variant(positions: Positions, readout: Readout) -> Self {
        Self { interests: 4, hidden: 128, positions, readout }
    }
}

impl Definition for ComirecSaConfig {
    fn family() -> Family {
        Family::MultiInterest
    }

    fn shipped() -> Self {
        Self::variant(Positions::Newest, Readout::Softmax)
    }

    fn variants() -> Vec<Variant<Self>> {
        vec![Variant::new("comirec-sa", "ComiRec-SA: four interests by self-attention", Self::shipped()).seeds(5)]
    }

    fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self {
            interests: fields.size("interests")?,
            hidden: fields.size("hidden")?,
            positions: fields.choice("positions")?.ok_or_else(|| missing("positions"))?,
            readout: fields.choice("readout")?.ok_or_else(|| missing("readout"))?,
        })
    }

    fn parts(&self) -> &'static [PartSpec] {
        ComirecSaTrace::PARTS
    }

    fn interests(&self) -> usize {
        self.interests
    }

    fn facts(&self) -> Vec<&'static str> {
        let read = match self.readout {
            Readout::Argmax => "one interest read",
            Readout::Softmax => "all interests read",
        };
        let positions = match self.positions {
            Positions::None => "no positions",
            Positions::Newest => "positions from the newest click",
            Positions::Oldest => "positions from the oldest click",
        };
        vec![read, positions]
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        vec![("network.interests", self.interests), ("network.hidden", self.hidden)]
    }

    fn tensors(&self, sizes: Sizes, tensors: &mut Tensors) {
        if self.positions != Positions::None {
            tensors.add("embedding.position.weight", [sizes.max_history, sizes.width]);
        }
        tensors.dense("attention.hidden", sizes.width, self.hidden);
        // A bias would be the same for every click and drop out of the softmax.
        tensors.add("attention.output.weight", [self.hidden, self.interests]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_either_end_and_stop_at_the_last() {
        let rows = |positions: Positions| [0, 1, 2].map(|step| positions.row(step, 3, 2));
        assert_eq!(rows(Positions::Newest), [1, 1, 0]);
        assert_eq!(rows(Positions::Oldest), [0, 1, 1]);
        assert_eq!(rows(Positions::None), [0, 0, 0]);
    }
}
