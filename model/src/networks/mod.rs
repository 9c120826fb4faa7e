//! The networks, a folder each: options, tensors and named variants in its `mod.rs` and, with the feature `burn`, the
//! computation in burn tensors in its `reference.rs`.
//!
//! To add a network: a folder beside `tin`, its `mod` and `pub use`, and one line in the registry. Configurations, weights
//! files, the command line, the table of results and [`reference`](mod@crate::reference) follow from that line.

pub(crate) mod comirec_sa;
pub(crate) mod definition;
pub(crate) mod dien;
pub(crate) mod din;
pub(crate) mod embedding_mlp;
#[cfg(feature = "burn")]
pub(crate) mod layers;
pub(crate) mod tin;

use serde::Serialize;

use self::definition::{Definition, Variant};
use crate::config::head::HeadConfig;
use crate::config::json::{Fields, Json, unknown};
use crate::trace::PartSpec;

pub use comirec_sa::{ComirecSaConfig, ComirecSaTrace, Positions, Readout};
pub use definition::Family;
pub use dien::{Auxiliary, DienAttention, DienConfig, DienTrace, Evolution, Reset};
pub use din::DinConfig;
pub use embedding_mlp::{EmbeddingMlpConfig, Pooling};
pub use tin::TinConfig;

/// The registry: each network's id, variant, options and folder, in the order in which networks are listed everywhere. It
/// hands them to the macro `$define`.
macro_rules! networks {
    ($define:ident) => {
        $define! {
            /// Embedding & MLP: the keys pooled, all alike.
            "embedding-mlp" => EmbeddingMlp(EmbeddingMlpConfig) in embedding_mlp,
            /// Deep Interest Network (Zhou et al. 2018, KDD).
            "din" => Din(DinConfig) in din,
            /// Deep Interest Evolution Network (Zhou et al. 2019, AAAI).
            "dien" => Dien(DienConfig) in dien,
            /// Temporal Interest Network (Zhou et al. 2024, WWW).
            "tin" => Tin(TinConfig) in tin,
            /// ComiRec-SA, the Controllable Multi-Interest Framework by self-attention (Cen et al. 2020, KDD).
            "comirec-sa" => ComirecSa(ComirecSaConfig) in comirec_sa,
        }
    };
}
#[cfg_attr(
    not(feature = "burn"),
    expect(unused_imports, reason = "only the reference makes more of the registry")
)]
pub(crate) use networks;

macro_rules! define_kinds {
    ($( $(#[$about:meta])* $id:literal => $Kind:ident($Options:ident) in $folder:ident, )+) => {
        /// The part between the embeddings and the head: which one, with the options that only it has.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "name")]
        pub enum NetworkConfig {
            $( $(#[$about])* #[serde(rename = $id)] $Kind($Options), )+
        }

        /// Which network.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NetworkKind {
            $( $(#[$about])* $Kind, )+
        }

        impl NetworkKind {
            /// Every network there is.
            pub const ALL: &[Self] = &[$( Self::$Kind, )+];

            /// The name in files, in addresses and on the command line.
            pub const fn id(self) -> &'static str {
                match self { $( Self::$Kind => $id, )+ }
            }

            /// Which networks it belongs with.
            pub fn family(self) -> Family {
                match self { $( Self::$Kind => $Options::family(), )+ }
            }

            /// The options that the page ships, and the head.
            pub(crate) fn shipped_parts(self) -> (NetworkConfig, HeadConfig) {
                match self {
                    $( Self::$Kind => (NetworkConfig::$Kind($Options::shipped()), $Options::shipped_head()), )+
                }
            }

            /// Width of the item embedding that the page ships.
            pub(crate) fn shipped_item_dim(self) -> usize {
                match self { $( Self::$Kind => $Options::shipped_item_dim(), )+ }
            }

            /// The variants with a name.
            pub(crate) fn variants(self) -> Vec<Variant<NetworkConfig>> {
                match self {
                    $( Self::$Kind => {
                        $Options::variants().into_iter().map(|variant| variant.map(NetworkConfig::$Kind)).collect()
                    } )+
                }
            }
        }

        impl NetworkConfig {
            /// Which network it is.
            pub fn kind(&self) -> NetworkKind {
                match self { $( Self::$Kind(_) => NetworkKind::$Kind, )+ }
            }

            /// What tells the options from others of the network, in a few words each.
            pub fn facts(&self) -> Vec<&'static str> {
                match self { $( Self::$Kind(options) => options.facts(), )+ }
            }

            pub(crate) fn definition(&self) -> &dyn Definition {
                match self { $( Self::$Kind(options) => options, )+ }
            }

            /// Reads a network from its JSON object.
            ///
            /// # Errors
            /// A sentence that names the field.
            pub(crate) fn read<J: Json>(mut fields: Fields<J>) -> Result<Self, String> {
                fields.read(|fields| match fields.name()?.as_str() {
                    $( $id => Ok(Self::$Kind($Options::read(fields)?)), )+
                    other => Err(unknown("network", other)),
                })
            }
        }

        $( impl From<$Options> for NetworkConfig {
            fn from(options: $Options) -> Self {
                Self::$Kind(options)
            }
        } )+
    };
}
networks!(define_kinds);

impl NetworkConfig {
    /// The parts of a [`Trace`](crate::Trace) of this network, in the order of the computation.
    pub fn parts(&self) -> &'static [PartSpec] {
        self.definition().parts()
    }

    /// Whether a state of the network can grow from step to step without end, so that the weights alone set no bound to it.
    pub fn grows(&self) -> bool {
        self.definition().grows()
    }

    /// Why the network cannot be trained with an auxiliary loss, where `width` is H; none where it can, or has no such loss.
    pub fn auxiliary_problem(&self, width: usize) -> Option<String> {
        self.definition().auxiliary_problem(width)
    }
}
