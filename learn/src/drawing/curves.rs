//! Curves over the steps of a history.

use std::fmt::Write;

use crate::format::{escaped, tick};

/// A chart with a curve for each of `lines`, a class and a number a step; the last lies on top.
pub fn chart(name: &str, letter: &str, part: &str, [low, high]: [f32; 2], lines: &[(&str, Vec<f32>)]) -> String {
    let steps = lines.iter().map(|(_, values)| values.len()).max().unwrap_or_default().max(1);
    let height = |value: f32| 100.0 - 100.0 * (value - low) / (high - low).max(f32::MIN_POSITIVE);
    let mut paths = String::new();
    for (class, values) in lines {
        let _ = write!(paths, "<path class=\"line {class}\" d=\"{}\"/>", stairs(values, &height));
    }
    format!(
        "<div class=\"curves\" data-part=\"{part}\"><p><strong>{}</strong> {letter} <span class=\"scale numbers\">{} – {}</span></p><svg \
         viewBox=\"0 -2 {steps} 104\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">{paths}</svg></div>",
        escaped(name),
        tick(low),
        tick(high),
        escaped(name),
    )
}

/// A line that is level through each step.
fn stairs(values: &[f32], height: &dyn Fn(f32) -> f32) -> String {
    let mut d = String::new();
    for (step, value) in values.iter().enumerate() {
        let y = height(*value);
        let _ = if step == 0 { write!(d, "M0 {y:.2}H1") } else { write!(d, "V{y:.2}H{}", step + 1) };
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_level_through_each_step() {
        let html = chart("Attention", "a", "attention", [0.0, 1.0], &[("inspected", vec![0.0, 1.0])]);
        assert!(html.contains("d=\"M0 100.00H1V0.00H2\"") && html.contains("viewBox=\"0 -2 2 104\""), "{html}");
    }
}
