//! The head, `ranking_mlp.wgsl` in Rust.

use model::HeadConfig;

use crate::cpu::lanes::Vector;
use crate::cpu::mlp::Mlp;
use crate::layers;

/// The head's weights, laid out for [`RankingMlp::run`].
#[derive(Debug)]
pub(crate) struct RankingMlp<V> {
    config: HeadConfig,
    mlp: Mlp<V>,
    input: Vec<V>,
}

impl<V: Vector> RankingMlp<V> {
    /// The head with these options and weights.
    pub fn new(zero: V, options: &HeadConfig, head: &layers::Mlp) -> Self {
        Self { config: options.clone(), mlp: Mlp::new(zero, head), input: Vec::new() }
    }

    /// The logit of each candidate: an MLP on interest and q, and by option q⊙interest, Σk and q⊙Σk.
    /// `interest` is `[interest]`, `query` and `key_sum` are `[H]`.
    #[inline(always)]
    pub fn run(&mut self, interest: &[V], query: &[V], key_sum: &[f32]) -> V {
        self.input.clear();
        self.input.extend_from_slice(interest); // (1)
        self.input.extend_from_slice(query); // (1)
        if self.config.interest_product {
            for (&q, &v) in query.iter().zip(interest) {
                self.input.push(q * v); // (1)
            }
        }
        if self.config.key_sum {
            for (&q, &sum) in query.iter().zip(key_sum) {
                self.input.push(q.broadcast(sum)); // (1)
            }
            for (&q, &sum) in query.iter().zip(key_sum) {
                self.input.push(q * sum); // (1)
            }
        }
        self.mlp.run(&mut self.input) // (2)
    }
}

#[cfg(test)]
mod tests {
    use model::{Activation, Config, EmbeddingMlpConfig, NetworkConfig, Pooling};

    use super::*;
    use crate::cpu::lanes::Lanes;
    use crate::seeded::by_hand;

    #[test]
    fn the_logit_is_the_perceptron_of_all_five_parts() {
        let head = HeadConfig {
            hidden: vec![1],
            activation: Activation::DICE,
            interest_product: true,
            key_sum: true,
            wide: false,
        };
        let network = NetworkConfig::EmbeddingMlp(EmbeddingMlpConfig { pooling: Pooling::Sum });
        let config = Config { item_dim: 1, category_dim: 0, max_history: 1, network, head };
        let network = by_hand(
            config,
            &[
                ("head.hidden.0.weight", &[1.0, 10.0, 100.0, 1000.0, 10_000.0]),
                ("head.hidden.0.bias", &[0.5]),
                ("head.activation.0.alpha", &[0.5]),
                // The mean is what the layer gives, so that p = ½ and f = s·(½ + ½·½) = 0.75·s.
                ("head.activation.0.mean", &[105_623.5]),
                ("head.activation.0.variance", &[4.0]),
                ("head.output.weight", &[2.0]),
                ("head.output.bias", &[-1.0]),
            ],
        );
        // v = 3, q = 2, q·v = 6, Σk = 5, q·Σk = 10: s = 3 + 20 + 600 + 5000 + 100000 + ½ = 105623.5, which is the mean.
        // Logit: 2·0.75·105623.5 − 1. All are exact in float32.
        let logit = RankingMlp::new(Lanes::ZERO, &network.config.head, &network.head).run(
            &[Lanes::splat(3.0)],
            &[Lanes::splat(2.0)],
            &[5.0],
        );
        assert_eq!(logit, Lanes::splat(158_434.25));
    }
}
