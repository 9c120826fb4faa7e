//! One configuration type for every network: which one, its options, and every size.

use serde::{Deserialize, Serialize};

/// Sizes and options of one network. It travels as JSON in the metadata of a weights file.
///
/// `H` below is the width of an item's representation, item embedding ‖ category embedding: the query q and every key
/// k_j are [H].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Width of the item embedding.
    pub item_dim: usize,
    /// Width of the category embedding.
    pub category_dim: usize,
    /// The longest history seen in training, in items. Longer ones still run.
    pub max_history: usize,
    /// The part between the embeddings and the head.
    pub network: NetworkConfig,
    /// The multilayer perceptron on top.
    pub head: HeadConfig,
}

/// Which network, with the options that only it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NetworkConfig {
    /// Embedding & MLP with mean pooling: the baseline without attention. Interest is the mean key, [H].
    MeanPooling,
    /// Deep Interest Network (Zhou et al. 2018, KDD). Interest is v = Σ_j w_j k_j, [H].
    Din(DinConfig),
    /// Deep Interest Evolution Network (Zhou et al. 2019, AAAI). Interest is the final evolution state h'_T, [hidden].
    Dien(DienConfig),
}

/// Options of [`NetworkConfig::Din`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DinConfig {
    /// Units in the hidden layer of the local activation unit.
    pub attention_hidden: usize,
    /// Activation of that layer.
    pub activation: Activation,
    /// What turns scores into weights.
    pub normalization: Normalization,
}

/// Options of [`NetworkConfig::Dien`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DienConfig {
    /// Width of the interest state h_t and of the evolution state h'_t.
    pub hidden: usize,
    /// How attention enters the second recurrent layer.
    pub evolution: Evolution,
}

/// Options of the head. Its input is [interest, q] and, by option, q⊙interest and [Σ_j k_j, q⊙Σ_j k_j], in this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadConfig {
    /// Units of each hidden layer; one logit follows.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Append q⊙interest. Needs an interest as wide as the query.
    pub interest_product: bool,
    /// Append the sum of the history's keys and its product with the query, as the DIEN authors' code does.
    pub key_sum: bool,
}

/// Activation functions with parameters per unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// f(s) = s if s > 0, else α·s.
    Prelu,
    /// f(s) = p·s + (1−p)·α·s with p = σ((s − E[s]) / √(Var[s] + ε)) (DIN, section
    /// "Data Adaptive Activation Function"). ε is [`Activation::DICE_EPSILON`].
    Dice,
}

impl Activation {
    /// ε of Dice, as in the DIN paper.
    pub const DICE_EPSILON: f32 = 1e-8;
}

/// What turns DIN's attention scores into weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// w_j = score_j: the paper, which keeps the intensity of an interest.
    None,
    /// w = softmax(score).
    Softmax,
    /// w = softmax(score / √H).
    ScaledSoftmax,
}

/// How attention a_t enters the interest evolution layer (DIEN, section "Interest Evolving Layer").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evolution {
    /// GRU with attentional input: x_t = a_t·h_t.
    Aigru,
    /// Attention based GRU: a_t takes the place of the update gate.
    Agru,
    /// GRU with attentional update gate: ũ_t = a_t·u_t.
    Augru,
}

/// How many items and categories the embedding tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    /// Rows of the item table.
    pub items: usize,
    /// Rows of the category table.
    pub categories: usize,
}

impl Config {
    /// H, the width of the query and of a key.
    pub fn width(&self) -> usize {
        self.item_dim + self.category_dim
    }

    /// Width of the interest that the head receives: H, or DIEN's hidden width.
    pub fn interest_width(&self) -> usize {
        match &self.network {
            NetworkConfig::MeanPooling | NetworkConfig::Din(_) => self.width(),
            NetworkConfig::Dien(dien) => dien.hidden,
        }
    }

    /// Width of the head's input.
    pub fn head_width(&self) -> usize {
        let (h, interest) = (self.width(), self.interest_width());
        interest + h + if self.head.interest_product { interest } else { 0 } + if self.head.key_sum { 2 * h } else { 0 }
    }

