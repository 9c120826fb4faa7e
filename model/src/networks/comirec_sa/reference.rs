//! ComiRec-SA in burn tensors.

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;
use burn::tensor::activation::softmax;

use super::{ComirecSaConfig, Positions, Readout};
use crate::networks::layers::embedding::{Histories, PositionTable};
use crate::networks::layers::pooling::masked_softmax;
use crate::networks::layers::reference::{Computed, Reference};
use crate::networks::layers::tensors::{Source, values};

/// Several interests of one history, and for each candidate what it reads of them:
///
/// - self-attention (section 3.2): A_k = softmax_j(W₂ₖ·tanh(W₁(k_j + p) + b)) for each of the K interests, where p is a
///   trained vector for each position
/// - interest extraction: v_k = Σ_j A_kj k_j
/// - readout (section 3.3): c is 1 for the interest of the highest v_k·q, or softmax_k(v_k·q); v = Σ_k c_k v_k
#[derive(Module, Debug)]
pub struct ComirecSa {
    attention: SelfAttention,
    /// p, `[max_history, H]`; none where attention does not know the order.
    embedding: Option<PositionTable>,
    #[module(skip)]
    positions: Positions,
    #[module(skip)]
    readout: Readout,
}

/// From a click to one score an interest.
#[derive(Module, Debug)]
struct SelfAttention {
    /// W₁ `[H, hidden]` and b.
    hidden: Linear,
    /// W₂ `[hidden, interest]`.
    output: Linear,
}

/// What ComiRec-SA computed on the way.
#[derive(Debug)]
pub struct ComirecSaOutput {
    /// A, which click each interest is made of, `[batch, interest, step]`; 0 at padded steps.
    pub interest_attention: Tensor<3>,
    /// v_k, `[batch, interest, H]`; 0 for an empty history.
    pub interests: Tensor<3>,
    /// v_k·q, `[batch, candidate, interest]`.
    pub scores: Tensor<3>,
    /// c, `[batch, candidate, interest]`.
    pub choice: Tensor<3>,
    /// α_j = Σ_k c_k A_kj, `[batch, candidate, step]`.
    pub attention: Tensor<3>,
    /// v, `[batch, candidate, H]`.
    pub interest: Tensor<3>,
}

impl Computed for ComirecSaOutput {
    fn interest(&self) -> Tensor<3> {
        self.interest.clone()
    }

    fn parts(&self, candidate: usize, steps: usize) -> Vec<Vec<f32>> {
        // `[1, row, width]`; there is a step of padding where there is none.
        let rows = |tensor: &Tensor<3>, length: usize| -> Vec<Vec<f32>> {
            values(tensor.clone()).chunks(tensor.dims()[2]).map(|row| row[..length.min(row.len())].to_vec()).collect()
        };
        let row = |tensor: &Tensor<3>, length: usize| rows(tensor, length).swap_remove(candidate);
        vec![
            rows(&self.interest_attention, steps).concat(),
            rows(&self.interests, usize::MAX).concat(),
            row(&self.scores, usize::MAX),
            row(&self.choice, usize::MAX),
            row(&self.attention, steps),
            row(&self.interest, usize::MAX),
        ]
    }
}

impl ComirecSa {
    /// Attention `[batch, interest, step]` and interests `[batch, interest, H]` of `keys` `[batch, step, H]`.
    fn extract(&self, keys: Tensor<3>, histories: &Histories) -> (Tensor<3>, Tensor<3>) {
        let [batch, steps, width] = keys.dims();
        let mut x = keys.clone();
        if let Some(table) = &self.embedding {
            let p = table.vectors();
            let rows = p.dims()[0];
            // Whatever padding gets, no weight is left of it.
            let row = |&length: &usize| (0..steps).map(move |t| self.positions.row(t, length, rows) as i32);
            let rows: Vec<i32> = histories.lengths.iter().flat_map(row).collect();
            let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch * steps]), &keys.device());
            x = x + p.select(0, rows).reshape([batch, steps, width]);
        }
        let scores = self.attention.output.forward(self.attention.hidden.forward(x).tanh()).swap_dims(1, 2);
        let padding = histories.padding.clone().unsqueeze_dim::<3>(1).expand(scores.dims());
        let attention = masked_softmax(scores, padding, 2);
        let interests = attention.clone().matmul(keys);
        (attention, interests)
    }

    /// What each candidate reads, from scores `[batch, candidate, interest]`.
    fn choose(&self, scores: Tensor<3>) -> Tensor<3> {
        match self.readout {
            Readout::Softmax => softmax(scores, 2),
            Readout::Argmax => {
                let shape = scores.dims();
                let highest = scores.clone().argmax(2).expand(shape);
                let all = Tensor::<1, Int>::arange(0..shape[2] as i64, &scores.device());
                all.reshape([1, 1, shape[2] as i32]).expand(shape).equal(highest).float()
            }
        }
    }
}

impl Reference for ComirecSa {
    type Options = ComirecSaConfig;
    type Output = ComirecSaOutput;

    fn new(source: &Source, options: &ComirecSaConfig) -> Self {
        Self {
            attention: SelfAttention {
                hidden: source.linear("attention.hidden"),
                output: Linear { weight: source.param("attention.output.weight"), bias: None },
            },
            embedding: (options.positions != Positions::None).then(|| PositionTable::new(source)),
            positions: options.positions,
            readout: options.readout,
        }
    }

    fn forward(&self, keys: Tensor<3>, query: Tensor<3>, histories: &Histories) -> ComirecSaOutput {
        let (interest_attention, interests) = self.extract(keys, histories);
        let scores = query.matmul(interests.clone().swap_dims(1, 2));
        let choice = self.choose(scores.clone());
        let attention = choice.clone().matmul(interest_attention.clone());
        let interest = choice.clone().matmul(interests.clone());
        ComirecSaOutput { interest_attention, interests, scores, choice, attention, interest }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ComirecSaConfig, ComirecSaTrace, Positions, Readout};
    use crate::reference::by_hand::{self, answer};
    use crate::trace::{Inspection, Part, PartSpec};
    use crate::weights::Weights;

