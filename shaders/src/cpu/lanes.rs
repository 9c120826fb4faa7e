//! Eight candidates side by side: the arithmetic that LLVM turns into vector instructions (SSE or AVX natively,
//! simd128 in the page).

use std::ops::{Add, AddAssign, Mul, Sub};

use model::Activation;

use crate::network::{Matrix, Units};

/// How many candidates are computed side by side.
pub(crate) const LANES: usize = 8;

/// One value of each of [`LANES`] candidates.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C, align(32))]
pub(crate) struct Lanes(pub [f32; LANES]);

impl Lanes {
    pub const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn map(mut self, f: impl Fn(f32) -> f32) -> Self {
        for value in &mut self.0 {
            *value = f(*value);
        }
        self
    }

    #[inline(always)]
    fn zip(mut self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        for (value, other) in self.0.iter_mut().zip(other.0) {
            *value = f(*value, other);
        }
        self
    }

    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    pub fn exp(self) -> Self {
        self.map(exp)
    }

    #[inline(always)]
    pub fn sigmoid(self) -> Self {
        self.map(sigmoid)
    }

    #[inline(always)]
    pub fn tanh(self) -> Self {
        self.map(tanh)
    }

    #[inline(always)]
    pub fn recip(self) -> Self {
        self.map(|value| 1.0 / value)
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: f32) -> Self {
        self.map(|value| value * other)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// 2ⁿ and e^r − 1 with e^x = 2ⁿ·e^r and |r| ≤ ln 2 / 2. No branch and no table, so that it vectorises.
#[inline(always)]
fn split_exp(x: f32) -> (f32, f32) {
    /// Adding it to a small number leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, the first with so few bits that n times it is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    // Taylor's series; the first term left out is below 6e-9.
    let tail = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let tail = 0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * tail));
    (power, r + r * r * tail)
}

/// e^x, to 2e-7 relative, for x clamped to −87..88.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let (power, rest) = split_exp(x);
    power + power * rest
}

/// σ(x) = 1/(1 + e^−x).
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// tanh x = (e^2x − 1)/(e^2x + 1), with e^2x − 1 taken directly so that small x keep their digits.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let x = if x < -20.0 { -20.0 } else { x };
    let x = if x > 20.0 { 20.0 } else { x };
    let (power, rest) = split_exp(2.0 * x);
    let less_one = (power - 1.0) + power * rest;
    less_one / (less_one + 2.0)
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
    #[inline]
    pub fn accumulate(&self, x: &[Lanes], out: &mut [Lanes]) {
        for (out, columns) in out.chunks_mut(4).zip(self.blocks.chunks_exact(self.rows)) {
            let mut sums = [Lanes::ZERO; 4];
            sums[..out.len()].copy_from_slice(out);
            for (&x, weights) in x.iter().zip(columns) {
                sums[0] += x * weights[0];
                sums[1] += x * weights[1];
                sums[2] += x * weights[2];
                sums[3] += x * weights[3];
            }
            out.copy_from_slice(&sums[..out.len()]);
        }
    }
}

impl Units {
    /// f(s) for eight candidates in place, s [units].
    #[inline]
    pub fn apply(&self, s: &mut [Lanes]) {
        match self.kind {
            Activation::Prelu => {
                for (s, &alpha) in s.iter_mut().zip(&self.alpha) {
                    *s = s.map(|s| if s > 0.0 { s } else { alpha * s });
                }
            }
            Activation::Dice => {
                for (((s, &alpha), &scale), &shift) in s.iter_mut().zip(&self.alpha).zip(&self.scale).zip(&self.shift) {
                    let p = (*s * scale + Lanes::splat(shift)).sigmoid();
                    *s = *s * (Lanes::splat(alpha) + p * (1.0 - alpha));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 0.001 over the useful range, against double precision.
    fn worst(range: f32, f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let points = (range * 1000.0) as i32;
        (-points..=points)
            .map(|point| point as f32 / 1000.0)
            .map(|x| ((f64::from(f(x)) - exact(f64::from(x))) / exact(f64::from(x)).abs().max(1e-30)).abs())
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
            assert!(exp(x).is_finite() && sigmoid(x).is_finite() && tanh(x).is_finite(), "{x}");
        }
        assert_eq!(tanh(0.0), 0.0);
        assert_eq!(sigmoid(0.0), 0.5);
        // The last bit.
        assert!((tanh(1e-6) / 1e-6 - 1.0).abs() < 2e-7);
    }

    #[test]
    fn a_product_of_odd_sizes_is_the_sum_by_hand() {
        // [1, 2]·[[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]] = [13, 16, 19, 22, 25], added to 100.
        let matrix = Matrix { columns: 5, values: (1..=10).map(|value| value as f32).collect() };
        let mut out = [Lanes::splat(100.0); 5];
        Product::new(&matrix).accumulate(&[Lanes::splat(1.0), Lanes::splat(2.0)], &mut out);
        assert_eq!(out.map(|lanes| lanes.0[7]), [113.0, 116.0, 119.0, 122.0, 125.0]);
    }
}
