//! The CPU backend for a network whose numbers may outgrow float32: it computes in lanes that know it.

use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::sync::Arc;

use model::Inspection;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::lanes::{Lanes, Vector, flaw};
use super::runner::{Rank, Ranker, Runner};
use crate::error::EngineError;
use crate::lost::why_lost;
use crate::network::Network;
use crate::question::Question;

/// A runner that refuses to answer with numbers that overflowed.
///
/// # Errors
/// [`EngineError::Unchecked`].
pub(crate) async fn checked(network: Arc<Network>) -> Result<Runner, EngineError> {
    runner(network).await.map_err(|_| EngineError::Unchecked(why_lost()))
}

/// Where the file of the checked backend begins: networks of ordinary weights do without.
#[wasm_split(checked, fallible)]
fn runner(network: Arc<Network>) -> Result<Runner, SplitLoaderError> {
    Ok(Runner::of(Checked(Ranker::new(Careful(Lanes::ZERO), network))))
}

/// A network that looks at each number that it gives.
struct Checked(Ranker<Careful>);

impl Rank for Checked {
    fn lanes(&self) -> usize {
        self.0.lanes()
    }

    fn follow(&mut self, question: Question<'_>) {
        self.0.follow(question);
    }

    fn score(&mut self, items: &[u32], probabilities: &mut Vec<f32>) -> Result<(), EngineError> {
        let first = probabilities.len();
        self.0.score(items, probabilities)?;
        match probabilities[first..].iter().position(|probability| probability.is_nan()) {
            // What led to it.
            Some(lane) => self.inspect(&items[lane..=lane], &mut Vec::new()),
            None => Ok(()),
        }
    }

    fn inspect(&mut self, items: &[u32], inspections: &mut Vec<Inspection>) -> Result<(), EngineError> {
        let first = inspections.len();
        self.0.inspect(items, inspections)?;
        match inspections[first..].iter().find_map(overflowed) {
            Some(part) => Err(EngineError::Overflow(format!(
                "the numbers grow too large for float32, first in the part “{part}”, so there is no click probability to \
                 show. They do so after a training that diverged, or under settings that the network was not trained \
                 with: open an earlier checkpoint, or undo the last click"
            ))),
            None => Ok(()),
        }
    }
}

/// The part of the computation that overflowed first, if any did.
fn overflowed(inspection: &Inspection) -> Option<String> {
    let parts = inspection.trace.parts();
    let first = parts.iter().find(|part| !part.values().iter().all(|value| value.is_finite()));
    match first {
        Some(part) => Some(part.name().replace('_', " ")),
        None => inspection.probability.is_nan().then(|| "logit".to_owned()),
    }
}

/// Lanes in which a number that grows too large is not a number from then on, whatever is done with it.
///
/// A GPU adds in another order, and its functions may make a number of what is none, so that an infinity here tells nothing of
/// the other backend. Too large is therefore a product beyond [`Careful::LIMIT`]: as long as all terms are within, no sum of
/// fewer than 2¹⁵ of them overflows, in whichever order. A sum that overflows all the same stays an infinity until it is
/// multiplied, or one of two is taken.
#[derive(Debug, Clone, Copy)]
struct Careful(Lanes);

impl Careful {
    /// 2¹¹², a 65,536th of the greatest float32.
    const LIMIT: f32 = 5.192_297e33;
}

impl Vector for Careful {
    const LANES: usize = Lanes::LANES;

    #[inline(always)]
    fn broadcast(self, value: f32) -> Self {
        Self(Lanes::splat(value))
    }

    #[inline(always)]
    fn per_lane(self, value: impl FnMut(usize) -> f32) -> Self {
        Self(self.0.per_lane(value))
    }

    #[inline(always)]
    fn lane(self, lane: usize) -> f32 {
        self.0.lane(lane)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, sum: Self) -> Self {
        self * factor + sum
    }

    #[inline(always)]
    fn fast_min(self, other: Self) -> Self {
        Self(Vector::fast_min(self.0, other.0) + flaw(self.0) + flaw(other.0))
    }

    #[inline(always)]
    fn fast_max(self, other: Self) -> Self {
        Self(Vector::fast_max(self.0, other.0) + flaw(self.0) + flaw(other.0))
    }

