//! DIN's local activation unit.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;

use super::activation::Prelu;
use super::embedding::Histories;
use super::mlp::Mlp;
use super::tensors::Source;
use crate::config::attention::LocalActivationConfig;

/// score_j = MLP([q, k_j, q−k_j, q⊙k_j]): how relevant history item j is to the candidate (DIN, section 4.3; the inputs
/// of the authors' code). In the DIEN authors' code q is PReLU(q·W + b) here.
#[derive(Module, Debug)]
pub struct LocalActivation {
    query: Option<QueryProjection>,
    mlp: Mlp,
}

#[derive(Module, Debug)]
struct QueryProjection {
    linear: Linear,
    prelu: Prelu,
}

impl LocalActivation {
    pub(crate) fn new(source: &Source, config: &LocalActivationConfig) -> Self {
        let query = config.query_projection.then(|| QueryProjection {
            linear: source.linear("attention.query"),
            prelu: Prelu { alpha: source.param("attention.query.alpha") },
        });
        Self { query, mlp: Mlp::new(source, "attention", config.hidden.len(), config.activation) }
    }

    /// `keys` `[batch, step, key]` and `query` `[batch, candidate, H]` to scores `[batch, candidate, step]`. Those of padded
    /// steps mean nothing.
    ///
    /// [q, k, q−k, q⊙k]·W = q·(W₁ + W₃) + k·(W₂ − W₃) + (q⊙k)·W₄: the first part is the same for every step, the second
    /// for every candidate.
    pub fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> Tensor<3> {
        let [batch, steps, width] = keys.dims();
        let candidates = query.dims()[1];
        let rows = batch * candidates * steps;
        let query = match &self.query {
            Some(QueryProjection { linear, prelu }) => {
                let q = linear.forward(query).reshape([batch * candidates, width]);
                prelu.forward(q).reshape([batch, candidates, width])
            }
            None => query,
        };
        let (w, bias) = self.mlp.first();
        let units = w.dims()[1];
        let [w1, w2, w3, w4] = [0, 1, 2, 3].map(|part| w.clone().slice([part * width..(part + 1) * width, 0..units]));

        let of_query = query.clone().matmul((w1 + w3.clone()).unsqueeze());
        let of_key = burn::tensor::module::linear(keys.clone(), w2 - w3, bias);
        let product = query.unsqueeze_dim::<4>(2) * keys.unsqueeze_dim::<4>(1);
        let of_pair = product.reshape([rows, width]).matmul(w4).reshape([batch, candidates, steps, units]);
        let s = of_pair + of_query.unsqueeze_dim::<4>(2) + of_key.unsqueeze_dim::<4>(1);

        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand([batch, candidates, steps]);
        let scores = self.mlp.after_first_product(s.reshape([rows, units]), Some(padding.reshape([rows, 1])));
        scores.reshape([batch, candidates, steps])
    }
}
