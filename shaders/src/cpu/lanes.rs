//! Several candidates side by side in vector registers, and the functions of them that the stages need.
//!
//! The stages take any kind of vector. Natively they are inlined into [`Vector::vectorize`], so that they are compiled for
//! its instructions, and compute in plain loops, since a closure need not be inlined. In the page, where there is one kind,
//! what several of them share is not inlined, so that there is one copy of it to download.

#[cfg(target_feature = "relaxed-simd")]
use core::arch::wasm32::{f32x4_relaxed_madd, f32x4_relaxed_max, f32x4_relaxed_min, v128};
use std::fmt::Debug;
use std::hint::black_box;
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
        let [a, b, c]: [[v128; 2]; 3] = [bytemuck::cast(self), bytemuck::cast(factor), bytemuck::cast(sum)];
        bytemuck::cast([f32x4_relaxed_madd(a[0], b[0], c[0]), f32x4_relaxed_madd(a[1], b[1], c[1])])
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn fast_min(self, other: Self) -> Self {
        Self::fast_min(self, other)
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn fast_min(self, other: Self) -> Self {
        let [a, b]: [[v128; 2]; 2] = [bytemuck::cast(self), bytemuck::cast(other)];
        bytemuck::cast([f32x4_relaxed_min(a[0], b[0]), f32x4_relaxed_min(a[1], b[1])])
    }

    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    fn fast_max(self, other: Self) -> Self {
        Self::fast_max(self, other)
    }

    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    fn fast_max(self, other: Self) -> Self {
        let [a, b]: [[v128; 2]; 2] = [bytemuck::cast(self), bytemuck::cast(other)];
        bytemuck::cast([f32x4_relaxed_max(a[0], b[0]), f32x4_relaxed_max(a[1], b[1])])
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

/// The values of one candidate.
pub(crate) fn of_lane<V: Vector>(values: &[V], lane: usize) -> Vec<f32> {
    values.iter().map(|value| value.lane(lane)).collect()
}

/// 0, or NaN where `x` is an infinity or NaN, of which the functions here take no care. Added to what they make of `x`, it keeps
/// an overflow from being lost where a step is computed once for all candidates, in an order of sums that both backends share.
#[inline(always)]
#[expect(clippy::eq_op, reason = "an infinity less itself is NaN")]
pub(crate) fn flaw<V: Vector>(x: V) -> V {
    x - x
}

/// Adding it to a small number leaves the nearest integer in the low bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

/// e^x, to 2e-7 relative, for x clamped to −87..88. Takes no care of infinities and NaN: see [`flaw`].
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

/// tanh x and what gates a state or a unit: each a [`Rational`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tanh {
    tanh: Rational,
    /// ½·tanh(x/2) = σ(x) − ½.
    gate: Rational,
}

impl Tanh {
    /// To be made before the loop that uses it. Numbers that the compiler knew would be constants at every use, and V8 makes
    /// a constant vector by three instructions where one loads it: DIEN would take a quarter longer.
    #[inline(always)]
    pub fn new() -> Self {
        black_box(Self { tanh: TANH, gate: TANH.half_of_half() })
    }

    /// tanh x, to 4e-7 relative.
    #[inline(always)]
    pub fn of<V: Vector>(&self, x: V) -> V {
        self.tanh.of(x)
    }

    /// σ(x) = ½ + ½·tanh(x/2), to 2e-7 absolute: enough for what gates a state or a unit.
    #[inline(always)]
    pub fn gate<V: Vector>(&self, x: V) -> V {
        self.gate.of(x) + 0.5
    }
}

/// x·p(x²)/q(x²) for x clamped to ±end.
#[derive(Debug, Clone, Copy)]
struct Rational {
    /// p's coefficients, highest power first.
    p: [f32; 5],
    /// Those of q.
    q: [f32; 5],
    end: f32,
}

/// Beyond ±8, tanh is ±1 but for 2e-7. Fitted for the least relative error, 6e-9, which leaves small x their digits.
const TANH: Rational = Rational {
    p: [1.523_037e-8, 2.189_462_8e-5, 0.003_571_596, 0.134_444_97, 1.0],
    q: [8.522_427e-7, 3.411_288_5e-4, 0.026_164_435, 0.467_778_24, 1.0],
    end: 8.0,
};

impl Rational {
    /// ½·f(x/2) of this f. Powers of two leave the coefficients exact.
    const fn half_of_half(self) -> Self {
        let Self { mut p, mut q, end } = self;
        let (mut power, mut scale) = (4, 1.0);
        loop {
            p[power] *= scale / 4.0;
            q[power] *= scale;
            if power == 0 {
                return Self { p, q, end: 2.0 * end };
            }
            power -= 1;
            scale /= 4.0;
        }
    }

    #[inline(always)]
    fn of<V: Vector>(&self, x: V) -> V {
        let x = x.fast_max(x.broadcast(-self.end)).fast_min(x.broadcast(self.end));
        let square = x * x;
        x * polynomial(square, &self.p) / polynomial(square, &self.q)
    }
}

/// Σ_k c_k·x^k, highest power first.
#[inline(always)]
fn polynomial<V: Vector>(x: V, coefficients: &[f32; 5]) -> V {
    let mut sum = x.broadcast(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = sum.mul_add(x, x.broadcast(coefficient));
    }
    sum
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
        let tanh = Tanh::new();
        assert!(worst(20.0, |x| tanh.of(x), f64::tanh) < 4e-7);
    }

    #[test]
    fn gates_are_accurate_to_two_ten_millionths() {
        let tanh = Tanh::new();
        let exact = |x: f64| 1.0 / (1.0 + (-x).exp());
        let points = (-100_000..=100_000).map(|point| point as f32 / 1000.0);
        let error = points.map(|x| (f64::from(tanh.gate(Lanes::splat(x)).to_array()[2]) - exact(f64::from(x))).abs());
        let worst = error.fold(0.0, f64::max);
        // Half of tanh's relative error, and the rounding of a number up to 1.
        assert!(worst < 2e-7, "{worst}");
    }

    #[test]
    fn the_ends_are_finite() {
        let tanh = Tanh::new();
        for x in [f32::MIN, -1e4, 1e4, f32::MAX] {
            let x = Lanes::splat(x);
            for y in [exp(x), sigmoid(x)] {
                assert!(y.to_array().iter().all(|y| y.is_finite()), "{x:?} {y:?}");
            }
            // A gate lets nothing less than nothing through, and a state stays within ±1.
            assert!(tanh.of(x).to_array().iter().all(|y| (-1.0..=1.0).contains(y)));
            assert!(tanh.gate(x).to_array().iter().all(|y| (0.0..=1.0).contains(y)));
        }
        assert_eq!(tanh.of(Lanes::ZERO), Lanes::ZERO);
        assert_eq!(tanh.gate(Lanes::ZERO), Lanes::splat(0.5));
        assert_eq!(sigmoid(Lanes::ZERO), Lanes::splat(0.5));
        // The last bit.
        assert!((tanh.of(Lanes::splat(1e-6)).to_array()[0] / 1e-6 - 1.0).abs() < 2e-7);
    }
}
