//! Numbers as colours: `[step, unit]`, a column a step and a line a unit.

use model::Steps;

use crate::format::{escaped, weight};
use crate::scale::{SHADES, Scale, shade_paths};

/// A map with its name, its equation's letter and the legend of its colours. `letter` is MathML or text; `signed` values have zero in
/// the middle of their colours.
pub fn map(name: &str, letter: &str, part: &str, values: &Steps<'_>, signed: bool) -> String {
    let scale = Scale::of(values.values().iter().copied(), signed);
    let paths = shade_paths(values, scale, |step, unit| (step, unit)).into_iter().enumerate();
    let shapes: String = paths
        .filter(|(_, d)| !d.is_empty())
        .map(|(shade, d)| format!("<path class=\"{}\" d=\"{d}\"/>", scale.class(shade)))
        .collect();
    let [low, high] = scale.ends().map(weight);
    let colours: String = (0..SHADES).map(|shade| format!("<i class=\"{}\"></i>", scale.class(shade))).collect();
    let lines = if values.width() == 1 { " one-line" } else { "" };
    format!(
        "<div class=\"quantity{lines}\" data-part=\"{part}\"><p><strong>{}</strong> {letter} <span class=\"scale numbers\">{low} {colours} \
         {high}</span></p><svg class=\"heat\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" shape-rendering=\"crispEdges\" role=\"img\" \
         aria-label=\"{}\">{shapes}</svg></div>",
        escaped(name),
        values.len().max(1),
        values.width().max(1),
        escaped(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_a_square_of_its_colour() {
        let html = map("gate", "u", "update", &Steps::new(2, vec![0.0, 1.0, 0.5, 0.5]), false);
        assert!(html.contains("viewBox=\"0 0 2 2\"") && html.contains("class=\"heat-0\" d=\"M0 0h1v1h-1z\""), "{html}");
        assert!(html.contains("class=\"heat-8\" d=\"M0 1h1v1h-1z\"") && html.contains("0.000"), "{html}");
    }
}
