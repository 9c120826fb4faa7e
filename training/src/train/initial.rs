//! Weights to start from.

use model::{Catalogue, Config, Tensor as Values, Weights, WeightsError};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Where the scores of the local activation unit begin.
///
/// Unnormalised they are the weights of v = Σ_j w_j k_j. From 0 on, with a sign by chance, they would leave v near 0 and hardly
/// let any gradient through v to the keys, so that the embeddings learn late; at 1 attention begins as sum pooling. A softmax does
/// not see a constant in all of its scores.
const FIRST_SCORE: f32 = 1.0;

/// Weights to start from: embeddings uniform in ±0.1, dense layers uniform by their fan-in, biases 0 but that of attention's
/// scores, which is 1, PReLU's and Dice's α 0.25, Dice's γ 1 and β 0, its statistics those of a standard normal.
///
/// # Errors
/// As [`Weights::new`].
pub(super) fn initial(config: &Config, catalogue: &Catalogue, seed: u64) -> Result<Weights, WeightsError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let tensors = config
        .tensors(catalogue.vocabulary())
        .into_iter()
        .map(|(name, shape)| {
            let size = shape.iter().product();
            let values = match name.rsplit('.').next() {
                Some("alpha") => vec![0.25; size],
                Some("variance" | "gamma") => vec![1.0; size],
                Some("weight") => {
                    let scale = if name.starts_with("embedding.") { 0.1 } else { 1.0 / (shape[0] as f32).sqrt() };
                    (0..size).map(|_| rng.random_range(-scale..scale)).collect()
                }
                _ if name == "attention.output.bias" => vec![FIRST_SCORE; size],
                _ => vec![0.0; size],
            };
            (name, Values { shape, values })
        })
        .collect();
    Weights::new("initial weights", config.clone(), catalogue.vocabulary(), catalogue.vocabulary_hash(), tensors)
}

#[cfg(test)]
mod tests {
    use burn::module::{Module, ModuleVisitor, Param};
    use burn::prelude::*;
    use burn::tensor::activation::log_sigmoid;
    use model::reference::{Histories, Network, item_rows};
    use model::{Item, NetworkKind};

    use super::*;

    /// Keeps the gradient of the tensor of this shape, `[item, dim]`.
    struct OfItems<'a> {
        gradients: &'a burn::tensor::Gradients,
        shape: [usize; 2],
        found: Vec<f32>,
    }

    impl ModuleVisitor for OfItems<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.shape().dims::<D>() == self.shape[..] {
                let gradient = param.val().grad(self.gradients).unwrap();
                self.found = gradient.into_data().iter::<f32>().collect();
            }
        }
    }

    /// Norm of the loss's gradient by the embeddings of the clicks, which are no candidates, at the first step.
    fn gradient_of_clicks(weights: &Weights, items: u32) -> f32 {
        let device = Device::flex().autodiff();
        let network = Network::new(weights, &vec![0; items as usize], &device).unwrap();
        // Histories of 50 among the first half of the items; the candidates are of the second half.
        let half = items / 2;
        let histories: Vec<Vec<u32>> =
            (0..64).map(|row| (0..50).map(|t| (row * 37 + t * 101) % half).collect()).collect();
        let candidates: Vec<u32> = (0..128).map(|row| half + row * 53 % half).collect();
        let histories = Histories::new(&histories, &device);
        let logits = network.forward(&histories, item_rows(&candidates, [64, 2], &device)).logits;
        let [clicked, other] = [0, 1].map(|column| logits.clone().slice([0..64, column..column + 1]));
        let gradients = ((-log_sigmoid(clicked)).mean() + (-log_sigmoid(-other)).mean()).backward();
        let shape = weights.tensors()["embedding.item.weight"].shape[..].try_into().unwrap();
        let mut visitor = OfItems { gradients: &gradients, shape, found: Vec::new() };
        network.visit(&mut visitor);
        visitor.found[..half as usize * shape[1]].iter().map(|g| g * g).sum::<f32>().sqrt()
    }

    #[test]
    fn attention_that_begins_as_sum_pooling_lets_gradients_through_to_the_clicks() {
        let items = 400;
        let catalogue = Catalogue::new((0..items).map(|row| {
            let id = format!("{row:05}");
            (Item { id, title: String::new(), category: 0, price: None, popularity: 1 }, String::new())
        }));
        for seed in 1..4 {
            let begun = initial(&NetworkKind::Din.shipped(), &catalogue, seed).unwrap();
            assert_eq!(begun.values("attention.output.bias"), [1.0]);
            let mut tensors = begun.tensors().clone();
            tensors.insert("attention.output.bias".to_owned(), Values { shape: vec![1], values: vec![0.0] });
            let at_zero = Weights::new(
                "test",
                begun.config().clone(),
                begun.vocabulary(),
                begun.vocabulary_hash().to_owned(),
                tensors,
            )
            .unwrap();
            let [one, zero] = [&begun, &at_zero].map(|weights| gradient_of_clicks(weights, items));
            println!("seed {seed}: from 1 {one:.5}, from 0 {zero:.5}, {:.1} times", one / zero);
            assert!(one > 5.0 * zero, "seed {seed}: {one} and {zero}");
        }
    }
}
