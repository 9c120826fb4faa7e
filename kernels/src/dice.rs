//! Dice in training: its passes over the rows.
//!
//! With ŝ = (s − μ)/√(v + ε), p = σ(γ·ŝ + β) and f = s ⊙ (α + (1 − α) ⊙ p), where μ and v are constants, and ∂ standing for the
//! derivative of the loss:
//!
//! - ∂z = ∂f ⊙ s ⊙ (1 − α) ⊙ p ⊙ (1 − p), ∂α = Σ ∂f ⊙ s ⊙ (1 − p), ∂γ = Σ ∂z ⊙ ŝ, ∂β = Σ ∂z
//! - ∂s = ∂f ⊙ (α + (1 − α) ⊙ p) + γ/√(v + ε) ⊙ ∂z

use crate::each;
use crate::functions::sigmoid;

/// Rows a task. Sums are those of the tasks, in their order, so they do not depend on the number of threads.
const CHUNK: usize = 512;

/// A layer and its input.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// s, `[row, unit]`.
    pub s: &'a [f32],
    /// α, `[unit]`.
    pub alpha: &'a [f32],
    /// γ, `[unit]`.
    pub gamma: &'a [f32],
    /// β, `[unit]`.
    pub beta: &'a [f32],
    /// μ, `[unit]`.
    pub mean: &'a [f32],
    /// 1/√(v + ε), `[unit]`.
    pub inverse: &'a [f32],
    /// Which rows are padding, `[row]`.
    pub padding: &'a [bool],
}

/// One pass over the rows. The first three add up over the rows, the others make a tensor `[row, unit]`.
#[derive(Debug, Clone, Copy)]
pub enum Pass<'a> {
    /// Σ s over the rows that are not padding.
    Mean,
    /// Σ (s − μ)² over the rows that are not padding, μ being theirs.
    Variance,
    /// ∂α, ∂γ and ∂β from ∂f `[row, unit]`.
    Parameters(&'a [f32]),
    /// f.
    F,
    /// ∂s from ∂f `[row, unit]`.
    S(&'a [f32]),
}

impl Layer<'_> {
    /// ∂α, ∂γ and ∂β from ∂f `[row, unit]`.
    pub fn of_parameters(&self, gradient: &[f32]) -> [Vec<f32>; 3] {
        let units = self.alpha.len();
        let sums = self.sums(Pass::Parameters(gradient), 3);
        [0, 1, 2].map(|part| sums[part * units..][..units].to_vec())
    }

    /// `count` sums over the rows, `[unit]` each.
    pub fn sums(&self, pass: Pass, count: usize) -> Vec<f32> {
        let units = self.alpha.len();
        let chunks = each(0..self.padding.len().div_ceil(CHUNK), |_, chunk| {
            let mut out = vec![0.0; count * units];
            pulp::Arch::new().dispatch(Chunk { layer: *self, pass, first: chunk * CHUNK, out: &mut out });
            out
        });
        let total = |unit| chunks.iter().map(|chunk| f64::from(chunk[unit])).sum::<f64>() as f32;
        (0..count * units).map(total).collect()
    }

    /// A tensor `[row, unit]`.
    pub fn tensor(&self, pass: Pass) -> Vec<f32> {
        let mut out = vec![0.0; self.s.len()];
        each(out.chunks_mut(CHUNK * self.alpha.len().max(1)), |chunk, out| {
            pulp::Arch::new().dispatch(Chunk { layer: *self, pass, first: chunk * CHUNK, out });
        });
        out
    }
}

/// A pass over a chunk of rows, which is compiled for the vector instructions that the machine turns out to have.
struct Chunk<'a> {
    layer: Layer<'a>,
    pass: Pass<'a>,
    first: usize,
    out: &'a mut [f32],
}

impl pulp::WithSimd for Chunk<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { layer: Layer { s, alpha, gamma, beta, mean, inverse, padding }, pass, first, out } = self;
        let units = alpha.len();
        // One length for all, so that the loops need no checks.
        let [gamma, beta, mean, inverse] = [gamma, beta, mean, inverse].map(|values| &values[..units]);
        for index in first..(first + CHUNK).min(padding.len()) {
            let s = &s[index * units..][..units];
            match pass {
                Pass::Mean if padding[index] => {}
                Pass::Mean => {
                    for (sum, s) in out.iter_mut().zip(s) {
                        *sum += s;
                    }
                }
                Pass::Variance if padding[index] => {}
                Pass::Variance => {
                    for ((sum, s), mean) in out.iter_mut().zip(s).zip(mean) {
                        *sum += (s - mean) * (s - mean);
                    }
                }
                Pass::F => {
                    let out = &mut out[(index - first) * units..][..units];
                    for i in 0..units {
                        let p = sigmoid(gamma[i] * (s[i] - mean[i]) * inverse[i] + beta[i]);
                        out[i] = s[i] * (alpha[i] + (1.0 - alpha[i]) * p);
                    }
                }
                Pass::Parameters(gradient) => {
                    let of_f = &gradient[index * units..][..units];
                    let (of_alpha, rest) = out.split_at_mut(units);
                    let (of_gamma, of_beta) = rest.split_at_mut(units);
                    for i in 0..units {
                        let normal = (s[i] - mean[i]) * inverse[i];
                        let p = sigmoid(gamma[i] * normal + beta[i]);
                        let of_z = of_f[i] * s[i] * (1.0 - alpha[i]) * p * (1.0 - p);
                        of_alpha[i] += of_f[i] * s[i] * (1.0 - p);
                        of_gamma[i] += of_z * normal;
                        of_beta[i] += of_z;
                    }
                }
                Pass::S(gradient) => {
                    let of_f = &gradient[index * units..][..units];
                    let out = &mut out[(index - first) * units..][..units];
                    for i in 0..units {
                        let p = sigmoid(gamma[i] * (s[i] - mean[i]) * inverse[i] + beta[i]);
                        let of_z = of_f[i] * s[i] * (1.0 - alpha[i]) * p * (1.0 - p);
                        out[i] = of_f[i] * (alpha[i] + (1.0 - alpha[i]) * p) + gamma[i] * inverse[i] * of_z;
                    }
                }
            }
        }
    }
}
