//! States in two dimensions, by the projection that was fitted at training time and travels with the weights.

use model::{PROJECTION_COMPONENTS, PROJECTION_MEAN, Steps, Weights};

/// xy = (h − mean) · components.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// [hidden].
    mean: Vec<f32>,
    /// [hidden, 2].
    components: Vec<f32>,
}

impl Projection {
    /// The projection in `weights`, if they have one.
    pub fn of(weights: &Weights) -> Option<Self> {
        let (mean, components) = (weights.values(PROJECTION_MEAN), weights.values(PROJECTION_COMPONENTS));
        (!mean.is_empty()).then(|| Self { mean: mean.to_vec(), components: components.to_vec() })
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

/// Mean of each step's values, [step].
pub fn step_means(steps: &Steps) -> Vec<f32> {
    steps.iter().map(|step| step.iter().sum::<f32>() / step.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_starts_at_the_zero_state() {
        let projection = Projection { mean: vec![1.0, 2.0, 0.0], components: vec![1.0, 0.0, 0.0, 1.0, 0.5, 0.5] };
        let path = projection.path(&Steps::new(3, vec![1.0, 2.0, 0.0, 2.0, 2.0, 4.0]));
        assert_eq!(path, [[-1.0, -2.0], [0.0, 0.0], [3.0, 2.0]]);
    }

    #[test]
    fn means_are_per_step() {
        assert_eq!(step_means(&Steps::new(2, vec![0.0, 1.0, 0.25, 0.25])), [0.5, 0.25]);
        assert!(step_means(&Steps::default()).is_empty());
    }
}
