//! Activation functions.

use serde::Serialize;

use super::json::{Fields, Json, missing, unknown};

/// Activation functions; parameters are per unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Activation {
    /// f(s) = max(s, 0).
    Relu,
    /// f(s) = σ(s).
    Sigmoid,
    /// f(s) = s if s > 0, else α·s.
    Prelu,
    /// f(s) = p·s + (1−p)·α·s with p = σ(ŝ) and `ŝ = (s − E[s]) / √(Var[s] + ε)` (DIN, section
    /// "Data Adaptive Activation Function").
    Dice {
        /// ε, 1e-8 in the paper.
        epsilon: f32,
        /// Whether p = σ(γ·ŝ + β) with trained γ and β, as a batch normalisation with its affine part gives.
        affine: bool,
    },
}

impl Activation {
    /// Dice as in the paper.
    pub const DICE: Self = Self::Dice { epsilon: 1e-8, affine: false };

    /// What is wrong with the options in `field`, if anything.
    pub(crate) fn problem(self, field: &str) -> Option<String> {
        match self {
            Self::Dice { epsilon, .. } if !(epsilon > 0.0 && epsilon.is_finite()) => {
                Some(format!("{field}.epsilon is {epsilon}, not a positive number"))
            }
            Self::Dice { .. } | Self::Relu | Self::Sigmoid | Self::Prelu => None,
        }
    }

    /// Reads an activation from the JSON object that names it.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub(crate) fn read<J: Json>(mut fields: Fields<J>) -> Result<Self, String> {
        fields.read(|fields| match fields.name()?.as_str() {
            "relu" => Ok(Self::Relu),
            "sigmoid" => Ok(Self::Sigmoid),
            "prelu" => Ok(Self::Prelu),
            "dice" => Ok(Self::Dice {
                epsilon: fields.required("epsilon", "a number", J::number)? as f32,
                affine: fields.flag("affine")?.ok_or_else(|| missing("affine"))?,
            }),
            other => Err(unknown("activation", other)),
        })
    }
}