    #[inline(always)]
    fn scale_by_power(self, n: Self) -> Self {
        Self(self.0.scale_by_power(n.0) + flaw(self.0) + flaw(n.0))
    }

    #[inline(always)]
    fn vectorize<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

impl Add for Careful {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Careful {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Careful {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let product = self.0 * other.0;
        let is_within = product.abs().simd_le(Lanes::splat(Self::LIMIT));
        Self(is_within.select(product, Lanes::splat(f32::NAN)))
    }
}

impl Div for Careful {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
}

impl Add<f32> for Careful {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: f32) -> Self {
        self + self.broadcast(other)
    }
}

impl Sub<f32> for Careful {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: f32) -> Self {
        self - self.broadcast(other)
    }
}

impl Mul<f32> for Careful {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f32) -> Self {
        self * self.broadcast(other)
    }
}

impl AddAssign for Careful {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use model::NetworkKind;
    use testing::{Seeded, config, every_option, history, seeded};

    use super::super::lanes::{Tanh, exp, sigmoid};
    use super::*;
    use crate::question::Scope;

    /// The lanes of 1, of a number that is too large, of an infinity and of NaN.
    fn lanes(x: Careful) -> [f32; 4] {
        [0, 1, 2, 3].map(|lane| x.lane(lane))
    }

    #[test]
    fn what_is_too_large_is_no_number_from_then_on() {
        let numbers = [1.0, 1e20, f32::INFINITY, f32::NAN, 1.0, 1.0, 1.0, 1.0];
        let x = Careful(Lanes::new(numbers));
        let (one, zero) = (x.broadcast(1.0), x.broadcast(0.0));
        let large = x * x;
        let tanh = Tanh::new();
        for (name, y) in [
            ("x²", large),
            ("x² + 1", large + 1.0),
            ("0·x² + 1", large.mul_add(zero, one)),
            ("x² − x²", large - large),
            ("1/x²", one / large),
            ("min(x², 0)", large.fast_min(zero)),
            ("max(0, x²)", zero.fast_max(large)),
            ("exp", exp(large)),
            ("σ", sigmoid(large)),
            ("tanh", tanh.of(large)),
            ("gate", tanh.gate(large)),
        ] {
            let [finite, wrong @ ..] = lanes(y);
            assert!(finite.is_finite() && wrong.iter().all(|value| value.is_nan()), "{name}: {y:?}");
        }
        // A sum that overflows is found where it would be lost.
        let sum = x.broadcast(f32::MAX) + x.broadcast(f32::MAX);
        for y in [sum * zero, sum.fast_min(zero), exp(sum), sigmoid(sum), tanh.of(sum)] {
            assert!(y.lane(0).is_nan(), "{y:?}");
        }
        // Numbers that are large and not too large stay what they are, and powers are as great as they get.
        assert!(sigmoid(x.broadcast(-1e4)).lane(0) < 1e-30);
        assert_eq!(lanes(x.broadcast(1e33) + 1.0), [1e33; 4]);
        assert!((tanh.of(x.broadcast(1e33)).lane(0) - 1.0).abs() < 1e-6);
    }

    /// The seeded network of `config` with each number of the tensors whose name `which` accepts times `factor`.
    fn scaled(config: model::Config, factor: f64, which: impl Fn(&str) -> bool) -> Network {
        let Seeded { weights, categories, .. } = seeded("", config);
        let mut tensors = weights.tensors().clone();
        for (_, tensor) in tensors.iter_mut().filter(|(name, _)| which(name)) {
            for value in &mut tensor.values {
                *value = (f64::from(*value) * factor).clamp(f32::MIN.into(), f32::MAX.into()) as f32;
            }
        }
        let (config, hash) = (weights.config().clone(), weights.vocabulary_hash().to_owned());
        let weights = model::Weights::new("scaled", config, weights.vocabulary(), hash, tensors).unwrap();
        Network::new(&weights, &categories).unwrap()
    }

