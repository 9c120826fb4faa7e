//! Temporal Interest Network: Zhou et al., "Temporal Interest Network for User Response Prediction", WWW 2024.

#[cfg(feature = "burn")]
pub(crate) mod reference;

use serde::Serialize;

use super::definition::{Definition, Family, Variant};
use crate::config::json::{Fields, Json};
use crate::config::tensors::{Sizes, Tensors};
use crate::trace::PartSpec;

/// Options of TIN: it has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TinConfig {}

impl Definition for TinConfig {
    fn family() -> Family {
        Family::Attention
    }

    fn shipped() -> Self {
        Self {}
    }

    fn variants() -> Vec<Variant<Self>> {
        vec![Variant::new("tin", "TIN: temporal encoding, attention, representation", Self::shipped()).seeds(5)]
    }

    fn read<J: Json>(_: &mut Fields<J>) -> Result<Self, String> {
        Ok(Self {})
    }

    fn parts(&self) -> &'static [PartSpec] {
        const { &[PartSpec::SCORES, PartSpec::attention("α"), PartSpec::INTEREST] }
    }

    fn tensors(&self, sizes: Sizes, tensors: &mut Tensors) {
        tensors.add("embedding.position.weight", [sizes.max_history + 1, sizes.width]);
    }
}

#[cfg(test)]
mod tests {
    use crate::{NetworkKind, Vocabulary};

    #[test]
    fn each_position_has_a_vector_and_the_candidate_has_one() {
        let config = NetworkKind::Tin.shipped();
        let tensors = config.tensors(Vocabulary { items: 100, categories: 7 });
        let positions = vec![config.max_history + 1, config.width()];
        assert!(tensors.contains(&("embedding.position.weight".to_owned(), positions)), "{tensors:?}");
    }
}
