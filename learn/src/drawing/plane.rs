//! Points and paths in two dimensions, along the directions that came with the weights.

use std::fmt::Write;

use model::{
    EMBEDDING_PROJECTION_COMPONENTS, EMBEDDING_PROJECTION_MEAN, PROJECTION_COMPONENTS, PROJECTION_MEAN, Steps, Weights,
};

use crate::format::escaped;

/// xy = (h − mean) · components.
pub struct Projection<'a> {
    mean: &'a [f32],
    components: &'a [f32],
}

impl<'a> Projection<'a> {
    /// That of the evolution states.
    pub fn of_states(weights: &'a Weights) -> Self {
        Self { mean: weights.values(PROJECTION_MEAN), components: weights.values(PROJECTION_COMPONENTS) }
    }

    /// That of the products' embeddings.
    pub fn of_embeddings(weights: &'a Weights) -> Self {
        Self {
            mean: weights.values(EMBEDDING_PROJECTION_MEAN),
            components: weights.values(EMBEDDING_PROJECTION_COMPONENTS),
        }
    }

    /// The point of one state or embedding.
    pub fn point(&self, state: &[f32]) -> [f32; 2] {
        let along = |axis: usize| {
            let directions = self.components.iter().skip(axis).step_by(2);
            state.iter().zip(self.mean).zip(directions).map(|((h, mean), direction)| (h - mean) * direction).sum()
        };
        [along(0), along(1)]
    }

    /// The points of states after that of the zero state, in which every history begins.
    pub fn path(&self, states: &Steps<'_>) -> Vec<[f32; 2]> {
        let start = vec![0.0; self.mean.len()];
        std::iter::once(start.as_slice()).chain(states.iter()).map(|state| self.point(state)).collect()
    }
}

/// A plane with a path for each of `paths`, a class and its points; the last lies on top.
pub fn paths(label: &str, paths: &[(&str, Vec<[f32; 2]>)]) -> String {
    let frame = Frame::of(paths.iter().flat_map(|(_, points)| points));
    let mut shapes = String::new();
    for (class, points) in paths {
        let points: Vec<[f32; 2]> = points.iter().map(|point| frame.at(point)).collect();
        let line: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        let _ = write!(shapes, "<g class=\"path {class}\"><path d=\"M{}\"/>", line.join("L"));
        for (step, [x, y]) in points.iter().enumerate() {
            let (radius, class) = match step {
                0 => ("3", " class=\"start\""),
                _ if step + 1 == points.len() => ("4.5", ""),
                _ => ("2.2", ""),
            };
            let _ = write!(shapes, "<circle{class} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>");
        }
        shapes += "</g>";
    }
    svg(label, &shapes)
}

/// A plane with a dot for each of `points`, and a class for each of `marked`, drawn larger.
pub fn points(label: &str, points: &[[f32; 2]], marked: &[(&str, Vec<[f32; 2]>)]) -> String {
    let frame = Frame::of(points.iter());
    let mut d = String::new();
    for point in points {
        let [x, y] = frame.at(point);
        let _ = write!(d, "M{x:.0} {y:.0}h0");
    }
    let mut shapes = format!("<path class=\"dots\" d=\"{d}\"/>");
    for (class, points) in marked {
        for point in points {
            let [x, y] = frame.at(point);
            let _ = write!(shapes, "<circle class=\"marked {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
        }
    }
    svg(label, &shapes)
}

fn svg(label: &str, shapes: &str) -> String {
    format!(
        "<svg class=\"plane\" viewBox=\"-104 -104 208 208\" role=\"img\" aria-label=\"{}\">{shapes}</svg>",
        escaped(label)
    )
}

/// The part of the plane that is drawn: its middle, and how far it goes.
struct Frame {
    middle: [f32; 2],
    reach: f32,
}

impl Frame {
    fn of<'a>(points: impl Iterator<Item = &'a [f32; 2]> + Clone) -> Self {
        let ends = [0, 1].map(|axis| {
            let values = points.clone().map(move |point| point[axis]);
            (values.clone().fold(f32::INFINITY, f32::min), values.fold(f32::NEG_INFINITY, f32::max))
        });
        let reach = ends.iter().map(|(low, high)| (high - low) / 2.0).fold(f32::MIN_POSITIVE, f32::max);
        Self { middle: ends.map(|(low, high)| (low + high) / 2.0), reach }
    }

    fn at(&self, [x, y]: &[f32; 2]) -> [f32; 2] {
        [100.0 * (x - self.middle[0]) / self.reach, -100.0 * (y - self.middle[1]) / self.reach]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fills_the_plane() {
        let html = paths("path", &[("inspected", vec![[0.0, 0.0], [2.0, 1.0]])]);
        assert!(html.contains("d=\"M-100.0 50.0L100.0 -50.0\"") && html.contains("class=\"start\""), "{html}");
    }
}
