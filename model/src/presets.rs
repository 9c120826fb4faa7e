//! The networks by name, at the sizes that the page ships: what the command line trains and the table of results lists.

use crate::config::Config;
use crate::config::head::HeadConfig;
use crate::networks::definition::Variant;
use crate::networks::{NetworkConfig, NetworkKind};

/// A network with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// The name on the command line and in tables.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Its options and sizes.
    pub config: Config,
    /// α, the weight of the auxiliary loss in training.
    pub auxiliary: f32,
    /// How often a study trains it, each time from another seed.
    pub seeds: u64,
    /// Whether it is a rung of the DIEN paper's ablation (section "Ablation Study"), which lists its rungs in the order of
    /// the presets.
    pub ablation: bool,
}

/// Every named network, in the order of the registry: of each network the page's own, which bears its id, and the variants
/// that the papers compare.
pub fn presets() -> Vec<Preset> {
    let preset = |variant: Variant<NetworkConfig>| {
        let Variant { name, about, options, head, auxiliary, seeds, ablation } = variant;
        Preset { name, about, config: at_page_sizes(options, head), auxiliary, seeds, ablation }
    };
    NetworkKind::ALL.iter().flat_map(|kind| kind.variants()).map(preset).collect()
}

impl NetworkKind {
    /// The configuration that the page ships.
    pub fn shipped(self) -> Config {
        let (network, head) = self.shipped_parts();
        at_page_sizes(network, head)
    }
}

fn at_page_sizes(network: NetworkConfig, head: HeadConfig) -> Config {
    Config { item_dim: network.kind().shipped_item_dim(), category_dim: 8, max_history: 50, network, head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_ships_the_preset_of_its_id() {
        let presets = presets();
        for kind in NetworkKind::ALL {
            let own = presets.iter().find(|preset| preset.name == kind.id()).map(|preset| &preset.config);
            assert_eq!(own, Some(&kind.shipped()), "{}", kind.id());
            assert_eq!(kind.shipped().network.kind(), *kind);
            assert_eq!(kind.shipped().problem(), None);
        }
    }

    #[test]
    fn no_two_presets_share_a_name() {
        let mut names: Vec<&str> = presets().iter().map(|preset| preset.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_ablation_has_the_rungs_of_the_paper() {
        let rungs: Vec<&str> = presets().iter().filter(|preset| preset.ablation).map(|preset| preset.name).collect();
        assert_eq!(rungs, ["embedding-mlp", "gru-attention", "aigru", "agru", "augru", "dien"]);
    }
}
