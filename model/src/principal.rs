//! The two directions in which vectors differ most, for drawings of them in two dimensions.

/// Mean `[width]` of `rows` `[row, width]` and the two directions of their greatest variance `[width, 2]`, by power iteration
/// (Hotelling 1933). Where they do not vary in a second direction, or in any, it is 0.
pub fn principal_components(rows: &[Vec<f32>]) -> (Vec<f32>, Vec<f32>) {
    let width = rows.first().map_or(0, Vec::len);
    let share = 1.0 / rows.len() as f64;
    let mut mean = vec![0.0; width];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += share * f64::from(x));
    }
    let mut covariance = vec![vec![0.0; width]; width];
    for row in rows {
        let centred: Vec<f64> = row.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean).collect();
        for (line, x) in covariance.iter_mut().zip(&centred) {
            line.iter_mut().zip(&centred).for_each(|(cell, y)| *cell += share * x * y);
        }
    }
    let total: f64 = covariance.iter().enumerate().map(|(unit, line)| line[unit]).sum();
    let mut components = vec![0.0; 2 * width];
    for axis in 0..2 {
        let mut direction: Vec<f64> = (0..width).map(|unit| 1.0 + unit as f64 / width as f64).collect();
        let mut variance = 0.0;
        for _ in 0..1000 {
            let next: Vec<f64> =
                covariance.iter().map(|line| line.iter().zip(&direction).map(|(x, y)| x * y).sum()).collect();
            variance = next.iter().map(|x| x * x).sum::<f64>().sqrt();
            // What rounding leaves of a direction that was taken away is none.
            if variance <= 1e-12 * total {
                direction = vec![0.0; width];
                break;
            }
            let before = std::mem::replace(&mut direction, next.iter().map(|x| x / variance).collect());
            if before.iter().zip(&direction).all(|(before, now)| (before - now).abs() < 1e-12) {
                break;
            }
        }
        // The second direction is the first one of what is left.
        for (line, x) in covariance.iter_mut().zip(&direction) {
            line.iter_mut().zip(&direction).for_each(|(cell, y)| *cell -= variance * x * y);
        }
        components.chunks_exact_mut(2).zip(direction).for_each(|(unit, direction)| unit[axis] = direction as f32);
    }
    (mean.into_iter().map(|mean| mean as f32).collect(), components)
}

#[cfg(test)]
mod tests {
    use super::principal_components;

    /// Whether all numbers are the same but for the rounding to 32 bits, and of the points on the ellipse.
    fn close(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn the_components_are_the_axes_of_an_ellipse() {
        // Points on an ellipse around (1, 2, 3) with half axes 5 along x, 2 along z, and none along y.
        let rows: Vec<Vec<f32>> = (0..360)
            .map(|degree| f64::from(degree).to_radians())
            .map(|angle| vec![(1.0 + 5.0 * angle.cos()) as f32, 2.0, (3.0 + 2.0 * angle.sin()) as f32])
            .collect();
        let (mean, components) = principal_components(&rows);
        assert!(close(&mean, &[1.0, 2.0, 3.0]), "{mean:?}");
        assert!(close(&components, &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]), "{components:?}");
    }

    #[test]
    fn rows_that_do_not_vary_have_no_directions() {
        assert_eq!(principal_components(&[vec![0.5, 1.0], vec![0.5, 1.0]]), (vec![0.5, 1.0], vec![0.0; 4]));
        // Nor have those of one number a second one.
        let (mean, components) = principal_components(&[vec![0.1], vec![0.3], vec![0.7]]);
        assert!(close(&mean, &[1.1 / 3.0]) && components == [1.0, 0.0], "{mean:?} {components:?}");
        assert_eq!(principal_components(&[]), (vec![], vec![]));
    }
}
