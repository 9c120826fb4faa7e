//! Deep Interest Network: Zhou et al., "Deep Interest Network for Click-Through Rate Prediction", KDD 2018.

#[cfg(feature = "burn")]
pub(crate) mod reference;

use serde::Serialize;

use super::definition::{Definition, Family, Variant};
use crate::config::activation::Activation;
use crate::config::attention::{LocalActivationConfig, Normalization};
use crate::config::json::{Fields, Json, missing};
use crate::config::tensors::{Sizes, Tensors};
use crate::trace::PartSpec;

/// Options of DIN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DinConfig {
    /// Where scores come from.
    pub attention: LocalActivationConfig,
    /// What turns scores into weights.
    pub normalization: Normalization,
    /// Whether an empty history counts as one padding item with a representation of its own, as in DeepCTR, where a softmax
    /// over nothing but padding is a mean of it. Otherwise the interest of an empty history is 0.
    pub padding: bool,
}

impl DinConfig {
    /// The paper's unit of 36 with this activation, and this normalisation.
    fn variant(normalization: Normalization, activation: Activation) -> Self {
        Self { attention: LocalActivationConfig::new([36], activation), normalization, padding: false }
    }
}

impl Definition for DinConfig {
    fn family() -> Family {
        Family::Attention
    }

    fn shipped() -> Self {
        Self::variant(Normalization::None, Activation::DICE)
    }

    fn variants() -> Vec<Variant<Self>> {
        let softmax = Self::variant(Normalization::Softmax, Activation::DICE);
        let prelu = Self::variant(Normalization::None, Activation::Prelu);
        vec![
            Variant::new("din", "DIN, Dice, scores not normalised", Self::shipped()).seeds(5),
            Variant::new("din-softmax", "DIN, softmax", softmax),
            Variant::new("din-prelu", "DIN, PReLU", prelu).head(|head| head.activation = Activation::Prelu),
            Variant::new("din-key-sum", "DIN, sum of the keys in the head", Self::shipped())
                .head(|head| head.key_sum = true),
        ]
    }

    fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self {
            attention: fields.object("attention")?.read(LocalActivationConfig::read)?,
            normalization: fields.choice("normalization")?.ok_or_else(|| missing("normalization"))?,
            padding: fields.flag("padding")?.unwrap_or(false),
        })
    }

    fn facts(&self) -> Vec<&'static str> {
        vec![self.normalization.words()]
    }

    fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.attention.sizes().collect()
    }

    fn problem(&self, _: usize) -> Option<String> {
        self.attention.problem()
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("w"), PartSpec::INTEREST] }
    }

    fn tensors(&self, sizes: Sizes, tensors: &mut Tensors) {
        if self.padding {
            tensors.add("embedding.padding", [sizes.width]);
        }
        self.attention.tensors(sizes.width, sizes.width, tensors);
    }
}
