//! DIN's local activation unit.

use serde::Serialize;

#[cfg(feature = "burn")]
use {
    super::tensors::Source,
    super::{Histories, Mlp, Prelu},
    burn::module::Module,
    burn::nn::Linear,
    burn::prelude::*,
};

use crate::Activation;
use crate::config::{Tensors, layers_problem};

/// Options of the local activation unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalActivationConfig {
    /// Units of each hidden layer; one score follows.
    pub hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Whether the unit sees PReLU(q·W + b) in place of q, as in the DIEN authors' code. Then a key may have another width
    /// than the query.
    pub query_projection: bool,
}

impl LocalActivationConfig {
    /// The paper's unit: hidden layers of these units on q itself.
    pub fn new(hidden: impl Into<Vec<usize>>, activation: Activation) -> Self {
        Self { hidden: hidden.into(), activation, query_projection: false }
    }

    pub(super) fn sizes(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.hidden.iter().map(|&units| ("network.attention.hidden", units))
    }

    pub(super) fn problem(&self) -> Option<String> {
        layers_problem("network.attention.hidden", &self.hidden)
            .or_else(|| self.activation.problem("network.attention.activation"))
    }

    /// Adds the tensors for queries and keys of these widths.
    pub(super) fn tensors(&self, query: usize, key: usize, tensors: &mut Tensors) {
        if self.query_projection {
            tensors.dense("attention.query", query, key);
            tensors.activation("attention.query", Activation::Prelu, key);
        }
        tensors.mlp("attention", 4 * key, &self.hidden, self.activation);
    }
}

/// score_j = MLP([q, k_j, q−k_j, q⊙k_j]): how relevant history item j is to the candidate (DIN, section 4.3; the inputs
/// of the authors' code). In the DIEN authors' code q is PReLU(q·W + b) here.
#[cfg(feature = "burn")]
#[derive(Module, Debug)]
pub struct LocalActivation {
    query: Option<QueryProjection>,
    mlp: Mlp,
}

#[cfg(feature = "burn")]
#[derive(Module, Debug)]
struct QueryProjection {
    linear: Linear,
    prelu: Prelu,
}

#[cfg(feature = "burn")]
impl LocalActivation {
    pub(super) fn new(source: &Source, config: &LocalActivationConfig) -> Self {
        let query = config.query_projection.then(|| QueryProjection {
            linear: source.linear("attention.query"),
            prelu: Prelu { alpha: source.param("attention.query.alpha") },
        });
        Self { query, mlp: Mlp::new(source, "attention", config.hidden.len(), config.activation) }
    }

    /// `keys` [batch, step, key] and `query` [batch, candidate, H] to scores [batch, candidate, step]. Those of padded
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
