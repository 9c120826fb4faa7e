//! A network that is compared, and what its configuration is made of.

use model::{Activation, Config, HeadConfig, LocalActivationConfig, NetworkConfig};

/// A network that is compared, with its options.
pub struct Variant {
    pub name: &'static str,
    pub is_trained: bool,
    pub in_browser: bool,
    pub config: Config,
}

impl Variant {
    /// A network in these sizes, item and category embedding first.
    pub fn new(
        name: &'static str,
        [item_dim, category_dim]: [usize; 2],
        network: impl Into<NetworkConfig>,
        head: HeadConfig,
    ) -> Self {
        // So short that most clicks of the odd networks share the oldest position.
        let max_history = if name.ends_with("odd") { 6 } else { 50 };
        let config = Config { item_dim, category_dim, max_history, network: network.into(), head };
        Self { name, is_trained: false, in_browser: false, config }
    }

    /// A network of the page's sizes, which is compared in the browser too.
    pub fn trained(name: &'static str, config: Config) -> Self {
        Self { name, is_trained: true, in_browser: true, config }
    }

    /// The variant, compared in the browser too.
    pub fn in_browser(self) -> Self {
        Self { in_browser: true, ..self }
    }
}

/// A network with item and category embeddings of these sizes and a small head.
pub fn config([item_dim, category_dim]: [usize; 2], network: impl Into<NetworkConfig>) -> Config {
    Config {
        item_dim,
        category_dim,
        max_history: 50,
        network: network.into(),
        head: head(&[5, 3], Activation::Prelu, false, true),
    }
}

/// Dice with trained γ and β.
pub const AFFINE_DICE: Activation = Activation::Dice { epsilon: 1e-3, affine: true };

/// A ranking head without a wide part.
pub fn head(hidden: &[usize], activation: Activation, interest_product: bool, key_sum: bool) -> HeadConfig {
    HeadConfig { hidden: hidden.to_vec(), activation, interest_product, key_sum, wide: false }
}

/// A local activation unit.
pub fn unit(hidden: &[usize], activation: Activation) -> LocalActivationConfig {
    LocalActivationConfig::new(hidden, activation)
}

/// A local activation unit with a projected query.
pub fn projected(hidden: &[usize], activation: Activation) -> LocalActivationConfig {
    LocalActivationConfig { query_projection: true, ..unit(hidden, activation) }
}
