//! The layers of the networks for one vector at a time, from the weights: for numbers that the engine does not keep because it
//! never needs them again, such as the extractor's gates.

use model::{Activation, Reset, Weights};

/// σ.
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The representation of an item, item embedding ‖ category embedding, `[H]`.
pub fn embed(weights: &Weights, (item, category): (u32, u32)) -> Vec<f32> {
    let config = weights.config();
    let row = |name: &str, row: u32, width: usize| {
        weights.values(name).get(row as usize * width..).and_then(|rest| rest.get(..width)).unwrap_or_default().to_vec()
    };
    let item = row("embedding.item.weight", item, config.item_dim);
    [item, row("embedding.category.weight", category, config.category_dim)].concat()
}

/// x·W, `[out]`, summed in 64 bits.
pub fn product(w: &[f32], x: &[f32]) -> Vec<f32> {
    let out = w.len() / x.len().max(1);
    let column = |j: usize| {
        x.iter().zip(w.chunks_exact(out.max(1))).map(|(&x, row)| f64::from(x) * f64::from(row[j])).sum::<f64>()
    };
    (0..out).map(|j| column(j) as f32).collect()
}

/// x·W + b, `[out]`, of the layer `name`.
pub fn dense(weights: &Weights, name: &str, x: &[f32]) -> Vec<f32> {
    let product = product(weights.values(&format!("{name}.weight")), x);
    product.iter().zip(weights.values(&format!("{name}.bias"))).map(|(product, bias)| product + bias).collect()
}

/// f(s) of the activation `name`, `[units]`.
pub fn activate(weights: &Weights, name: &str, activation: Activation, s: &[f32]) -> Vec<f32> {
    let of = |part: &str| weights.values(&format!("{name}.{part}"));
    let (alpha, mean, variance, gamma, beta) = (of("alpha"), of("mean"), of("variance"), of("gamma"), of("beta"));
    let unit = |(unit, &s): (usize, &f32)| match activation {
        Activation::Relu => s.max(0.0),
        Activation::Sigmoid => sigmoid(s),
        Activation::Prelu => {
            if s > 0.0 {
                s
            } else {
                alpha[unit] * s
            }
        }
        Activation::Dice { epsilon, affine } => {
            let normal = (s - mean[unit]) / (variance[unit] + epsilon).sqrt();
            let p = sigmoid(if affine { gamma[unit] * normal + beta[unit] } else { normal });
            p * s + (1.0 - p) * alpha[unit] * s
        }
    };
    s.iter().enumerate().map(unit).collect()
}

/// One step of a gated recurrent unit, `[hidden]` each.
#[derive(Debug, Clone, PartialEq)]
pub struct GruStep {
    /// r.
    pub reset: Vec<f32>,
    /// u: 1 writes, 0 keeps.
    pub update: Vec<f32>,
    /// n.
    pub candidate: Vec<f32>,
    /// h = (1−u) ⊙ h_{t−1} + u ⊙ n.
    pub state: Vec<f32>,
}

/// One step of the recurrent unit `name` from its input `x` and its state `h`, by the equations of the network's reference.
pub fn gru_step(weights: &Weights, name: &str, reset: Reset, x: &[f32], h: &[f32]) -> GruStep {
    let hidden = h.len();
    let (input, state) = (format!("{name}.input"), format!("{name}.hidden"));
    let (of_input, of_state) = (dense(weights, &input, x), dense(weights, &state, h));
    let gate = |from: usize| -> Vec<f32> {
        (from..from + hidden).map(|unit| sigmoid(of_input[unit] + of_state[unit])).collect()
    };
    let (r, u) = (gate(0), gate(hidden));
    let of_candidate: Vec<f32> = match reset {
        Reset::After => r.iter().zip(&of_state[2 * hidden..]).map(|(r, half)| r * half).collect(),
        Reset::Before => {
            let kept: Vec<f32> = r.iter().zip(h).map(|(r, h)| r * h).collect();
            dense(weights, &state, &kept)[2 * hidden..].to_vec()
        }
    };
    let n: Vec<f32> =
        of_input[2 * hidden..].iter().zip(&of_candidate).map(|(input, half)| (input + half).tanh()).collect();
    let state = (0..hidden).map(|unit| (1.0 - u[unit]) * h[unit] + u[unit] * n[unit]).collect();
    GruStep { reset: r, update: u, candidate: n, state }
}