    /// Two hidden units and two interests.
    fn by_hand(positions: Positions, readout: Readout) -> Weights {
        let options = ComirecSaConfig { interests: 2, hidden: 2, positions, readout };
        let mut tensors: Vec<(&str, &[f32])> = vec![
            ("attention.hidden.weight", &[1.0, -0.5]),
            ("attention.hidden.bias", &[0.0, 0.1]),
            ("attention.output.weight", &[1.0, 0.5, 0.0, 3.0]),
        ];
        if positions != Positions::None {
            tensors.push(("embedding.position.weight", &[0.25, -0.5]));
        }
        by_hand::by_hand(options, 2, &tensors)
    }

    fn values(inspection: &Inspection, part: PartSpec) -> Vec<f32> {
        inspection.trace.part(part.name).map(Part::values).expect("a part of the network").to_vec()
    }

    fn close(found: &[f32], expected: &[f64]) {
        // A few float32 roundings of numbers around 1.
        let near = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() < 1e-6;
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?} {expected:?}");
    }

    /// A `[interest][step]` and v `[interest]` after items with these numbers and positions, in double precision.
    fn extracted(clicks: &[(f64, f64)]) -> (Vec<Vec<f64>>, Vec<f64>) {
        let scores = clicks.iter().map(|(k, p)| {
            let u = [(k + p).tanh(), (-0.5 * (k + p) + 0.1).tanh()];
            [u[0], 0.5 * u[0] + 3.0 * u[1]]
        });
        let scores: Vec<[f64; 2]> = scores.collect();
        let attention: Vec<Vec<f64>> = (0..2)
            .map(|k| {
                let powers: Vec<f64> = scores.iter().map(|s| s[k].exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.iter().map(|power| power / sum).collect()
            })
            .collect();
        let vector = |a: &Vec<f64>| a.iter().zip(clicks).map(|(a, (k, _))| a * k).sum();
        let vectors = attention.iter().map(vector).collect();
        (attention, vectors)
    }

    #[test]
    fn each_interest_is_the_sum_of_the_clicks_by_an_attention_of_its_own() {
        for (positions, p) in [
            (Positions::None, [0.0; 3]),
            // The newest has the first vector, and both before it the last.
            (Positions::Newest, [-0.5, -0.5, 0.25]),
            (Positions::Oldest, [0.25, -0.5, -0.5]),
        ] {
            let (attention, vectors) = extracted(&[(0.5, p[0]), (-1.0, p[1]), (2.0, p[2])]);
            let found = answer(&by_hand(positions, Readout::Softmax), &[0, 1, 2], 1);
            close(&values(&found, ComirecSaTrace::INTEREST_ATTENTION), &attention.concat());
            close(&values(&found, ComirecSaTrace::INTERESTS), &vectors);
        }
    }

    #[test]
    fn a_candidate_reads_one_interest_or_all_by_their_products_with_it() {
        let (attention, v) = extracted(&[(0.5, 0.0), (-1.0, 0.0), (2.0, 0.0)]);
        for item in [0, 1] {
            let q = [0.5, -1.0][item as usize];
            let f = [v[0] * q, v[1] * q];
            let powers = f.map(f64::exp);
            let soft = powers.map(|power| power / (powers[0] + powers[1]));
            let hard = if f[0] > f[1] { [1.0, 0.0] } else { [0.0, 1.0] };
            for (readout, c) in [(Readout::Softmax, soft), (Readout::Argmax, hard)] {
                let found = answer(&by_hand(Positions::None, readout), &[0, 1, 2], item);
                close(&values(&found, ComirecSaTrace::INTEREST_SCORES), &f);
                close(&values(&found, ComirecSaTrace::CHOICE), &c);
                let alpha: Vec<f64> = (0..3).map(|j| c[0] * attention[0][j] + c[1] * attention[1][j]).collect();
                close(found.trace.attention(), &alpha);
                let interest = c[0] * v[0] + c[1] * v[1];
                close(found.trace.values("interest"), &[interest]);
                close(&[found.logit], &[interest]);
            }
        }
    }

    #[test]
    fn without_positions_the_order_of_the_clicks_moves_attention_along() {
        let weights = by_hand(Positions::None, Readout::Softmax);
        let [before, after] = [[0, 1, 2], [2, 0, 1]].map(|history| answer(&weights, &history, 0));
        let moved: Vec<f64> = values(&before, ComirecSaTrace::INTEREST_ATTENTION)
            .chunks(3)
            .flat_map(|a| [a[2], a[0], a[1]].map(f64::from))
            .collect();
        close(&values(&after, ComirecSaTrace::INTEREST_ATTENTION), &moved);
        close(&[after.probability], &[f64::from(before.probability)]);
    }

    #[test]
    fn an_empty_history_is_no_interest() {
        for readout in [Readout::Argmax, Readout::Softmax] {
            let found = answer(&by_hand(Positions::Newest, readout), &[], 2);
            assert!(found.trace.attention().is_empty());
            assert_eq!(values(&found, ComirecSaTrace::INTERESTS), [0.0, 0.0]);
            assert_eq!((found.trace.values("interest"), found.logit), ([0.0].as_slice(), 0.0));
        }
        // The first of all that are alike.
        let found = answer(&by_hand(Positions::Newest, Readout::Argmax), &[], 2);
        assert_eq!(values(&found, ComirecSaTrace::CHOICE), [1.0, 0.0]);
    }
}
