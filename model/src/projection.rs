//! Two dimensions in which the path of DIEN's evolution state is drawn: fitted once, after training, so that the same
//! state is always at the same place.

use burn::prelude::*;

use crate::networks::{BodyOutput, Histories, Network, item_rows, values};
use crate::samples::Question;
use crate::{PROJECTION_COMPONENTS, PROJECTION_MEAN, Tensor as Values, Weights, WeightsError};

/// Fits the projection to the evolution states h'_t of `questions` at every step, for the item really bought and a
/// sampled one, and adds it to `weights`. Other networks than DIEN have no such states and are left as they are.
///
/// # Errors
/// As [`Network::new`].
pub fn fit(weights: &Weights, item_categories: &[u32], questions: &[Question]) -> Result<Weights, WeightsError> {
    let device = Device::flex();
    let network = Network::new(weights, item_categories, &device)?;
    let mut states: Vec<Vec<f32>> = Vec::new();
    for question in questions {
        let histories = Histories::new(&[&question.history], &device);
        let pair = &question.candidates[..question.candidates.len().min(2)];
        let candidates = item_rows(pair, [1, pair.len()], &device);
        if let BodyOutput::Dien(dien) = network.step_by_step(&histories, candidates).body {
            for step in dien.steps {
                states.extend(values(step.state).chunks_exact(weights.config().interest_width()).map(<[f32]>::to_vec));
            }
        }
    }
    if states.is_empty() {
        return Ok(weights.clone());
    }
    let (mean, components) = principal_components(&states);
    let width = mean.len();
    weights.with([
        (PROJECTION_MEAN.to_owned(), Values { shape: vec![width], values: mean }),
        (PROJECTION_COMPONENTS.to_owned(), Values { shape: vec![width, 2], values: components }),
    ])
}

/// Mean [width] and the two directions of greatest variance [width, 2], by power iteration (Hotelling 1933).
fn principal_components(rows: &[Vec<f32>]) -> (Vec<f32>, Vec<f32>) {
    let width = rows[0].len();
    let n = rows.len() as f64;
    let mean: Vec<f64> = (0..width).map(|i| rows.iter().map(|row| f64::from(row[i])).sum::<f64>() / n).collect();
    let mut covariance = vec![vec![0.0; width]; width];
    for row in rows {
        let centred: Vec<f64> = row.iter().zip(&mean).map(|(x, m)| f64::from(*x) - m).collect();
        for (line, x) in covariance.iter_mut().zip(&centred) {
            for (cell, y) in line.iter_mut().zip(&centred) {
                *cell += x * y / n;
            }
        }
    }
    let mut components = vec![0.0; 2 * width];
    for c in 0..2 {
        let mut direction: Vec<f64> = (0..width).map(|i| 1.0 + i as f64 / width as f64).collect();
        let mut variance = 0.0;
        for _ in 0..1000 {
            let next: Vec<f64> =
                covariance.iter().map(|line| line.iter().zip(&direction).map(|(x, y)| x * y).sum()).collect();
            variance = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            if variance == 0.0 {
                break;
            }
            direction = next.iter().map(|x| x / variance).collect();
        }
        for i in 0..width {
            components[2 * i + c] = direction[i] as f32;
            for j in 0..width {
                covariance[i][j] -= variance * direction[i] * direction[j];
            }
        }
    }
    (mean.into_iter().map(|x| x as f32).collect(), components)
}

#[cfg(test)]
mod tests {
    use super::principal_components;

    #[test]
    fn the_components_are_the_axes_of_an_ellipse() {
        // Points on an ellipse around (1, 2, 3) with half axes 5 along x, 2 along z, and none along y.
        let rows: Vec<Vec<f32>> = (0..360)
            .map(|degree| f64::from(degree).to_radians())
            .map(|angle| vec![(1.0 + 5.0 * angle.cos()) as f32, 2.0, (3.0 + 2.0 * angle.sin()) as f32])
            .collect();
        let (mean, components) = principal_components(&rows);
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&mean, &[1.0, 2.0, 3.0]), "{mean:?}");
        assert!(close(&components, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]), "{components:?}");
    }
}
