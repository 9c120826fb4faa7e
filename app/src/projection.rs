//! States in two dimensions, by the projection that was fitted at training time and travels with the weights.

use model::{PROJECTION_COMPONENTS, PROJECTION_MEAN, Steps, Trace, Weights};
use shaders::{Engine, EngineError};

/// xy = (h − mean) · components.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// [hidden].
    mean: Vec<f32>,
    /// [hidden, 2].
    components: Vec<f32>,
    /// Whether this page fitted it, because none came with the weights.
    pub fitted_here: bool,
}

/// Clicks of a made-up history to which a projection is fitted.
const CLICKS: u32 = 20;
/// Each history goes round the catalogue in other steps. They have no divisor in common with the number of clicks, so no
/// product comes twice.
const STRIDES: [u32; 4] = [1, 3, 7, 9];

impl Projection {
    /// The projection in `weights`, if they have one.
    pub fn of(weights: &Weights) -> Option<Self> {
        let (mean, components) = (weights.values(PROJECTION_MEAN), weights.values(PROJECTION_COMPONENTS));
        (!mean.is_empty()).then(|| Self { mean: mean.to_vec(), components: components.to_vec(), fitted_here: false })
    }

    /// Fits one to the evolution states of a network on `engine`, towards eight products after made-up histories, all
    /// spread evenly over the catalogue of `items` products. Leaves the engine without a history.
    ///
    /// # Errors
    /// The engine's.
    pub async fn fit(engine: &mut Engine, items: u32) -> Result<Option<Self>, EngineError> {
        let spread = |place: u32, of: u32| (u64::from(place) * u64::from(items) / u64::from(of)) as u32;
        let candidates: Vec<u32> = (0..8).map(|place| spread(place, 8)).collect();
        let mut states = Vec::new();
        for stride in STRIDES {
            let click = |place: u32| spread(place * stride % CLICKS, CLICKS);
            engine.set_history(&(0..CLICKS).map(click).collect::<Vec<_>>())?;
            for inspection in engine.rank(&candidates).await?.inspections {
                if let Trace::Dien(trace) = inspection.trace {
                    states.extend(trace.evolution_states.iter().map(<[f32]>::to_vec));
                }
            }
        }
        engine.clear();
        Ok((!states.is_empty()).then(|| principal_components(&states)))
    }

    /// Fits one to the products' `embeddings` [item, H].
    pub fn of_embeddings(embeddings: &[Vec<f32>]) -> Self {
        // So many tell the directions of any number.
        const ENOUGH: usize = 4096;
        let apart = embeddings.len().div_ceil(ENOUGH).max(1);
        principal_components(&embeddings.iter().step_by(apart).cloned().collect::<Vec<_>>())
    }

    /// The point of one state [hidden].
    pub fn point(&self, state: &[f32]) -> [f32; 2] {
        let mut point = [0.0; 2];
        for ((h, mean), directions) in state.iter().zip(&self.mean).zip(self.components.chunks_exact(2)) {
            point[0] += (h - mean) * directions[0];
            point[1] += (h - mean) * directions[1];
        }
        point
    }

    /// The points of the states [step, hidden] after the point of the zero state, in which every history begins.
    pub fn path(&self, states: &Steps) -> Vec<[f32; 2]> {
        let start = vec![0.0; self.mean.len()];
        std::iter::once(start.as_slice()).chain(states.iter()).map(|state| self.point(state)).collect()
    }
}

/// The projection along the two directions of greatest variance of `rows` [row, width], by power iteration (Hotelling 1933).
fn principal_components(rows: &[Vec<f32>]) -> Projection {
    let width = rows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; width];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / rows.len() as f32);
    }
    // A row after the other, [width, width].
    let mut covariance = vec![0.0; width * width];
    for row in rows {
        let centred: Vec<f32> = row.iter().zip(&mean).map(|(x, mean)| x - mean).collect();
        for (line, x) in covariance.chunks_exact_mut(width.max(1)).zip(&centred) {
            line.iter_mut().zip(&centred).for_each(|(cell, y)| *cell += x * y / rows.len() as f32);
        }
    }
    let mut components = vec![0.0; 2 * width];
    for axis in 0..2 {
        let mut direction: Vec<f32> = (0..width).map(|unit| 1.0 + unit as f32 / width as f32).collect();
        let mut variance = 0.0;
        for _ in 0..200 {
            let next: Vec<f32> = covariance
                .chunks_exact(width.max(1))
                .map(|line| line.iter().zip(&direction).map(|(x, y)| x * y).sum())
                .collect();
            variance = next.iter().map(|x| x * x).sum::<f32>().sqrt();
            // Rows that do not vary this way have no such direction.
            if variance < f32::MIN_POSITIVE {
                direction = vec![0.0; width];
                break;
            }
            direction = next.iter().map(|x| x / variance).collect();
        }
        // The second direction is the first one of what is left.
        for (line, x) in covariance.chunks_exact_mut(width.max(1)).zip(&direction) {
            line.iter_mut().zip(&direction).for_each(|(cell, y)| *cell -= variance * x * y);
        }
        components.chunks_exact_mut(2).zip(direction).for_each(|(unit, direction)| unit[axis] = direction);
    }
    Projection { mean, components, fitted_here: true }
}

/// Mean of each step's values, [step].
pub fn step_means(steps: &Steps) -> Vec<f32> {
    steps.iter().map(|step| step.iter().sum::<f32>() / step.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fitted_axes_are_those_of_an_ellipse() {
        // Points on an ellipse around (1, 2, 3) with half axes 5 along x, 2 along z, and none along y.
        let points: Vec<Vec<f32>> = (0..360u16)
            .map(|degree| f32::from(degree).to_radians())
            .map(|angle| vec![1.0 + 5.0 * angle.cos(), 2.0, 3.0 + 2.0 * angle.sin()])
            .collect();
        let projection = principal_components(&points);
        // 1e-4: sums of 360 numbers in 32 bits.
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(close(&projection.mean, &[1.0, 2.0, 3.0]), "{projection:?}");
        assert!(close(&projection.components, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]), "{projection:?}");
    }

    #[test]
    fn states_that_do_not_vary_are_one_point() {
        let projection = principal_components(&[vec![0.5, 1.0], vec![0.5, 1.0]]);
        assert_eq!(projection.point(&[0.5, 1.0]), [0.0, 0.0]);
        assert!(projection.components.iter().all(|component| component.is_finite()));
    }

    #[test]
    fn a_path_starts_at_the_zero_state() {
        let (mean, components) = (vec![1.0, 2.0, 0.0], vec![1.0, 0.0, 0.0, 1.0, 0.5, 0.5]);
        let projection = Projection { mean, components, fitted_here: false };
        let path = projection.path(&Steps::new(3, vec![1.0, 2.0, 0.0, 2.0, 2.0, 4.0]));
        assert_eq!(path, [[-1.0, -2.0], [0.0, 0.0], [3.0, 2.0]]);
    }

    #[test]
    fn means_are_per_step() {
        assert_eq!(step_means(&Steps::new(2, vec![0.0, 1.0, 0.25, 0.25])), [0.5, 0.25]);
        assert!(step_means(&Steps::default()).is_empty());
    }
}
