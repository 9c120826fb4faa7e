//! The head, a multilayer perceptron from interest and query to one logit.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;

use super::activation::Activation;
use super::mlp::Mlp;
use super::tensors::Source;
use crate::config::head::HeadConfig;

/// MLP([interest, q, q⊙interest?, Σk?, q⊙Σk?]) to a logit; σ(logit) is the click probability. The wide part, where there
/// is one, adds [interest, q, q⊙interest]·w + b.
#[derive(Module, Debug)]
pub struct RankingMlp {
    mlp: Mlp,
    wide: Option<Linear>,
    #[module(skip)]
    pub(crate) interest_product: bool,
    #[module(skip)]
    pub(crate) key_sum: bool,
}

impl RankingMlp {
    pub(crate) fn new(source: &Source, config: &HeadConfig) -> Self {
        Self {
            mlp: Mlp::new(source, "head", config.hidden.len(), config.activation),
            wide: config.wide.then(|| source.linear("head.wide")),
            interest_product: config.interest_product,
            key_sum: config.key_sum,
        }
    }

    /// The activation of each hidden layer.
    pub fn activation(&self) -> &[Activation] {
        self.mlp.activation()
    }

    /// `interest` `[batch, candidate, interest]`, `query` `[batch, candidate, H]` and, where the configuration wants it, the
    /// sum of the keys `[batch, 1, H]` to logits `[batch, candidate]`.
    pub fn forward(&self, interest: Tensor<3>, query: Tensor<3>, key_sum: Option<Tensor<3>>) -> Tensor<2> {
        let [batch, candidates, _] = query.dims();
        let mut input = vec![interest.clone(), query.clone()];
        let wide = self.wide.as_ref().map(|wide| {
            let features = vec![interest.clone(), query.clone(), query.clone() * interest.clone()];
            wide.forward(Tensor::cat(features, 2)).reshape([batch, candidates])
        });
        if self.interest_product {
            input.push(query.clone() * interest);
        }
        if let Some(sum) = key_sum {
            let sum = sum.expand(query.dims());
            input.push(sum.clone());
            input.push(query * sum);
        }
        let input = Tensor::cat(input, 2);
        let width = input.dims()[2];
        let deep = self.mlp.forward(input.reshape([batch * candidates, width]), None).reshape([batch, candidates]);
        match wide {
            Some(wide) => deep + wide,
            None => deep,
        }
    }
}
