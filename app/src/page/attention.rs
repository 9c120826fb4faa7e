//! Attention to the clicks, as the time line draws it.

use crate::session::Answered;
use crate::session::shop::clicks::Click;

/// Attention to the clicks from the inspected and from the compared product.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attention {
    /// By the click's key.
    weights: Vec<(u32, Weights)>,
    /// The greatest weight above zero: the upper end of the bars' axis.
    pub top: f32,
    /// The greatest weight below zero, without its sign: the lower end of the axis.
    pub bottom: f32,
}

/// Weights of one click.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// That from the inspected product.
    pub inspected: f32,
    /// That from the compared product, where there is one.
    pub compared: Option<f32>,
}

impl Attention {
    fn new(clicks: &[Click], inspected: &[f32], compared: Option<&[f32]>) -> Self {
        let all = || inspected.iter().chain(compared.unwrap_or_default());
        let weights = clicks.iter().zip(inspected).enumerate().map(|(t, (click, &inspected))| {
            (click.key, Weights { inspected, compared: compared.and_then(|weights| weights.get(t).copied()) })
        });
        Self {
            weights: weights.collect(),
            top: all().copied().fold(0.0, f32::max),
            bottom: all().map(|weight| -weight).fold(0.0, f32::max),
        }
    }

    pub fn of(answer: &Answered) -> Self {
        let Some(inspected) = &answer.inspected else { return Self::default() };
        let compared = answer.compared.as_ref().map(|compared| compared.trace.attention());
        Self::new(&answer.now.clicks, inspected.trace.attention(), compared)
    }

    /// The weights of the click with this key.
    pub fn of_click(&self, key: u32) -> Option<Weights> {
        self.weights.iter().find(|(click, _)| *click == key).map(|(_, weights)| *weights)
    }

    /// Height of the axis.
    pub fn span(&self) -> f32 {
        (self.top + self.bottom).max(f32::MIN_POSITIVE)
    }

    /// Where the weight is between the ends of the axis, in per cent from the lower one.
    pub fn height(&self, weight: f32) -> f32 {
        100.0 * (weight + self.bottom) / self.span()
    }

    /// The size of a weight beside the greatest one.
    pub fn share(&self, weight: f32) -> f32 {
        weight.abs() / self.top.max(self.bottom).max(f32::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attention(inspected: &[f32], compared: Option<&[f32]>) -> Attention {
        let clicks: Vec<Click> = (0..inspected.len() as u32).map(|key| Click { key, item: 0 }).collect();
        Attention::new(&clicks, inspected, compared)
    }

    #[test]
    fn the_axis_holds_every_weight_and_zero() {
        let positive = attention(&[0.1, 0.4], None);
        assert_eq!((positive.top, positive.bottom), (0.4, 0.0));
        assert_eq!([0.0, 0.4].map(|weight| positive.height(weight)), [0.0, 100.0]);
        let both = attention(&[0.5, -0.25], Some(&[-0.5, 0.1]));
        assert_eq!([-0.5, 0.0, 0.5].map(|weight| both.height(weight)), [0.0, 50.0, 100.0]);
        assert_eq!(both.weights[0].1, Weights { inspected: 0.5, compared: Some(-0.5) });
        let negative = attention(&[-0.7], None);
        assert_eq!([-0.7, 0.0].map(|weight| negative.height(weight)), [0.0, 100.0]);
    }

    #[test]
    fn nothing_divides_by_zero() {
        for weights in [&[][..], &[0.0, 0.0]] {
            let attention = attention(weights, None);
            assert!(attention.height(0.0).is_finite() && attention.share(0.0).is_finite());
        }
    }
}
