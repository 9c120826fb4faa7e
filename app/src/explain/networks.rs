//! The networks that can answer: those that come with the page, and the visitor's own.

use model::NetworkKind;

use super::{START, card};
use crate::language::t;

/// A network to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// One that comes with the page.
    Shipped(NetworkKind),
    /// The model that the visitor opened. What it is, its weights say.
    Yours,
}

impl Network {
    /// The network with which the page starts.
    pub const START: Self = Self::Shipped(START);

    /// How many there are, the visitor's own one included.
    pub const COUNT: usize = NetworkKind::ALL.len() + 1;

    /// Every network that comes with the page, in the order of the registry.
    pub fn shipped() -> impl Iterator<Item = Self> {
        NetworkKind::ALL.iter().copied().map(Self::Shipped)
    }

    /// Which of the networks that come with the page it is.
    pub fn kind(self) -> Option<NetworkKind> {
        match self {
            Self::Shipped(kind) => Some(kind),
            Self::Yours => None,
        }
    }

    /// The place among all.
    pub fn index(self) -> usize {
        match self {
            Self::Shipped(kind) => kind as usize,
            Self::Yours => NetworkKind::ALL.len(),
        }
    }

    /// The name in files, in addresses and in the tests.
    pub fn id(self) -> &'static str {
        match self {
            Self::Shipped(kind) => kind.id(),
            Self::Yours => "own",
        }
    }

    /// The name as the papers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped(kind) => card(kind).name,
            Self::Yours => t!("Your model"),
        }
    }

    /// The name in full.
    pub fn title(self) -> &'static str {
        match self {
            Self::Shipped(kind) => card(kind).title,
            Self::Yours => t!("The model that you opened"),
        }
    }

    /// The name in the middle of a sentence.
    pub fn mid_sentence(self) -> &'static str {
        match self {
            Self::Shipped(kind) => card(kind).name,
            Self::Yours => t!("your model"),
        }
    }

    /// Where the page finds its weights.
    pub fn file(self) -> String {
        format!("assets/{}.safetensors", self.id())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::{Catalogue, Weights};

    use super::*;

    #[test]
    fn every_network_has_a_place_of_its_own() {
        let places: Vec<usize> = Network::shipped().chain([Network::Yours]).map(Network::index).collect();
        assert_eq!(places, (0..Network::COUNT).collect::<Vec<_>>());
    }

    #[test]
    fn every_network_ships_weights_of_its_kind_for_the_catalogue() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let catalogue = std::fs::read(root.join("assets/catalogue.csv")).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &catalogue).unwrap();
        for network in Network::shipped() {
            let file = network.file();
            let weights = Weights::from_safetensors(&file, &std::fs::read(root.join(&file)).unwrap()).unwrap();
            assert_eq!(Network::Shipped(weights.config().network.kind()), network);
            weights.check_vocabulary(&file, catalogue.vocabulary(), &catalogue.vocabulary_hash()).unwrap();
        }
    }
}
