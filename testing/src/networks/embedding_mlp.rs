//! Embedding & MLP.

use model::Activation::Prelu;
use model::{Config, EmbeddingMlpConfig, NetworkKind, Pooling};

use crate::tested::Tested;
use crate::variant::{Variant, config, head};

impl Tested for EmbeddingMlpConfig {
    fn variants() -> Vec<Variant> {
        let sum = Self { pooling: Pooling::Sum };
        vec![
            Variant::trained("Embedding & MLP", NetworkKind::EmbeddingMlp.shipped()),
            Variant::new("Embedding & MLP sum, odd", [5, 2], sum, head(&[9], Prelu, true, true)).in_browser(),
        ]
    }

    fn options(_: usize) -> Vec<Self> {
        [Pooling::Mean, Pooling::Sum].map(|pooling| Self { pooling }).into()
    }

    fn sizes() -> Vec<Config> {
        vec![config([16, 8], Self { pooling: Pooling::Sum }), config([1, 0], Self { pooling: Pooling::Mean })]
    }

    fn shares_of_one(&self) -> bool {
        self.pooling == Pooling::Mean
    }

    fn knows_order(&self) -> bool {
        false
    }
}
