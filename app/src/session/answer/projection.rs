//! States and embeddings in two dimensions, by the projections that were fitted at training time and travel with the weights.

use model::{
    DienTrace, EMBEDDING_PROJECTION_COMPONENTS, EMBEDDING_PROJECTION_MEAN, PROJECTION_COMPONENTS, PROJECTION_MEAN,
    Steps, Weights, principal_components,
};
use shaders::{Engine, EngineError};

/// xy = (h − mean) · components, where h is a state or an embedding of so many numbers as it is wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// The mean of what the projection was fitted to, `[width]`.
    mean: Vec<f32>,
    /// The two directions, `[width, 2]`.
    components: Vec<f32>,
    /// Whether this page fitted the projection, because none came with the weights.
    pub fitted_here: bool,
}

/// Clicks of a made-up history to which a projection is fitted.
const CLICKS: u32 = 20;
/// Each history goes round the catalogue in other steps. They have no divisor in common with the number of clicks, so no
/// product comes twice.
const STRIDES: [u32; 4] = [1, 3, 7, 9];

impl Projection {
    /// The projection of states in `weights`, if they have one.
    pub fn of(weights: &Weights) -> Option<Self> {
        Self::named(weights, PROJECTION_MEAN, PROJECTION_COMPONENTS)
    }

    fn named(weights: &Weights, mean: &str, components: &str) -> Option<Self> {
        let (mean, components) = (weights.values(mean).to_vec(), weights.values(components).to_vec());
        (!mean.is_empty() && !components.is_empty()).then_some(Self { mean, components, fitted_here: false })
    }

    fn fitted_here(rows: &[Vec<f32>]) -> Self {
        let (mean, components) = principal_components(rows);
        Self { mean, components, fitted_here: true }
    }

    /// Fits a projection to the evolution states of a network on `engine`, towards eight products after made-up histories,
    /// all spread evenly over the catalogue of `items` products. Leaves the engine without a history.
    ///
    /// # Errors
    /// The errors of the engine.
    pub async fn fit(engine: &mut Engine, items: u32) -> Result<Option<Self>, EngineError> {
        let spread = |place: u32, of: u32| (u64::from(place) * u64::from(items) / u64::from(of)) as u32;
        let candidates: Vec<u32> = (0..8).map(|place| spread(place, 8)).collect();
        let mut states = Vec::new();
        for stride in STRIDES {
            let click = |place: u32| spread(place * stride % CLICKS, CLICKS);
            engine.set_history(&(0..CLICKS).map(click).collect::<Vec<_>>())?;
            for inspection in engine.rank(&candidates).await?.inspections {
                if let Some(trace) = DienTrace::of(&inspection.trace) {
                    states.extend(trace.evolution_states.iter().map(<[f32]>::to_vec));
                }
            }
        }
        engine.clear();
        Ok((!states.is_empty()).then(|| Self::fitted_here(&states)))
    }

    /// The projection of the products' `embeddings` `[item, H]` in `weights`, else one that is fitted here.
    pub fn of_embeddings(weights: &Weights, embeddings: &[Vec<f32>]) -> Self {
        // So many tell the directions of any number.
        const ENOUGH: usize = 4096;
        Self::named(weights, EMBEDDING_PROJECTION_MEAN, EMBEDDING_PROJECTION_COMPONENTS).unwrap_or_else(|| {
            let apart = embeddings.len().div_ceil(ENOUGH).max(1);
            Self::fitted_here(&embeddings.iter().step_by(apart).cloned().collect::<Vec<_>>())
        })
    }

    /// The point of one state or embedding `[width]`.
    pub fn point(&self, state: &[f32]) -> [f32; 2] {
        let mut point = [0.0; 2];
        for ((h, mean), directions) in state.iter().zip(&self.mean).zip(self.components.chunks_exact(2)) {
            point[0] += (h - mean) * directions[0];
            point[1] += (h - mean) * directions[1];
        }
        point
    }

    /// The points of the states `[step, hidden]` after the point of the zero state, in which every history begins.
    pub fn path(&self, states: &Steps<'_>) -> Vec<[f32; 2]> {
        let start = vec![0.0; self.mean.len()];
        std::iter::once(start.as_slice()).chain(states.iter()).map(|state| self.point(state)).collect()
    }
}

/// Mean of each step's values, `[step]`.
pub fn step_means(steps: &Steps<'_>) -> Vec<f32> {
    steps.iter().map(|step| step.iter().sum::<f32>() / step.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
