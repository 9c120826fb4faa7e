//! The seeded variants of each network, a file a network.

mod dien;
mod din;
mod embedding_mlp;
mod tin;

use model::NetworkKind;

use crate::variant::Variant;

/// The variants of a network that are compared, the page's first.
pub fn variants(kind: NetworkKind) -> Vec<Variant> {
    match kind {
        NetworkKind::EmbeddingMlp => embedding_mlp::variants(),
        NetworkKind::Din => din::variants(),
        NetworkKind::Dien => dien::variants(),
        NetworkKind::Tin => tin::variants(),
    }
}
