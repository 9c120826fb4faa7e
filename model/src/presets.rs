//! The networks by name, at the sizes that the page ships: what the command line trains and the table of results lists.

use crate::{
    Activation, Config, DienAttention, DienConfig, DinConfig, EmbeddingMlpConfig, Evolution, HeadConfig,
    LocalActivationConfig, NetworkConfig, Normalization, Pooling, TinConfig,
};

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
}

/// Every named network: the baselines, the page's own, and then the variants that the papers compare.
pub fn presets() -> Vec<Preset> {
    let plain = |name, about, config| Preset { name, about, config, auxiliary: 0.0 };
    let evolution = |evolution| Config { network: dien_network(evolution, DienAttention::Bilinear), ..Config::dien() };
    let head = |change: fn(&mut HeadConfig)| {
        let mut config = Config::embedding_mlp();
        change(&mut config.head);
        config
    };
    let with_head = |mut config: Config, change: fn(&mut HeadConfig)| {
        change(&mut config.head);
        config
    };
    let din = |normalization, activation| {
        let network = NetworkConfig::Din(DinConfig { attention: unit(activation), normalization, padding: false });
        Config { network, ..Config::din() }
    };
    let local_activation = DienAttention::LocalActivation(unit(Activation::DICE));
    let dien = |name, about, config| Preset { name, about, config, auxiliary: AUXILIARY };
    vec![
        plain("embedding-mlp", "Embedding & MLP, mean pooling: the papers' base model", Config::embedding_mlp()),
        plain("sum-pooling", "Embedding & MLP, sum pooling", {
            let network = NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Sum });
            Config { network, ..Config::embedding_mlp() }
        }),
        plain("wide-deep", "Wide & Deep", head(|head| head.wide = true)),
        plain("pnn", "PNN: a product layer", head(|head| head.interest_product = true)),
        plain("din", "DIN, Dice, scores not normalised", Config::din()),
        plain("din-softmax", "DIN, softmax", din(Normalization::Softmax, Activation::DICE)),
        plain("din-prelu", "DIN, PReLU", {
            with_head(din(Normalization::None, Activation::Prelu), |head| head.activation = Activation::Prelu)
        }),
        plain("din-key-sum", "DIN, sum of the keys in the head", with_head(Config::din(), |head| head.key_sum = true)),
        plain("gru-attention", "two layers of GRU, attention on the second", evolution(Evolution::Gru)),
        plain("aigru", "GRU with attentional input", evolution(Evolution::Aigru)),
        plain("agru", "attention in place of the update gate", evolution(Evolution::Agru)),
        plain("augru", "attentional update gate", evolution(Evolution::Augru)),
        dien("dien", "DIEN: AUGRU + auxiliary loss", Config::dien()),
        dien("dien-authors-gate", "DIEN, the gate of the authors' code", evolution(Evolution::AugruAuthors)),
        dien("dien-local-activation", "DIEN, attention by the local activation unit", {
            Config { network: dien_network(Evolution::Augru, local_activation), ..Config::dien() }
        }),
        dien(
            "dien-last-state",
            "DIEN, no sum of the keys in the head",
            with_head(Config::dien(), |head| head.key_sum = false),
        ),
        plain("tin", "TIN: temporal encoding, attention, representation", Config::tin()),
    ]
}

/// The rungs of the DIEN paper's ablation (section "Ablation Study"), in its order.
pub const ABLATION: [&str; 6] = ["embedding-mlp", "gru-attention", "aigru", "agru", "augru", "dien"];

/// Weight of DIEN's auxiliary loss.
const AUXILIARY: f32 = 0.5;

fn dien_network(evolution: Evolution, attention: DienAttention) -> NetworkConfig {
    NetworkConfig::Dien(DienConfig { attention, ..DienConfig::new(24, evolution) })
}

fn unit(activation: Activation) -> LocalActivationConfig {
    LocalActivationConfig::new([36], activation)
}

/// The page's networks, at the sizes it ships.
impl Config {
    /// Embedding & MLP as shipped.
    pub fn embedding_mlp() -> Self {
        let mut config = Self::page(NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Mean }));
        config.head.interest_product = false;
        config
    }

    /// DIN as shipped.
    pub fn din() -> Self {
        Self::page(NetworkConfig::Din(DinConfig {
            attention: unit(Activation::DICE),
            normalization: Normalization::None,
            padding: false,
        }))
    }

    /// DIEN as shipped. As in the authors' code, its head also sees the sum of the keys.
    pub fn dien() -> Self {
        let mut config = Self::page(dien_network(Evolution::Augru, DienAttention::Bilinear));
        config.head.key_sum = true;
        config
    }

    /// TIN as shipped.
    pub fn tin() -> Self {
        Self::page(NetworkConfig::Tin(TinConfig {}))
    }

    fn page(network: NetworkConfig) -> Self {
        Self {
            item_dim: 16,
            category_dim: 8,
            max_history: 50,
            network,
            head: HeadConfig {
                hidden: vec![64, 32],
                activation: Activation::DICE,
                interest_product: true,
                key_sum: false,
                wide: false,
            },
        }
    }
}
