//! Sixteen candidates side by side in the registers of AVX2, where the machine turns out to have it.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use pulp::f32x8;
use pulp::x86::V3;

use super::lanes::Vector;

/// Two registers, so that there are enough independent sums to keep the units for multiply-adds busy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes {
    simd: V3,
    low: f32x8,
    high: f32x8,
}

impl Lanes {
    /// 0, where the machine has AVX2 and fused multiply-adds.
    pub fn zero() -> Option<Self> {
        let simd = V3::try_new()?;
        Some(Self { simd, low: simd.splat_f32x8(0.0), high: simd.splat_f32x8(0.0) })
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(V3, f32x8, f32x8) -> f32x8) -> Self {
        Self { low: f(self.simd, self.low, other.low), high: f(self.simd, self.high, other.high), ..self }
    }
}

impl Vector for Lanes {
    const LANES: usize = 16;

    #[inline(always)]
    fn broadcast(self, value: f32) -> Self {
        let value = self.simd.splat_f32x8(value);
        Self { low: value, high: value, ..self }
    }

    #[inline(always)]
    fn per_lane(self, value: impl FnMut(usize) -> f32) -> Self {
        let values: [f32; 16] = std::array::from_fn(value);
        let [low, high] = bytemuck::cast(values);
        Self { low, high, ..self }
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        let values: [f32; 16] = bytemuck::cast([self.low, self.high]);
        values[lane]
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, sum: Self) -> Self {
        let low = self.simd.mul_add_f32x8(self.low, factor.low, sum.low);
        let high = self.simd.mul_add_f32x8(self.high, factor.high, sum.high);
        Self { low, high, ..self }
    }

    #[inline(always)]
    fn fast_min(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.min_f32x8(a, b),
        )
    }

    #[inline(always)]
    fn fast_max(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.max_f32x8(a, b),
        )
    }

    #[inline(always)]
    fn scale_by_power(self, n: Self) -> Self {
        self.zip(
            n,
            #[inline(always)]
            |simd, a, n| {
                let n = simd.shl_const_u32x8::<23>(bytemuck::cast(n));
                bytemuck::cast(simd.wrapping_add_u32x8(bytemuck::cast(a), n))
            },
        )
    }

    #[inline(always)]
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
        self.simd.vectorize(work)
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.add_f32x8(a, b),
        )
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.sub_f32x8(a, b),
        )
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.mul_f32x8(a, b),
        )
    }
}

impl Div for Lanes {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(
            other,
            #[inline(always)]
            |simd, a, b| simd.div_f32x8(a, b),
        )
    }
}

impl Add<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: f32) -> Self {
        self + self.broadcast(other)
    }
}

impl Sub<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: f32) -> Self {
        self - self.broadcast(other)
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f32) -> Self {
        self * self.broadcast(other)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
