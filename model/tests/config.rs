//! Sizes of a configuration: what is refused, and which tensors follow from it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use model::{
    Activation, Auxiliary, Config, DienAttention, DienConfig, DinConfig, EmbeddingMlpConfig, Evolution, HeadConfig,
    LocalActivationConfig, NetworkConfig, Normalization, Pooling, Vocabulary,
};

const VOCABULARY: Vocabulary = Vocabulary { items: 100, categories: 7 };

fn din() -> DinConfig {
    DinConfig {
        attention: LocalActivationConfig::new([36], Activation::DICE),
        normalization: Normalization::None,
        padding: false,
    }
}

fn dien() -> DienConfig {
    DienConfig::new(20, Evolution::Augru)
}

fn embedding_mlp() -> NetworkConfig {
    NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Mean })
}

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![64, 32],
        activation: Activation::Prelu,
        interest_product: false,
        key_sum: false,
        wide: false,
    };
    Config { item_dim: 16, category_dim: 8, max_history: 50, network, head }
}

/// The shape of each tensor, in order.
fn tensors(config: &Config) -> Vec<(String, Vec<usize>)> {
    config.tensors(VOCABULARY)
}

fn named(list: &[(&str, &[usize])]) -> Vec<(String, Vec<usize>)> {
    list.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
}

#[test]
fn tensors_of_embedding_mlp() {
    let expected = named(&[
        ("embedding.item.weight", &[100, 16]),
        ("embedding.category.weight", &[7, 8]),
        ("head.hidden.0.weight", &[48, 64]),
        ("head.hidden.0.bias", &[64]),
        ("head.activation.0.alpha", &[64]),
        ("head.hidden.1.weight", &[64, 32]),
        ("head.hidden.1.bias", &[32]),
        ("head.activation.1.alpha", &[32]),
        ("head.output.weight", &[32, 1]),
        ("head.output.bias", &[1]),
    ]);
    assert_eq!(tensors(&config(embedding_mlp())), expected);
}

#[test]
fn tensors_of_din() {
    let expected = named(&[
        ("attention.hidden.0.weight", &[96, 36]),
        ("attention.hidden.0.bias", &[36]),
        ("attention.activation.0.alpha", &[36]),
        ("attention.activation.0.mean", &[36]),
        ("attention.activation.0.variance", &[36]),
        ("attention.output.weight", &[36, 1]),
        ("attention.output.bias", &[1]),
        ("head.hidden.0.weight", &[48, 64]),
    ]);
    assert_eq!(tensors(&config(NetworkConfig::Din(din())))[2..10], expected);
}

#[test]
fn tensors_of_dien() {
    let expected = named(&[
        ("extractor.input.weight", &[24, 60]),
        ("extractor.input.bias", &[60]),
        ("extractor.hidden.weight", &[20, 60]),
        ("extractor.hidden.bias", &[60]),
        ("attention.weight", &[20, 24]),
        ("evolution.input.weight", &[20, 60]),
        ("evolution.input.bias", &[60]),
        ("evolution.hidden.weight", &[20, 60]),
        ("evolution.hidden.bias", &[60]),
        // [h'_T, q]
        ("head.hidden.0.weight", &[44, 64]),
    ]);
    assert_eq!(tensors(&config(NetworkConfig::Dien(dien())))[2..12], expected);
}

#[test]
fn options_add_tensors() {
    let names =
        |config: &Config| tensors(config).into_iter().map(|(name, shape)| format!("{name} {shape:?}")).collect();
    let has = |config: &Config, expected: &[&str]| {
        let names: Vec<String> = names(config);
        for name in expected {
            assert!(names.iter().any(|found| found == name), "no {name} in {names:?}");
        }
    };
    let affine = Activation::Dice { epsilon: 1e-9, affine: true };
    let mut config =
        config(NetworkConfig::Din(DinConfig { attention: LocalActivationConfig::new([36, 8], affine), ..din() }));
    config.head.wide = true;
    has(
        &config,
        &[
            "attention.activation.0.gamma [36]",
            "attention.hidden.1.weight [36, 8]",
            "attention.activation.1.beta [8]",
            "attention.output.weight [8, 1]",
            "head.wide.weight [72, 1]",
        ],
    );
    let attention = DienAttention::LocalActivation(LocalActivationConfig::new([9], Activation::DICE));
    config.network = NetworkConfig::Dien(DienConfig { hidden: 24, attention, ..dien() });
    has(
        &config,
        &["attention.hidden.0.weight [96, 9]", "attention.activation.0.mean [9]", "attention.output.bias [1]"],
    );
    // A projected query is as wide as the states; ReLU has no parameters.
    let unit = LocalActivationConfig { query_projection: true, ..LocalActivationConfig::new([9], Activation::Relu) };
    let auxiliary = Auxiliary::Mlp { hidden: vec![10, 5], activation: Activation::Sigmoid };
    config.network =
        NetworkConfig::Dien(DienConfig { attention: DienAttention::LocalActivation(unit), auxiliary, ..dien() });
    config.head.wide = false;
    assert_eq!(config.problem(), None);
    has(
        &config,
        &[
            "attention.query.weight [24, 20]",
            "attention.query.alpha [20]",
            "attention.hidden.0.weight [80, 9]",
            "auxiliary.hidden.0.weight [44, 10]",
            "auxiliary.output.weight [5, 1]",
        ],
    );
    assert!(!tensors(&config).iter().any(|(name, _)| name.contains("attention.activation")));
}

