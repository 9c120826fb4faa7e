//! Embedding & MLP: the base model of the DIN paper, without attention (section "Base Model").
//!
//! Wide & Deep and PNN are this body under another head: [`HeadConfig::wide`] and [`HeadConfig::interest_product`].

#[cfg(feature = "burn")]
pub(crate) mod reference;

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Family, Variant};
use crate::config::head::HeadConfig;
use crate::config::json::{Fields, Json, missing};
use crate::config::tensors::{Sizes, Tensors};
use crate::trace::PartSpec;

/// Options of Embedding & MLP.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbeddingMlpConfig {
    /// How the keys become one interest.
    pub pooling: Pooling,
}

/// How keys that all count alike become one interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Σ_j k_j.
    Sum,
    /// 1/T Σ_j k_j.
    Mean,
}

impl Definition for EmbeddingMlpConfig {
    fn family() -> Family {
        Family::Base
    }

    fn shipped() -> Self {
        Self { pooling: Pooling::Mean }
    }

    fn shipped_head() -> HeadConfig {
        HeadConfig { interest_product: false, ..HeadConfig::shipped() }
    }

    fn shipped_item_dim() -> usize {
        16
    }

    fn variants() -> Vec<Variant<Self>> {
        vec![
            Variant::new("embedding-mlp", "Embedding & MLP, mean pooling: the papers' base model", Self::shipped())
                .seeds(5)
                .ablation(),
            Variant::new("sum-pooling", "Embedding & MLP, sum pooling", Self { pooling: Pooling::Sum }),
            Variant::new("wide-deep", "Wide & Deep", Self::shipped()).head(|head| head.wide = true),
            Variant::new("pnn", "PNN: a product layer", Self::shipped()).head(|head| head.interest_product = true),
        ]
    }

    fn read<J: Json>(fields: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self { pooling: fields.choice("pooling")?.ok_or_else(|| missing("pooling"))? })
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("w"), PartSpec::INTEREST] }
    }

    fn tensors(&self, _: Sizes, _: &mut Tensors) {}
}
