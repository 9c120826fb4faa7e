//! Embedding & MLP.

use model::Activation::Prelu;
use model::{EmbeddingMlpConfig, NetworkConfig, NetworkKind, Pooling};

use crate::variant::{Variant, head};

pub fn variants() -> Vec<Variant> {
    let sum = NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Sum });
    vec![
        Variant::trained("Embedding & MLP", NetworkKind::EmbeddingMlp.shipped()),
        Variant::new("Embedding & MLP sum, odd", [5, 2], sum, head(&[9], Prelu, true, true)).in_browser(),
    ]
}