#[test]
fn options_widen_the_head() {
    let mut config = config(NetworkConfig::Din(din()));
    assert_eq!(config.head_width(), 24 + 24);
    config.head.interest_product = true;
    assert_eq!(config.head_width(), 24 + 24 + 24);
    config.head.key_sum = true;
    assert_eq!(config.head_width(), 24 + 24 + 24 + 2 * 24);
    config.network = NetworkConfig::Dien(dien());
    config.head.interest_product = false;
    assert_eq!(config.head_width(), 20 + 24 + 2 * 24);
}

#[test]
fn sensible_sizes_are_accepted() {
    for network in testing::every_option(16 + 8) {
        assert_eq!(config(network).problem(), None);
    }
    assert_eq!(config(NetworkConfig::Dien(dien())).problem(), None);
    let mut no_category = config(embedding_mlp());
    no_category.category_dim = 0;
    assert_eq!(no_category.problem(), None);
}

#[test]
fn senseless_sizes_are_refused_by_name() {
    type Change = fn(&mut Config);
    let cases: [(Change, &str); 18] = [
        (|c| c.item_dim = 0, "item_dim is 0"),
        (|c| c.max_history = 0, "max_history is 0"),
        (|c| c.head.hidden = vec![64, 0], "head.hidden is 0"),
        (|c| c.head.hidden = vec![], "head.hidden has 0 layers, not 1 to 8"),
        (|c| c.head.hidden = vec![4; 9], "head.hidden has 9 layers, not 1 to 8"),
        (|c| c.item_dim = 5000, "item_dim is 5000, over the limit of 4096"),
        (|c| c.category_dim = 5000, "category_dim is 5000, over the limit of 4096"),
        (
            |c| {
                let attention = LocalActivationConfig::new([8, 0], Activation::Relu);
                c.network = NetworkConfig::Din(DinConfig { attention, ..din() });
            },
            "network.attention.hidden is 0",
        ),
        (
            |c| {
                let attention = LocalActivationConfig::new([], Activation::Relu);
                c.network = NetworkConfig::Din(DinConfig { attention, ..din() });
            },
            "network.attention.hidden has 0 layers, not 1 to 8",
        ),
        (
            |c| {
                c.network = NetworkConfig::Dien(DienConfig { attention: DienAttention::None, ..dien() });
            },
            "network.attention none needs network.evolution gru",
        ),
        (
            |c| {
                let auxiliary = Auxiliary::Mlp { hidden: vec![], activation: Activation::Sigmoid };
                c.network = NetworkConfig::Dien(DienConfig { auxiliary, ..dien() });
            },
            "network.auxiliary.hidden has 0 layers, not 1 to 8",
        ),
        (|c| c.network = NetworkConfig::Dien(DienConfig { hidden: 0, ..dien() }), "network.hidden is 0"),
        (
            |c| c.network = NetworkConfig::Dien(DienConfig { hidden: 5000, ..dien() }),
            "network.hidden is 5000, over the limit of 4096",
        ),
        (
            |c| {
                c.network = NetworkConfig::Dien(dien());
                c.head.interest_product = true;
            },
            "head.interest_product needs an interest as wide as the query, but they are 20 and 24",
        ),
        (
            |c| {
                c.network = NetworkConfig::Dien(dien());
                c.head.wide = true;
            },
            "head.wide needs an interest as wide as the query, but they are 20 and 24",
        ),
        (
            |c| {
                let attention = DienAttention::LocalActivation(LocalActivationConfig::new([36], Activation::Prelu));
                c.network = NetworkConfig::Dien(DienConfig { attention, ..dien() });
            },
            "the local activation unit needs network.hidden to be the width of an item, but they are 20 and 24",
        ),
        (
            |c| c.head.activation = Activation::Dice { epsilon: 0.0, affine: false },
            "head.activation.epsilon is 0, not a positive number",
        ),
        (
            |c| {
                let activation = Activation::Dice { epsilon: f32::NAN, affine: true };
                let attention = LocalActivationConfig::new([36], activation);
                c.network = NetworkConfig::Din(DinConfig { attention, ..din() });
            },
            "network.attention.activation.epsilon is NaN, not a positive number",
        ),
    ];
    for (change, problem) in cases {
        let mut config = config(embedding_mlp());
        change(&mut config);
        assert_eq!(config.problem().as_deref(), Some(problem));
    }
}

#[test]
fn json_uses_the_names_of_the_command_line() {
    let config = config(NetworkConfig::Dien(dien()));
    let json = serde_json::to_value(&config).unwrap();
    assert_eq!(json["network"]["name"], config.network.kind().id());
    assert_eq!(json["network"]["evolution"], "augru");
    assert_eq!(json["head"]["activation"]["name"], "prelu");
    assert_eq!(serde_json::from_value::<Config>(json).unwrap(), config);
}