    /// What is wrong with these sizes, if anything.
    pub fn problem(&self) -> Option<String> {
        let mut sizes = vec![("item_dim", self.item_dim), ("max_history", self.max_history)];
        match &self.network {
            NetworkConfig::MeanPooling => {}
            NetworkConfig::Din(din) => sizes.push(("network.attention_hidden", din.attention_hidden)),
            NetworkConfig::Dien(dien) => sizes.push(("network.hidden", dien.hidden)),
        }
        sizes.extend(self.head.hidden.iter().map(|&units| ("head.hidden", units)));
        if let Some((field, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Some(format!("{field} is 0"));
        }
        if let Some((field, size)) =
            sizes.iter().chain([&("category_dim", self.category_dim)]).find(|(_, size)| *size > 4096)
        {
            return Some(format!("{field} is {size}, over the limit of 4096"));
        }
        if self.head.hidden.is_empty() || self.head.hidden.len() > 8 {
            return Some(format!("head.hidden has {} layers, not 1 to 8", self.head.hidden.len()));
        }
        if self.head.interest_product && self.interest_width() != self.width() {
            return Some(format!(
                "head.interest_product needs an interest as wide as the query, but they are {} and {}",
                self.interest_width(),
                self.width()
            ));
        }
        None
    }

    /// Name and shape of every tensor that the network needs, in the order of the computation.
    ///
    /// A dense layer is y = x·W + b with W [in, out]. The recurrent layers hold their three gates side by side, in the
    /// order reset r, update u, candidate n.
    pub fn tensors(&self, vocabulary: Vocabulary) -> Vec<(String, Vec<usize>)> {
        let h = self.width();
        let mut tensors = vec![
            ("embedding.item.weight".to_owned(), vec![vocabulary.items, self.item_dim]),
            ("embedding.category.weight".to_owned(), vec![vocabulary.categories, self.category_dim]),
        ];
        let dense = |tensors: &mut Vec<_>, name: &str, from: usize, to: usize| {
            tensors.push((format!("{name}.weight"), vec![from, to]));
            tensors.push((format!("{name}.bias"), vec![to]));
        };
        let activation = |tensors: &mut Vec<_>, name: &str, kind: Activation, units: usize| {
            tensors.push((format!("{name}.alpha"), vec![units]));
            if kind == Activation::Dice {
                tensors.push((format!("{name}.mean"), vec![units]));
                tensors.push((format!("{name}.variance"), vec![units]));
            }
        };
        match &self.network {
            NetworkConfig::MeanPooling => {}
            NetworkConfig::Din(din) => {
                dense(&mut tensors, "attention.hidden", 4 * h, din.attention_hidden);
                activation(&mut tensors, "attention.activation", din.activation, din.attention_hidden);
                dense(&mut tensors, "attention.output", din.attention_hidden, 1);
            }
            NetworkConfig::Dien(dien) => {
                dense(&mut tensors, "extractor.input", h, 3 * dien.hidden);
                dense(&mut tensors, "extractor.hidden", dien.hidden, 3 * dien.hidden);
                tensors.push(("attention.weight".to_owned(), vec![dien.hidden, h]));
                dense(&mut tensors, "evolution.input", dien.hidden, 3 * dien.hidden);
                dense(&mut tensors, "evolution.hidden", dien.hidden, 3 * dien.hidden);
            }
        }
        let mut from = self.head_width();
        for (layer, &units) in self.head.hidden.iter().enumerate() {
            dense(&mut tensors, &format!("head.hidden.{layer}"), from, units);
            activation(&mut tensors, &format!("head.activation.{layer}"), self.head.activation, units);
            from = units;
        }
        dense(&mut tensors, "head.output", from, 1);
        tensors
    }
}

impl NetworkConfig {
    /// The name in files and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MeanPooling => "mean-pooling",
            Self::Din(_) => "din",
            Self::Dien(_) => "dien",
        }
    }
}

/// The configurations of the page's networks, at the sizes it ships.
impl Config {
    /// DIN as shipped.
    pub fn din() -> Self {
        Self::page(NetworkConfig::Din(DinConfig {
            attention_hidden: 36,
            activation: Activation::Dice,
            normalization: Normalization::None,
        }))
    }

    /// DIEN as shipped.
    pub fn dien() -> Self {
        Self::page(NetworkConfig::Dien(DienConfig { hidden: 24, evolution: Evolution::Augru }))
    }

    /// Mean pooling at the same sizes.
    pub fn mean_pooling() -> Self {
        Self::page(NetworkConfig::MeanPooling)
    }

    fn page(network: NetworkConfig) -> Self {
        Self {
            item_dim: 16,
            category_dim: 8,
            max_history: 50,
            network,
            head: HeadConfig {
                hidden: vec![64, 32],
                activation: Activation::Dice,
                interest_product: true,
                key_sum: false,
            },
        }
    }
}
