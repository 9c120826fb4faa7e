//! What tests know of each network, a file a network.

mod comirec_sa;
mod dien;
mod din;
mod embedding_mlp;
mod tin;

use model::{
    ComirecSaConfig, Config, DienConfig, DinConfig, EmbeddingMlpConfig, NetworkConfig, NetworkKind, TinConfig,
};

use crate::tested::Tested;
use crate::variant::Variant;

/// The functions that know every network.
macro_rules! registry {
    ($($Kind:ident($Options:ty),)+) => {
        /// The variants of a network that are compared, the page's first.
        pub fn variants(kind: NetworkKind) -> Vec<Variant> {
            match kind { $(NetworkKind::$Kind => <$Options>::variants(),)+ }
        }

        /// Every option of a network with few units, the page's first, where `width` is H and the interest is as wide.
        pub fn options(kind: NetworkKind, width: usize) -> Vec<NetworkConfig> {
            match kind { $(NetworkKind::$Kind => <$Options>::options(width).into_iter().map(Into::into).collect(),)+ }
        }

        /// Sizes of a network from one number a vector to the most that the shaders have room for.
        pub fn sizes(kind: NetworkKind) -> Vec<Config> {
            match kind { $(NetworkKind::$Kind => <$Options>::sizes(),)+ }
        }

        /// A network by its options.
        pub fn tested(network: &NetworkConfig) -> &dyn Tested {
            match network { $(NetworkConfig::$Kind(options) => options,)+ }
        }
    };
}

registry! {
    EmbeddingMlp(EmbeddingMlpConfig),
    Din(DinConfig),
    Dien(DienConfig),
    Tin(TinConfig),
    ComirecSa(ComirecSaConfig),
}
