//! The products that are nearest to something, by any measure.

use crate::explain::layers::embed;
use crate::session::answer::scene::Scene;

/// Products that are named as near.
const NEAREST: usize = 5;

/// The products `other_than` one that have the highest values of `measure`, which is given their embeddings `[H]`, the highest
/// first.
pub fn nearest(scene: &Scene, other_than: Option<u32>, measure: impl Fn(&[f32]) -> f32) -> Vec<(u32, f32)> {
    let mut best: Vec<(u32, f32)> = Vec::new();
    for item in (0..scene.products.items().len() as u32).filter(|item| Some(*item) != other_than) {
        let value = measure(&embed(scene.model.weights(), scene.rows(item)));
        let place = best.partition_point(|(_, better)| *better >= value);
        if place < NEAREST {
            best.insert(place, (item, value));
            best.truncate(NEAREST);
        }
    }
    best
}

/// a·b.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    wide_dot(a, b) as f32
}

/// The cosine of the angle between `a` and `b`.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let length = |vector: &[f32]| wide_dot(vector, vector).sqrt().max(f64::MIN_POSITIVE);
    (wide_dot(a, b) / length(a) / length(b)) as f32
}

/// a·b in 64 bits, in which no product of two 32-bit numbers overflows or vanishes.
fn wide_dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn the_cosine_is_that_of_the_angle() {
        assert_eq!(cosine(&[2.0, 0.0], &[3.0, 0.0]), 1.0);
        assert_eq!(cosine(&[2.0, 0.0], &[0.0, 3.0]), 0.0);
        assert_eq!(cosine(&[0.0, 0.0], &[0.0, 3.0]), 0.0);
        assert_eq!(cosine(&[3e38, 0.0], &[2e-30, 0.0]), 1.0);
        // cos 60°; 1e-6: 32-bit roundings.
        assert!((cosine(&[1.0, 0.0], &[0.5, 0.75f32.sqrt()]) - 0.5).abs() < 1e-6);
    }
}
