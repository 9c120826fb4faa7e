//! Eight candidates side by side in vector registers (SSE or AVX natively, simd128 in the page), and the functions of
//! them that the stages need.

use wide::{f32x8, i32x8};

use crate::network::{Function, Matrix, Units};

/// One value of each of [`LANES`] candidates.
pub(crate) type Lanes = f32x8;

/// How many candidates are computed side by side.
pub(crate) const LANES: usize = 8;

/// 2ⁿ and e^r − 1 with e^x = 2ⁿ·e^r and |r| ≤ ln 2 / 2, for −87 ≤ x ≤ 88. Unlike `wide`'s own functions it takes no care
/// of infinities and NaN, which finite weights do not make, and so is twice as fast.
#[inline(always)]
fn split_exp(x: Lanes) -> (Lanes, Lanes) {
    /// Adding it to a small number leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with so few bits that n times it is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let shifted = x * std::f32::consts::LOG2_E + Lanes::splat(ROUND);
    let n = shifted - Lanes::splat(ROUND);
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let bits: i32x8 = bytemuck::cast(shifted);
    let power: Lanes = bytemuck::cast((bits << 23) + i32x8::splat(127 << 23));
    // Taylor's series; the first term left out is below 6e-9.
    let mut tail = Lanes::splat(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        tail = tail * r + Lanes::splat(coefficient);
    }
    (power, r + r * r * tail)
}

/// e^x, to 2e-7 relative, for x clamped to −87..88.
#[inline(always)]
pub(crate) fn exp(x: Lanes) -> Lanes {
    let (power, rest) = split_exp(x.fast_clamp(Lanes::splat(-87.0), Lanes::splat(88.0)));
    power + power * rest
}

/// σ(x) = 1/(1 + e^−x).
#[inline(always)]
pub(crate) fn sigmoid(x: Lanes) -> Lanes {
    Lanes::splat(1.0) / (Lanes::splat(1.0) + exp(-x))
}

/// tanh x = (e^2x − 1)/(e^2x + 1), with e^2x − 1 taken directly so that small x keep their digits.
#[inline(always)]
pub(crate) fn tanh(x: Lanes) -> Lanes {
    let (power, rest) = split_exp(x.fast_clamp(Lanes::splat(-20.0), Lanes::splat(20.0)) * 2.0);
    let less_one = (power - Lanes::splat(1.0)) + power * rest;
    less_one / (less_one + Lanes::splat(2.0))
}

/// A matrix laid out for [`Product::accumulate`]: four columns side by side.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    rows: usize,
    /// [⌈columns/4⌉][rows][4], filled up with zeros.
    blocks: Vec<[f32; 4]>,
}

impl Product {
    pub fn new(matrix: &Matrix) -> Self {
        let rows = matrix.rows().count();
        let mut blocks = vec![[0.0; 4]; matrix.columns.div_ceil(4) * rows];
        for (k, row) in matrix.rows().enumerate() {
            for (j, &weight) in row.iter().enumerate() {
                blocks[j / 4 * rows + k][j % 4] = weight;
            }
        }
        Self { rows, blocks }
    }

    /// out += x·W for eight candidates, x [rows], out [columns].
    #[inline(never)]
    pub fn accumulate(&self, x: &[Lanes], out: &mut [Lanes]) {
        for (out, columns) in out.chunks_mut(4).zip(self.blocks.chunks_exact(self.rows)) {
            // Four variables and no array, so that they stay in registers.
            let start = |column: usize| out.get(column).copied().unwrap_or(Lanes::ZERO);
            let (mut a, mut b, mut c, mut d) = (start(0), start(1), start(2), start(3));
            for (&x, weights) in x.iter().zip(columns) {
                a += x * weights[0];
                b += x * weights[1];
                c += x * weights[2];
                d += x * weights[3];
            }
            for (out, sum) in out.iter_mut().zip([a, b, c, d]) {
                *out = sum;
            }
        }
    }
}

impl Units {
    /// f(s) for eight candidates in place, s [units].
    #[inline(never)]
    pub fn apply(&self, s: &mut [Lanes]) {
        match self.function {
            Function::Prelu => {
                for (s, &alpha) in s.iter_mut().zip(&self.alpha) {
                    *s = s.simd_gt(Lanes::ZERO).select(*s, *s * alpha);
                }
            }
            Function::Sigmoid => {
                for s in s {
                    *s = sigmoid(*s);
                }
            }
            Function::Dice => {
                for (((s, &alpha), &scale), &shift) in s.iter_mut().zip(&self.alpha).zip(&self.scale).zip(&self.shift) {
                    let p = sigmoid(*s * scale + Lanes::splat(shift));
                    *s *= Lanes::splat(alpha) + p * (1.0 - alpha);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 0.001 over the useful range, against double precision.
    fn worst(range: f32, f: impl Fn(Lanes) -> Lanes, exact: impl Fn(f64) -> f64) -> f64 {
        let points = (range * 1000.0) as i32;
        (-points..=points)
            .map(|point| point as f32 / 1000.0)
            .map(|x| {
                ((f64::from(f(Lanes::splat(x)).to_array()[2]) - exact(f64::from(x)))
                    / exact(f64::from(x)).abs().max(1e-30))
                .abs()
            })
            .fold(0.0, f64::max)
    }

    // A float32 has 24 bits, half a unit in the last place is 6e-8 relative; a few roundings add up to the bounds below.
    #[test]
    fn exponentials_are_accurate_to_float32() {
        assert!(worst(87.0, exp, f64::exp) < 2e-7);
        assert!(worst(80.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 3e-7);
        assert!(worst(20.0, tanh, f64::tanh) < 4e-7);
    }

    #[test]
    fn the_ends_are_finite() {
        for x in [f32::MIN, -1e4, 1e4, f32::MAX] {
            let x = Lanes::splat(x);
            for y in [exp(x), sigmoid(x), tanh(x)] {
                assert!(y.to_array().iter().all(|y| y.is_finite()), "{x:?} {y:?}");
            }
        }
        assert_eq!(tanh(Lanes::ZERO), Lanes::ZERO);
        assert_eq!(sigmoid(Lanes::ZERO), Lanes::splat(0.5));
        // The last bit.
        assert!((tanh(Lanes::splat(1e-6)).to_array()[0] / 1e-6 - 1.0).abs() < 2e-7);
    }

    #[test]
    fn a_product_of_odd_sizes_is_the_sum_by_hand() {
        // [1, 2]·[[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]] = [13, 16, 19, 22, 25], added to 100.
        let matrix = Matrix { columns: 5, values: (1..=10).map(|value| value as f32).collect() };
        let mut out = [Lanes::splat(100.0); 5];
        Product::new(&matrix).accumulate(&[Lanes::splat(1.0), Lanes::splat(2.0)], &mut out);
        assert_eq!(out.map(|lanes| lanes.to_array()[7]), [113.0, 116.0, 119.0, 122.0, 125.0]);
    }
}
