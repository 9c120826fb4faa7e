//! A dense layer x·W + b for several candidates, which every stage with a product shares.

use super::lanes::{Tanh, Vector};
use crate::layers::{Function, Matrix, Units};

/// Σ_k x_k·w_k.
#[inline(always)]
pub(crate) fn dot<V: Vector>(x: &[V], weights: &[f32]) -> V {
    let mut sum = x[0].broadcast(0.0);
    for (&x, &weight) in x.iter().zip(weights) {
        sum = x.mul_add(x.broadcast(weight), sum);
    }
    sum
}

/// A dense layer's weights, laid out for [`Dense::run`]: four columns side by side, whose sums stay in registers.
#[derive(Debug, Clone)]
pub(crate) struct Dense<V> {
    zero: V,
    rows: usize,
    /// W, `[⌈columns/4⌉][rows][4]`, filled up with zeros.
    weight: Vec<[f32; 4]>,
    /// b, `[⌈columns/4⌉][4]`, filled up with zeros.
    bias: Vec<[f32; 4]>,
}

impl<V: Vector> Dense<V> {
    /// The layer of `weight` W `[rows, columns]` and `bias` b `[columns]`.
    pub fn new(zero: V, weight: &Matrix, bias: &[f32]) -> Self {
        let (rows, columns) = (weight.rows().len(), bias.len());
        let mut blocks = vec![[0.0; 4]; columns.div_ceil(4) * rows];
        for (k, row) in weight.rows().enumerate() {
            for (j, &weight) in row.iter().enumerate() {
                blocks[j / 4 * rows + k][j % 4] = weight;
            }
        }
        let mut biases = vec![[0.0; 4]; columns.div_ceil(4)];
        biases.as_flattened_mut()[..columns].copy_from_slice(bias);
        Self { zero, rows, weight: blocks, bias: biases }
    }

    /// x·W + b, x `[rows]`, into `out` `[columns]`, filled up with zeros to a multiple of four.
    #[inline(always)]
    pub fn run(&self, x: &[V], out: &mut Vec<V>) {
        self.run_with(&self.bias, x, out);
    }

    /// [`Dense::run`] with another bias, `[⌈columns/4⌉][4]`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn run_with(&self, bias: &[[f32; 4]], x: &[V], out: &mut Vec<V>) {
        out.resize(4 * bias.len(), self.zero);
        let blocks = self.weight.chunks_exact(self.rows).zip(bias);
        for (out, (weight, bias)) in out.as_chunks_mut().0.iter_mut().zip(blocks) {
            let [a, b, c, d] = *bias;
            let mut sums =
                [self.zero.broadcast(a), self.zero.broadcast(b), self.zero.broadcast(c), self.zero.broadcast(d)];
            for (&x, weight) in x.iter().zip(weight) {
                for (sum, &weight) in sums.iter_mut().zip(weight) {
                    *sum = x.mul_add(x.broadcast(weight), *sum);
                }
            }
            *out = sums;
        }
    }

    /// b, `[⌈columns/4⌉][4]`, filled up with zeros.
    pub fn bias(&self) -> &[[f32; 4]] {
        &self.bias
    }
}

impl Units {
    /// f(s) in place, s `[units]`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn apply<V: Vector>(&self, s: &mut [V]) {
        let tanh = Tanh::new();
        match self.function {
            Function::Prelu => {
                for (s, &alpha) in s.iter_mut().zip(&self.alpha) {
                    let zero = s.broadcast(0.0);
                    *s = s.fast_max(zero) + s.fast_min(zero) * alpha;
                }
            }
            Function::Sigmoid => {
                for s in s {
                    *s = tanh.gate(*s);
                }
            }
            Function::Dice => {
                for (((s, &alpha), &scale), &shift) in s.iter_mut().zip(&self.alpha).zip(&self.scale).zip(&self.shift) {
                    let p = tanh.gate(s.mul_add(s.broadcast(scale), s.broadcast(shift)));
                    *s = *s * p.mul_add(s.broadcast(1.0 - alpha), s.broadcast(alpha));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::lanes::Lanes;

    #[test]
    fn a_product_of_odd_sizes_is_the_sum_by_hand() {
        // [1, 2]·[[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]] = [13, 16, 19, 22, 25], added to 100.
        let matrix = Matrix { columns: 5, values: (1..=10).map(|value| value as f32).collect() };
        let mut out = Vec::new();
        Dense::new(Lanes::ZERO, &matrix, &[100.0; 5]).run(&[Lanes::splat(1.0), Lanes::splat(2.0)], &mut out);
        let out: Vec<f32> = out.iter().map(|lanes| lanes.to_array()[7]).collect();
        assert_eq!(out, [113.0, 116.0, 119.0, 122.0, 125.0, 0.0, 0.0, 0.0]);
    }
}
