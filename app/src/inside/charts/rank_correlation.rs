//! How far two lists of numbers agree.

use model::sort_rows;

/// Kendall's τ-b of `x` and `y`, `[values]` each: of all pairs, those that both order alike less those that they order the
/// other way round, by the geometric mean of how many pairs either orders at all (Kendall 1945). By sorting, in O(n log n)
/// (Knight 1966). None where one of them is the same everywhere.
pub fn kendall_tau(x: &[f32], y: &[f32]) -> Option<f64> {
    let mut order: Vec<u32> = (0..x.len().min(y.len()) as u32).collect();
    let by = |values: &[f32], a: u32, b: u32| values[a as usize].total_cmp(&values[b as usize]);
    sort_rows(&mut order, &|a, b| by(x, a, b).then(by(y, a, b)));
    let pairs = |count: usize| (count * count.saturating_sub(1) / 2) as f64;
    let ties = |order: &[u32], same: &dyn Fn(u32, u32) -> bool| -> f64 {
        order.chunk_by(|a, b| same(*a, *b)).map(|tied| pairs(tied.len())).sum()
    };
    let (same_x, same_y) = (|a, b| by(x, a, b).is_eq(), |a, b| by(y, a, b).is_eq());
    let ties_of_x = ties(&order, &same_x);
    let ties_of_both = ties(&order, &|a, b| same_x(a, b) && same_y(a, b));
    let against = exchanges(&mut order, &|a, b| by(y, a, b).is_gt()) as f64;
    // They are in the order of y now.
    let ties_of_y = ties(&order, &same_y);
    let all = pairs(order.len());
    let alike = all - ties_of_x - ties_of_y + ties_of_both - against;
    let ordered = ((all - ties_of_x) * (all - ties_of_y)).sqrt();
    (ordered > 0.0).then(|| (alike - against) / ordered)
}

/// Sorts `rows` by merging runs of twice the length each time: how many exchanges of neighbours that would have taken, which is
/// how many pairs stood the wrong way round.
fn exchanges(rows: &mut Vec<u32>, is_after: &dyn Fn(u32, u32) -> bool) -> u64 {
    let (mut count, mut length) = (0, 1);
    while length < rows.len() {
        let mut merged = Vec::with_capacity(rows.len());
        for runs in rows.chunks(2 * length) {
            let (mut left, mut right) = runs.split_at(length.min(runs.len()));
            while let ([a, more_left @ ..], [b, more_right @ ..]) = (left, right) {
                if is_after(*a, *b) {
                    count += left.len() as u64;
                    merged.push(*b);
                    right = more_right;
                } else {
                    merged.push(*a);
                    left = more_left;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *rows = merged;
        length *= 2;
    }
    count
}

/// Pearson's correlation of `x` and `y`, `[values]` each; none where one of them is the same everywhere.
pub fn correlation(x: &[f32], y: &[f32]) -> Option<f64> {
    let constant = |values: &[f32]| values.windows(2).all(|pair| pair[0] == pair[1]);
    if constant(x) || constant(y) {
        return None;
    }
    let centred = |values: &[f32]| -> Vec<f64> {
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
        values.iter().map(|value| f64::from(*value) - mean).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (x, y) = (centred(x), centred(y));
    Some(dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// τ-b by its definition, pair after pair.
    fn by_pairs(x: &[f32], y: &[f32]) -> Option<f64> {
        let (mut sum, mut of_x, mut of_y) = (0.0, 0.0, 0.0);
        for a in 0..x.len() {
            for b in 0..a {
                let sign = |values: &[f32]| values[a].total_cmp(&values[b]) as i32 as f64;
                sum += sign(x) * sign(y);
                of_x += sign(x).abs();
                of_y += sign(y).abs();
            }
        }
        let ordered = f64::sqrt(of_x * of_y);
        (ordered > 0.0).then(|| sum / ordered)
    }

    #[test]
    fn tau_is_what_its_definition_gives() {
        // A generator of numbers with many ties, and of some without.
        let mut seed = 7u32;
        let mut next = |values: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 % values as f32
        };
        for (length, values) in [(0, 3), (1, 3), (2, 3), (7, 2), (64, 5), (65, 1 << 20), (300, 40)] {
            let [x, y]: [Vec<f32>; 2] = std::array::from_fn(|_| (0..length).map(|_| next(values)).collect());
            let (found, expected) = (kendall_tau(&x, &y), by_pairs(&x, &y));
            assert_eq!(found.is_some(), expected.is_some());
            assert!(found.zip(expected).is_none_or(|(found, expected)| (found - expected).abs() < 1e-12), "{length}");
        }
    }

    #[test]
    fn tau_is_one_for_the_same_order_and_minus_one_for_the_reverse() {
        let x = [0.1, 0.5, 0.2, 0.9];
        assert_eq!(kendall_tau(&x, &x.map(|x: f32| x * x)), Some(1.0));
        assert_eq!(kendall_tau(&x, &x.map(|x| -x)), Some(-1.0));
        assert_eq!(kendall_tau(&x, &[0.3; 4]), None);
    }

    #[test]
    fn correlation_is_that_of_a_line_and_of_nothing() {
        let x = [1.0, 2.0, 4.0];
        assert!((correlation(&x, &[3.0, 5.0, 9.0]).unwrap() - 1.0).abs() < 1e-12);
        assert!((correlation(&x, &[-1.0, -2.0, -4.0]).unwrap() + 1.0).abs() < 1e-12);
        assert!((correlation(&[0.0, 1.0, 2.0], &[1.0, 0.0, 1.0]).unwrap()).abs() < 1e-12);
        assert_eq!(correlation(&x, &[0.1; 3]), None);
        assert_eq!(correlation(&[], &[]), None);
    }
}
