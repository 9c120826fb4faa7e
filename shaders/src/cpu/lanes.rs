//! Several candidates side by side in vector registers, and the functions of them that the stages need.
//!
//! The stages take any kind of vector. Natively they are inlined into [`Vector::vectorize`], so that they are compiled for
//! its instructions, and compute in plain loops, since a closure need not be inlined. In the page, where there is one kind,
//! what several of them share is not inlined, so that there is one copy of it to download.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

use wide::{f32x8, i32x8};

/// One value of each of several candidates, side by side in vector registers.
pub(crate) trait Vector:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f32, Output = Self>
    + Sub<f32, Output = Self>
    + Mul<f32, Output = Self>
    + AddAssign
{
    /// How many candidates.
    const LANES: usize;

    /// `value` of every candidate. Takes a vector as proof that the machine has the instructions.
    fn broadcast(self, value: f32) -> Self;

    /// `value` of each candidate.
    fn per_lane(self, value: impl FnMut(usize) -> f32) -> Self;

    /// The value of one candidate.
    fn lane(self, lane: usize) -> f32;

    /// self·factor + sum, in one rounding or two.
    fn mul_add(self, factor: Self, sum: Self) -> Self;

    /// The lower of two numbers.
    fn fast_min(self, other: Self) -> Self;

    /// The higher of two numbers.
    fn fast_max(self, other: Self) -> Self;

    /// self·2ⁿ of a positive number, where the low bits of n's mantissa are an integer.
    fn scale_by_power(self, n: Self) -> Self;

    /// Does `work`, compiled for these instructions with all that is inlined into it.
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R;
}

/// Eight candidates, in the registers that every machine of a kind has: SSE, NEON, or simd128 in the page.
pub(crate) type Lanes = f32x8;

impl Vector for Lanes {
    const LANES: usize = 8;

    #[inline(always)]
    fn broadcast(self, value: f32) -> Self {
        Self::splat(value)
    }

    #[inline(always)]
    fn per_lane(self, value: impl FnMut(usize) -> f32) -> Self {
        Self::new(std::array::from_fn(value))
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        self.to_array()[lane]
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn mul_add(self, factor: Self, sum: Self) -> Self {
        self * factor + sum
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn mul_add(self, factor: Self, sum: Self) -> Self {
        use core::arch::wasm32::{f32x4_relaxed_madd, v128};
        let [a, b, c]: [[v128; 2]; 3] = [bytemuck::cast(self), bytemuck::cast(factor), bytemuck::cast(sum)];
        bytemuck::cast([f32x4_relaxed_madd(a[0], b[0], c[0]), f32x4_relaxed_madd(a[1], b[1], c[1])])
    }

    #[inline(always)]
    fn fast_min(self, other: Self) -> Self {
        Self::fast_min(self, other)
    }

    #[inline(always)]
    fn fast_max(self, other: Self) -> Self {
        Self::fast_max(self, other)
    }

    #[inline(always)]
    fn scale_by_power(self, n: Self) -> Self {
        let (bits, n): (i32x8, i32x8) = (bytemuck::cast(self), bytemuck::cast(n));
        bytemuck::cast(bits + (n << 23))
    }

    #[inline(always)]
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Adding it to a small number leaves the nearest integer in the low bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

/// e^x, to 2e-7 relative, for x clamped to −87..88. Takes no care of infinities and NaN, which finite weights do not make.
#[inline(always)]
pub(crate) fn exp<V: Vector>(x: V) -> V {
    /// ln 2 in two parts, the first with so few bits that n times it is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.fast_max(x.broadcast(-87.0)).fast_min(x.broadcast(88.0));
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // e^x = 2ⁿ·e^r, |r| ≤ ln 2 / 2.
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // Taylor's series; the first term left out is below 6e-9.
    let mut tail = x.broadcast(1.0 / 5040.0);
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        tail = tail.mul_add(r, x.broadcast(coefficient));
    }
    ((r * r).mul_add(tail, r) + 1.0).scale_by_power(shifted)
}

/// σ(x) = 1/(1 + e^−x).
#[inline(always)]
pub(crate) fn sigmoid<V: Vector>(x: V) -> V {
    let one = x.broadcast(1.0);
    one / (one + exp(x * -1.0))
}

/// 2^f − 1 and n of 2^y = 2ⁿ·2^f, |f| ≤ ½, for y clamped to −126..126; n as [`Vector::scale_by_power`] takes it. The
/// coefficients are those of a polynomial q with f·q(f) ≈ 2^f − 1, highest power first.
#[inline(always)]
fn split_exp2<V: Vector, const TERMS: usize>(y: V, (highest, q): (f32, [f32; TERMS])) -> (V, V) {
    let y = y.fast_max(y.broadcast(-126.0)).fast_min(y.broadcast(126.0));
    let shifted = y + ROUND;
    let f = y - (shifted - ROUND);
    let mut sum = y.broadcast(highest);
    for coefficient in q {
        sum = sum.mul_add(f, y.broadcast(coefficient));
    }
    (f * sum, shifted)
}

/// σ(x) to 1e-7 absolute: enough for what gates a state or a unit.
#[inline(always)]
pub(crate) fn gate<V: Vector>(x: V) -> V {
    /// To 2e-7 of 2^f.
    const Q: (f32, [f32; 4]) = (0.001_333_353_9, [0.009_666_245, 0.055_505_004, 0.240_223_51, std::f32::consts::LN_2]);
    let one = x.broadcast(1.0);
    let (rest, n) = split_exp2(x * -std::f32::consts::LOG2_E, Q);
    one / (one + (one + rest).scale_by_power(n))
}

/// tanh x = (e^2x − 1)/(e^2x + 1), with e^2x − 1 taken directly so that small x keep their digits.
#[inline(always)]
pub(crate) fn tanh<V: Vector>(x: V) -> V {
    /// To 2e-8 of 2^f − 1.
    const Q: (f32, [f32; 5]) =
        (0.000_154_035_12, [0.001_339_073_5, 0.009_618_238, 0.055_503_573, 0.240_226_49, std::f32::consts::LN_2]);
    let (rest, n) = split_exp2(x * (2.0 * std::f32::consts::LOG2_E), Q);
    let power = x.broadcast(1.0).scale_by_power(n);
    let less_one = power.mul_add(rest, power - 1.0);
    less_one / (less_one + 2.0)
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
    fn gates_are_accurate_to_a_ten_millionth() {
        let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
        let points = (-100_000..=100_000).map(|point| point as f32 / 1000.0);
        let error = points.map(|x| (f64::from(gate(Lanes::splat(x)).to_array()[2]) - exact(f64::from(x))).abs());
        let worst = error.fold(0.0, f64::max);
        // The polynomial's 2e-7 of e^−x is a quarter of that of σ, and there are three roundings of numbers up to 1 or 2.
        assert!(worst < 2e-7, "{worst}");
    }

    #[test]
    fn the_ends_are_finite() {
        for x in [f32::MIN, -1e4, 1e4, f32::MAX] {
            let x = Lanes::splat(x);
            for y in [exp(x), sigmoid(x), gate(x), tanh(x)] {
                assert!(y.to_array().iter().all(|y| y.is_finite()), "{x:?} {y:?}");
            }
        }
        assert_eq!(tanh(Lanes::ZERO), Lanes::ZERO);
        assert_eq!(sigmoid(Lanes::ZERO), Lanes::splat(0.5));
        // The last bit.
        assert!((tanh(Lanes::splat(1e-6)).to_array()[0] / 1e-6 - 1.0).abs() < 2e-7);
    }
}