    /// Whether a checked runner refuses to answer after the `history`.
    fn refuses(network: Network, history: &[u32]) -> bool {
        let candidates: Arc<[u32]> = (0..network.catalogue.items() as u32).collect();
        let question = Question { history, kept: 0, candidates: &candidates, inspected: &[0, 69], scope: Scope::All };
        let mut runner = pollster::block_on(checked(Arc::new(network))).unwrap();
        match pollster::block_on(runner.rank(question)) {
            Ok(ranking) => {
                assert!(ranking.probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
                let parts = ranking.inspections.iter().flat_map(|inspection| inspection.trace.parts());
                assert!(parts.flat_map(model::Part::values).all(|value| value.is_finite()));
                false
            }
            Err(EngineError::Overflow(_)) => true,
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn what_is_checked_is_what_is_computed_otherwise() {
        let candidates: Arc<[u32]> = (0..testing::ITEMS as u32).collect();
        for options in every_option(5 + 2) {
            let config = config([5, 2], options);
            let (name, network) = (format!("{:?}", config.network), Arc::new(crate::seeded::network(config)));
            let (history, scope) = (history(9), Scope::All);
            let question = Question { history: &history, kept: 0, candidates: &candidates, inspected: &[4, 69], scope };
            let runners = [Runner::new(network.clone()), pollster::block_on(checked(network)).unwrap()];
            let [plain, checked] = runners.map(|mut runner| pollster::block_on(runner.rank(question)).unwrap());
            let mut difference = testing::Difference::default();
            difference.probabilities(&plain.probabilities, &checked.probabilities);
            for (plain, checked) in plain.inspections.iter().zip(&checked.inspections) {
                difference.inspection(plain, checked);
            }
            // Where there is AVX2, a multiply-add rounds once in the one, and twice in the other.
            assert!(difference.is_tolerable(), "{name}: {difference:?}");
        }
    }

    #[test]
    fn networks_that_are_said_never_to_overflow_do_not() {
        let history = history(60);
        let (mut sure, mut refused) = (0, 0);
        for options in every_option(5 + 2) {
            let config = config([5, 2], options);
            let grows = config.network.grows();
            for power in [0, 1, 2, 3, 4, 5, 6, 8, 12, 40] {
                let network = scaled(config.clone(), 10f64.powi(power), |name| !name.ends_with(".variance"));
                let (may, name) = (network.may_overflow, format!("{:?}, 1e{power}", config.network));
                let does = refuses(network, &history);
                assert!(may || !does, "{name}");
                assert!(power > 0 || may == grows, "{name}");
                assert!(power < 40 || does, "{name}");
                sure += u32::from(!may);
                refused += u32::from(does);
            }
        }
        assert!(sure > 40 && refused > 40, "{sure} {refused}");
    }

    #[test]
    fn the_first_part_that_overflows_is_named() {
        for (kind, tensor, part) in [
            (NetworkKind::Din, "attention.output.weight", "scores"),
            (NetworkKind::Dien, "extractor.input.weight", "interest states"),
            (NetworkKind::Dien, "attention.weight", "scores"),
            (NetworkKind::ComirecSa, "attention.hidden.weight", "interest attention"),
            (NetworkKind::ComirecSa, "attention.output.weight", "interest attention"),
            (NetworkKind::EmbeddingMlp, "head.hidden.0.weight", "logit"),
        ] {
            let error = overflow(kind, tensor).unwrap();
            assert!(error.contains(&format!("“{part}”")), "{tensor} of {kind:?}: {error}");
        }
        // Wherever networks have positions, they enter with the attention.
        let positions = NetworkKind::ALL.iter().filter_map(|kind| overflow(*kind, "embedding.position.weight"));
        let positions: Vec<String> = positions.collect();
        assert_eq!(positions.len(), 2, "{positions:?}");
        for error in positions {
            assert!(error.contains("“scores”") || error.contains("“interest attention”"), "{error}");
        }
    }

    /// What a network says after two clicks whose `tensor` is too large; none where it has no such tensor.
    fn overflow(kind: NetworkKind, tensor: &str) -> Option<String> {
        let network = scaled(kind.shipped(), 1e40, |name| name == tensor);
        network.may_overflow.then(|| {
            let candidates: Arc<[u32]> = [7].into();
            let (history, inspected, scope) = ([3, 9], [], Scope::All);
            let question =
                Question { history: &history, kept: 0, candidates: &candidates, inspected: &inspected, scope };
            let mut runner = pollster::block_on(checked(Arc::new(network))).unwrap();
            pollster::block_on(runner.rank(question)).unwrap_err().to_string()
        })
    }
}
