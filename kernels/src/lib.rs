//! What training computes on plain slices, side by side in vector instructions: layers with their derivatives, for which a tensor
//! library would need dozens of passes.
//!
//! A crate of its own, so that it is compiled for speed also where all else is compiled for size.

pub mod dice;
pub mod functions;
pub mod scan;

/// What `run` gives for each task and its place, in their order. The tasks run side by side where there are threads; a browser's page
/// has one.
fn each<T: Send, R: Send>(tasks: impl Iterator<Item = T>, run: impl Fn(usize, T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(not(target_arch = "wasm32"))]
    {
        use rayon::prelude::*;

        let tasks: Vec<T> = tasks.collect();
        tasks.into_par_iter().enumerate().map(|(place, task)| run(place, task)).collect()
    }
    #[cfg(target_arch = "wasm32")]
    tasks.enumerate().map(|(place, task)| run(place, task)).collect()
}
