//! Functions in the arithmetic that every machine has as vector instructions.

/// e^x by a polynomial, to 2 units in the last place: a function of the standard library would keep the loops around it
/// from being vectorised.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // x = k·ln 2 + y. Adding 1.5·2²³ leaves k in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let y = x - k * 0.693_359_4 + k * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5, 1.0, 1.0] {
        p = p * y + coefficient;
    }
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// σ(x) = 1/(1 + e^−x), to 2e-7.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// tanh(x) = 2σ(2x) − 1, to 1e-7 absolute.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_those_of_the_standard_library() {
        for thousandth in -30_000..30_000 {
            let x = thousandth as f32 / 1000.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 2.5e-7, "e^{x} is {} and not {exact}", exp(x));
            assert!((f64::from(sigmoid(x)) - 1.0 / (1.0 + 1.0 / exact)).abs() < 2e-7, "σ({x})");
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 3e-7, "tanh({x})");
        }
        for x in [f32::MIN, -1e3, 1e3, f32::MAX] {
            assert!(exp(x).is_finite() && [0.0, 1.0].contains(&sigmoid(x).round()));
        }
    }
}
