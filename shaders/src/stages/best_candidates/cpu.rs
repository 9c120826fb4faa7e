//! The best candidates, `best_candidates.wgsl` in Rust.

use model::sort_rows;

use crate::question::Candidate;

/// The `count` best of the `candidates` `[candidates]`, best first; of two with the same probability the one that comes
/// first. A selection takes the place of the digits of the shader: here nothing has to be done side by side.
pub(crate) fn best_candidates(candidates: &[u32], probabilities: &[f32], count: usize) -> Vec<Candidate> {
    let mut order: Vec<u32> = (0..candidates.len() as u32).collect();
    let better = |a: u32, b: u32| probabilities[b as usize].total_cmp(&probabilities[a as usize]);
    if count < order.len() {
        order.select_nth_unstable_by(count, |&a, &b| better(a, b).then(a.cmp(&b)));
        order.truncate(count);
    }
    sort_rows(&mut order, &better);
    let best = order.into_iter().map(|at| at as usize);
    best.map(|at| Candidate { item: candidates[at], probability: probabilities[at] }).collect()
}
