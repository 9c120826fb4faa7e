//! Seeded networks, and how far two answers are apart. Shared by the tests and the examples.
#![allow(dead_code, missing_docs, clippy::expect_used, clippy::panic)]

pub mod fixture;
pub mod timing;

use model::{
    Activation, Axis, Config, DienAttention, DienConfig, DinConfig, EmbeddingMlpConfig, Evolution, HeadConfig,
    Inspection, Kind, LocalActivationConfig, NetworkConfig, Normalization, Pooling, Reset, TinConfig, Vocabulary,
    Weights,
};

/// Items in the seeded catalogues: a few groups and tiles, the last ones not full.
pub const ITEMS: usize = 70;
const CATEGORIES: usize = 5;

/// Histories of these lengths, around a full one of 50, are compared.
pub const LENGTHS: [usize; 7] = [0, 1, 2, 49, 50, 51, 200];

/// A network with seeded weights and the categories of its items.
pub struct Seeded {
    pub name: &'static str,
    pub weights: Weights,
    pub categories: Vec<u32>,
}

/// The networks in [`networks`] of the page's sizes.
pub const TRAINED: [&str; 4] = ["Embedding & MLP", "DIN", "DIEN", "TIN"];

/// Every network with all its options, in sizes as trained and in odd ones.
pub fn networks() -> Vec<Seeded> {
    use Activation::{Prelu, Relu, Sigmoid};
    let dice = Activation::DICE;
    let affine_dice = Activation::Dice { epsilon: 1e-3, affine: true };
    let head = |hidden: &[usize], activation, interest_product, key_sum| HeadConfig {
        hidden: hidden.to_vec(),
        activation,
        interest_product,
        key_sum,
        wide: false,
    };
    let din = |units: usize, activation, normalization| {
        NetworkConfig::Din(DinConfig {
            attention: LocalActivationConfig::new([units], activation),
            normalization,
            padding: false,
        })
    };
    let dien = |hidden, evolution| NetworkConfig::Dien(DienConfig::new(hidden, evolution));
    let unit = |hidden: &[usize], activation| LocalActivationConfig::new(hidden, activation);
    let projected = |hidden: &[usize], activation| LocalActivationConfig {
        query_projection: true,
        ..LocalActivationConfig::new(hidden, activation)
    };
    // An empty history is one padding item to it.
    let din_with = |attention, normalization| NetworkConfig::Din(DinConfig { attention, normalization, padding: true });
    let dien_with = |hidden, evolution, attention, normalization, reset| {
        let config = DienConfig::new(hidden, evolution);
        NetworkConfig::Dien(DienConfig { attention, normalization, reset, ..config })
    };
    let by_unit = DienAttention::LocalActivation;
    let embedding_mlp = |pooling| NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling });
    let tin = || NetworkConfig::Tin(TinConfig {});
    let trained = || head(&[64, 32], dice, true, true);
    [
        ("Embedding & MLP", [16, 8], embedding_mlp(Pooling::Mean), head(&[64, 32], dice, false, false)),
        ("Embedding & MLP sum, odd", [5, 2], embedding_mlp(Pooling::Sum), head(&[9], Prelu, true, true)),
        ("DIN", [16, 8], din(36, dice, Normalization::None), trained()),
        ("DIN softmax", [16, 8], din(36, Prelu, Normalization::Softmax), head(&[64, 32], Prelu, true, false)),
        (
            "DIN scaled softmax, odd",
            [5, 2],
            din(7, affine_dice, Normalization::ScaledSoftmax),
            head(&[9], Prelu, false, true),
        ),
        ("DIN, large", [60, 21], din(66, dice, Normalization::None), head(&[33], dice, false, false)),
        ("DIEN", [16, 8], dien(24, Evolution::Augru), trained()),
        ("DIEN AIGRU, odd", [6, 3], dien(7, Evolution::Aigru), head(&[5, 3, 2], Prelu, false, false)),
        ("DIEN AGRU, no category", [11, 0], dien(11, Evolution::Agru), head(&[13, 7], dice, true, false)),
        ("DIEN, authors' gate", [16, 8], dien(24, Evolution::AugruAuthors), trained()),
        ("DIEN, large", [32, 9], dien(45, Evolution::Augru), head(&[70], Prelu, false, true)),
        (
            "DIN, two layers of sigmoid, padding",
            [6, 3],
            din_with(unit(&[10, 6], Sigmoid), Normalization::Softmax),
            head(&[9, 4], Relu, false, true),
        ),
        (
            "DIN, three layers of Dice, projected query",
            [5, 2],
            din_with(projected(&[9, 13, 6], affine_dice), Normalization::None),
            head(&[7], Sigmoid, true, false),
        ),
        (
            "DIEN, two layers of ReLU",
            [8, 4],
            dien_with(12, Evolution::Augru, by_unit(unit(&[10, 6], Relu)), Normalization::Softmax, Reset::After),
            head(&[9], Relu, true, false),
        ),
        (
            "DIEN, projected query, reset before, authors' gate",
            [6, 3],
            dien_with(
                10,
                Evolution::AugruAuthors,
                by_unit(projected(&[7], dice)),
                Normalization::Softmax,
                Reset::Before,
            ),
            head(&[8, 5], dice, false, true),
        ),
        (
            "DIEN AUGRU, scores not normalised",
            [6, 3],
            dien_with(9, Evolution::Augru, by_unit(unit(&[7, 5], Sigmoid)), Normalization::None, Reset::After),
            head(&[8], Prelu, false, false),
        ),
        (
            "DIEN AIGRU, local activation",
            [5, 2],
            dien_with(7, Evolution::Aigru, by_unit(unit(&[6], Prelu)), Normalization::ScaledSoftmax, Reset::After),
            head(&[8], Sigmoid, false, false),
        ),
        (
            "DIEN AGRU, local activation, reset before",
            [5, 2],
            dien_with(
                6,
                Evolution::Agru,
                by_unit(projected(&[6, 5, 9, 4], Relu)),
                Normalization::Softmax,
                Reset::Before,
            ),
            head(&[8], Relu, false, true),
        ),
        (
            "DIEN, reset before, large",
            [32, 9],
            dien_with(45, Evolution::Augru, DienAttention::Bilinear, Normalization::ScaledSoftmax, Reset::Before),
            head(&[30], Prelu, false, true),
        ),
        (
            "DIEN GRU, bilinear",
            [6, 3],
            dien_with(7, Evolution::Gru, DienAttention::Bilinear, Normalization::ScaledSoftmax, Reset::After),
            head(&[8], Prelu, false, false),
        ),
        (
            "DIEN GRU, local activation, reset before",
            [6, 3],
            dien_with(8, Evolution::Gru, by_unit(projected(&[8, 5], Sigmoid)), Normalization::None, Reset::Before),
            head(&[8], dice, false, true),
        ),
        (
            "DIEN GRU, without attention",
            // More units than a workgroup has invocations. llvmpipe, the tests' GPU, ends all loops of an invocation after
            // 65535 rounds together, so that 200 steps leave room for little more.
            [5, 2],
            dien_with(66, Evolution::Gru, DienAttention::None, Normalization::Softmax, Reset::After),
            head(&[8], Relu, false, false),
        ),
        ("TIN", [16, 8], tin(), head(&[64, 32], dice, true, false)),
        ("TIN, odd", [6, 3], tin(), head(&[5, 3], Prelu, false, true)),
        ("TIN, large", [60, 21], tin(), head(&[33], affine_dice, true, false)),
    ]
    .into_iter()
    .map(|(name, [item_dim, category_dim], network, head)| {
        // So short that most clicks of the odd networks share the oldest position.
        let max_history = if name.ends_with("odd") { 6 } else { 50 };
        let config = Config { item_dim, category_dim, max_history, network, head };
        seeded(name, config)
    })
    .collect()
}

