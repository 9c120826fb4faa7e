//! Attention to the clicks, as the time line draws it.

use crate::session::Answered;
use crate::session::shop::clicks::Click;

/// Attention to the clicks from the inspected and from the compared product.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attention {
    /// By the click's key.
    weights: Vec<(u32, Weights)>,
    /// The upper end of the bars' axis, above zero.
    pub top: f32,
    /// The lower end of the axis below zero, without its sign.
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
        let [top, bottom] = ends(inspected);
        let [compared_top, compared_bottom] = ends(compared.unwrap_or_default());
        // Half of the axis is the inspected product's at least: beside greater weights its bars would be flat.
        let room = if top + bottom > 0.0 { (top + bottom) / 2.0 } else { f32::INFINITY };
        let weights = clicks.iter().zip(inspected).enumerate().map(|(t, (click, &inspected))| {
            (click.key, Weights { inspected, compared: compared.and_then(|weights| weights.get(t).copied()) })
        });
        Self {
            weights: weights.collect(),
            top: top.max(compared_top.min(top + room)),
            bottom: bottom.max(compared_bottom.min(bottom + room)),
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

    /// Where the weight is between the ends of the axis, in per cent from the lower one. What is beyond an end is at it.
    pub fn height(&self, weight: f32) -> f32 {
        100.0 * (weight.clamp(-self.bottom, self.top) + self.bottom) / self.span()
    }

    /// Beyond which end of the axis the weight is: "above", "below" or neither.
    pub fn beyond(&self, weight: f32) -> &'static str {
        match weight {
            weight if weight > self.top => "above",
            weight if weight < -self.bottom => "below",
            _ => "",
        }
    }

    /// The size of a weight beside the longer half of the axis.
    pub fn share(&self, weight: f32) -> f32 {
        weight.abs() / self.top.max(self.bottom).max(f32::MIN_POSITIVE)
    }
}

/// The greatest weight above zero, and the greatest below without its sign.
fn ends(weights: &[f32]) -> [f32; 2] {
    [1.0, -1.0].map(|sign| weights.iter().map(|weight| sign * weight).fold(0.0, f32::max))
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
        assert_eq!([both.beyond(-0.5), both.beyond(0.5)], ["", ""]);
        assert_eq!(both.weights[0].1, Weights { inspected: 0.5, compared: Some(-0.5) });
        let negative = attention(&[-0.7], None);
        assert_eq!([-0.7, 0.0].map(|weight| negative.height(weight)), [0.0, 100.0]);
    }

    #[test]
    fn half_of_the_axis_at_least_is_the_inspected_products() {
        let beside_greater = attention(&[0.25, 0.125], Some(&[0.875, -0.0625]));
        assert_eq!((beside_greater.top, beside_greater.bottom), (0.375, 0.0625));
        assert_eq!((beside_greater.height(0.875), beside_greater.beyond(0.875)), (100.0, "above"));
        assert_eq!(beside_greater.beyond(-0.0625), "");
        let below = attention(&[0.2, -0.2], Some(&[-5.0, 0.1]));
        assert_eq!((below.top, below.bottom, below.height(-5.0), below.beyond(-5.0)), (0.2, 0.4, 0.0, "below"));
        // Without weights of its own there is nothing to flatten.
        assert_eq!(attention(&[0.0], Some(&[0.9])).top, 0.9);
    }

    #[test]
    fn nothing_divides_by_zero() {
        for weights in [&[][..], &[0.0, 0.0]] {
            let attention = attention(weights, None);
            assert!(attention.height(0.0).is_finite() && attention.share(0.0).is_finite());
        }
    }
}
