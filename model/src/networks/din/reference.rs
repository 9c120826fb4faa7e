//! DIN in burn tensors.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::DinConfig;
use crate::config::attention::Normalization;
use crate::networks::layers::embedding::Histories;
use crate::networks::layers::local_activation::LocalActivation;
use crate::networks::layers::pooling::{PoolingOutput, normalized};
use crate::networks::layers::reference::Reference;
use crate::networks::layers::tensors::Source;

/// v = Σ_j w_j k_j with w_j from the local activation unit (DIN, equation 3).
#[derive(Module, Debug)]
pub struct Din {
    attention: LocalActivation,
    /// What stands for an empty history, if not 0.
    embedding: Option<Padding>,
    /// What turns scores into weights.
    #[module(skip)]
    normalization: Normalization,
}

/// The representation of padding, `[H]`.
#[derive(Module, Debug)]
struct Padding {
    padding: Param<Tensor<1>>,
}

impl Reference for Din {
    type Options = DinConfig;
    type Output = PoolingOutput;

    fn new(source: &Source, options: &DinConfig) -> Self {
        Self {
            attention: LocalActivation::new(source, &options.attention),
            embedding: options.padding.then(|| Padding { padding: source.param("embedding.padding") }),
            normalization: options.normalization,
        }
    }

    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> PoolingOutput {
        let [batch, steps, width] = keys.dims();
        let (mut keys, mut padding) = (keys, histories.padding.clone());
        if let Some(Padding { padding: k }) = &self.embedding {
            let first_of_empty = |&length: &usize| (0..steps).map(move |t| length == 0 && t == 0);
            let first_of_empty: Vec<bool> = histories.lengths.iter().flat_map(first_of_empty).collect();
            let here = Tensor::<2, Bool>::from_data(TensorData::new(first_of_empty, [batch, steps]), &keys.device());
            padding = padding.mask_fill(here.clone(), false);
            let k = k.val().reshape([1, 1, width]).expand([batch, steps, width]);
            keys = keys.mask_where(here.unsqueeze_dim::<3>(2).expand([batch, steps, width]), k);
        }
        let scores = self.attention.forward(keys.clone(), query, histories);
        let padding = padding.unsqueeze_dim::<3>(1).expand(scores.dims());
        let weights = normalized(self.normalization, scores.clone(), padding, 2, width);
        let interest = weights.clone().matmul(keys);
        PoolingOutput { scores, weights, interest }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DinConfig;
    use crate::config::activation::Activation;
    use crate::config::attention::{LocalActivationConfig, Normalization};
    use crate::reference::by_hand::{answer, by_hand, close, sigmoid};

    /// Scores of this unit that are the weights themselves.
    fn not_normalised(attention: LocalActivationConfig) -> DinConfig {
        DinConfig { attention, normalization: Normalization::None, padding: false }
    }

    #[test]
    fn the_interest_is_the_weighted_sum_of_the_keys() {
        // One hidden unit with W = [1, 2, 3, 4], b = 0.1, PReLU α = 0.5, output ·2 + 0.3.
        let weights = by_hand(
            not_normalised(LocalActivationConfig::new([1], Activation::Prelu)),
            8,
            &[
                ("attention.hidden.0.weight", &[1.0, 2.0, 3.0, 4.0]),
                ("attention.hidden.0.bias", &[0.1]),
                ("attention.activation.0.alpha", &[0.5]),
                ("attention.output.weight", &[2.0]),
                ("attention.output.bias", &[0.3]),
            ],
        );
        let inspection = answer(&weights, &[0, 1], 2);
        let score = |q: f64, k: f64| {
            let s = q + 2.0 * k + 3.0 * (q - k) + 4.0 * q * k + 0.1;
            2.0 * (if s > 0.0 { s } else { 0.5 * s }) + 0.3
        };
        let (w0, w1) = (score(2.0, 0.5), score(2.0, -1.0));
        let v = w0 * 0.5 - w1;
        let trace = &inspection.trace;
        close(trace.attention()[0], w0);
        close(trace.attention()[1], w1);
        close(trace.values("interest")[0], v);
        close(inspection.logit, v);
        close(inspection.probability, sigmoid(v));
    }

    #[test]
    fn dice_gates_by_the_standardised_input() {
        // Dice with E[s] = 0.4, Var[s] = 0.25, α = 0.1 on s = q + k.
        let weights = by_hand(
            not_normalised(LocalActivationConfig::new([1], Activation::DICE)),
            8,
            &[
                ("attention.hidden.0.weight", &[1.0, 1.0, 0.0, 0.0]),
                ("attention.hidden.0.bias", &[0.0]),
                ("attention.activation.0.alpha", &[0.1]),
                ("attention.activation.0.mean", &[0.4]),
                ("attention.activation.0.variance", &[0.25]),
                ("attention.output.weight", &[1.0]),
                ("attention.output.bias", &[0.0]),
            ],
        );
        let inspection = answer(&weights, &[1], 0);
        let s: f64 = 0.5 - 1.0;
        let p = sigmoid((s - 0.4) / 0.5);
        close(inspection.trace.attention()[0], p * s + (1.0 - p) * 0.1 * s);
    }

    #[test]
    fn the_local_activation_unit_may_have_layers_and_project_the_query() {
        // q' = PReLU(2q − 1, α = 0.5); two sigmoid layers with W = [1, 2, 3, 4] and 0.7; output ·2 + 0.3.
        let unit =
            LocalActivationConfig { query_projection: true, ..LocalActivationConfig::new([1, 1], Activation::Sigmoid) };
        let weights = by_hand(
            not_normalised(unit),
            8,
            &[
                ("attention.query.weight", &[2.0]),
                ("attention.query.bias", &[-1.0]),
                ("attention.query.alpha", &[0.5]),
                ("attention.hidden.0.weight", &[1.0, 2.0, 3.0, 4.0]),
                ("attention.hidden.0.bias", &[0.1]),
                ("attention.hidden.1.weight", &[0.7]),
                ("attention.hidden.1.bias", &[-0.2]),
                ("attention.output.weight", &[2.0]),
                ("attention.output.bias", &[0.3]),
            ],
        );
        // Items are 0.5, −1 and 2, so 2q − 1 is 0 and −3.
        for (item, q) in [(0, 0.0), (1, -1.5)] {
            let k = 2.0;
            let first = sigmoid(q + 2.0 * k + 3.0 * (q - k) + 4.0 * q * k + 0.1);
            close(answer(&weights, &[2], item).trace.attention()[0], 2.0 * sigmoid(0.7 * first - 0.2) + 0.3);
        }
    }
}