/// Seeded weights for `config`.
pub fn seeded(name: &'static str, config: Config) -> Seeded {
    let vocabulary = Vocabulary { items: ITEMS, categories: CATEGORIES };
    let weights = Weights::seeded(config, vocabulary, 20).expect("these configurations make sense");
    Seeded { name, weights, categories: (0..ITEMS as u32).map(|item| item * 3 % CATEGORIES as u32).collect() }
}

/// A history that walks about the catalogue and comes back to some items.
pub fn history(length: usize) -> Vec<u32> {
    (0..length as u32).map(|step| (step * step * 7 + step * 3 + 1) % ITEMS as u32).collect()
}

/// The greatest absolute differences between two answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Difference {
    pub probability: f32,
    /// Of scores and weights.
    pub attention: f32,
    /// Of logits, gates and states; of what no step has, where a value is over 1 (a sum adds up as many keys as there are
    /// clicks), in proportion to it.
    pub states: f32,
}

/// Tolerances. A float32 has 6e-8 of relative precision; sums of a few hundred terms in another order, exponentials of
/// another kind and 200 recurrent steps leave two orders of magnitude of it.
pub const TOLERANCE: Difference = Difference { probability: 1e-5, attention: 1e-5, states: 1e-4 };

impl Difference {
    /// Takes in the difference between two traces of the same candidate.
    pub fn inspection(&mut self, a: &Inspection, b: &Inspection) {
        assert_eq!(a.item, b.item);
        widen(&mut self.probability, &[a.probability], &[b.probability]);
        widen_in_proportion(&mut self.states, &[a.logit], &[b.logit]);
        assert_eq!(a.trace.parts().len(), b.trace.parts().len(), "traces of different networks");
        for (a, b) in a.trace.parts().iter().zip(b.trace.parts()) {
            assert_eq!((a.spec(), a.shape()), (b.spec(), b.shape()));
            match a.kind() {
                Kind::Score | Kind::Weight => widen(&mut self.attention, a.values(), b.values()),
                Kind::Gate | Kind::State if a.axes().contains(&Axis::Step) => {
                    widen(&mut self.states, a.values(), b.values());
                }
                Kind::Gate | Kind::State => widen_in_proportion(&mut self.states, a.values(), b.values()),
            }
        }
    }

    /// Takes in the difference between two rankings.
    pub fn probabilities(&mut self, a: &[f32], b: &[f32]) {
        widen(&mut self.probability, a, b);
    }

    /// Whether every difference is within [`TOLERANCE`].
    pub fn is_tolerable(&self) -> bool {
        self.probability <= TOLERANCE.probability
            && self.attention <= TOLERANCE.attention
            && self.states <= TOLERANCE.states
    }
}

fn widen(difference: &mut f32, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        let apart = (a - b).abs();
        // A NaN is further apart than anything.
        *difference = if apart.is_nan() { f32::INFINITY } else { difference.max(apart) };
    }
}

fn widen_in_proportion(difference: &mut f32, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        let size = b.abs().max(1.0);
        widen(difference, &[a / size], &[b / size]);
    }
}
