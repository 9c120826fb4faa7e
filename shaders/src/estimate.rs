//! Which backend is likely to answer first.

use crate::host::Backend;

/// The times seen so far, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Estimates {
    /// Of the CPU, by load: its time grows with the work.
    cpu_ms_per_load: Option<f64>,
    /// Of the GPU, whatever the load: most of a real one's time is the way there and back. Where it is not, the next
    /// ranking corrects it.
    gpu_ms: Option<f64>,
}

/// What is left of an estimate after a ranking on the other backend, so that each is tried again from time to time.
const FADING: f64 = 0.99;

impl Estimates {
    /// Takes in that a ranking of this load took `ms` on `backend`.
    pub fn learn(&mut self, backend: Backend, load: f64, ms: f64) {
        let load = load.max(1.0);
        let (used, unused, seen) = match backend {
            Backend::Cpu => (&mut self.cpu_ms_per_load, &mut self.gpu_ms, ms / load),
            Backend::Gpu => (&mut self.gpu_ms, &mut self.cpu_ms_per_load, ms),
        };
        // A ranking may be held up by something else, but it is never too fast: down at once, up by half.
        *used = Some(used.map_or(seen, |estimate| seen.min((estimate + seen) / 2.0)));
        if let Some(unused) = unused {
            *unused *= FADING;
        }
    }

    /// Whether the time of both is known.
    pub fn are_compared(&self) -> bool {
        self.cpu_ms_per_load.is_some() && self.gpu_ms.is_some()
    }

    /// The faster backend for a ranking of this load; one that was never tried, before all.
    pub fn faster(&self, load: f64) -> Backend {
        match (self.cpu_ms_per_load, self.gpu_ms) {
            (None, _) => Backend::Cpu,
            (_, None) => Backend::Gpu,
            (Some(cpu), Some(gpu)) if cpu * load.max(1.0) <= gpu => Backend::Cpu,
            _ => Backend::Gpu,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_backend_is_tried_before_they_are_compared() {
        let mut estimates = Estimates::default();
        assert_eq!(estimates.faster(100.0), Backend::Cpu);
        estimates.learn(Backend::Cpu, 100.0, 5.0);
        assert_eq!((estimates.faster(100.0), estimates.are_compared()), (Backend::Gpu, false));
        estimates.learn(Backend::Gpu, 100.0, 4.0);
        assert_eq!((estimates.faster(100.0), estimates.are_compared()), (Backend::Gpu, true));
    }

    #[test]
    fn the_cpu_takes_the_small_rankings() {
        let mut estimates = Estimates::default();
        estimates.learn(Backend::Cpu, 1000.0, 10.0);
        estimates.learn(Backend::Gpu, 1000.0, 4.0);
        // 0.01 ms for each unit of load, or about that: 3.9 ms and 4.1 ms.
        assert_eq!(estimates.faster(390.0), Backend::Cpu);
        assert_eq!(estimates.faster(420.0), Backend::Gpu);
    }

    #[test]
    fn one_slow_ranking_does_not_decide_for_ever() {
        let mut estimates = Estimates::default();
        estimates.learn(Backend::Cpu, 100.0, 2.0);
        estimates.learn(Backend::Gpu, 100.0, 4.0);
        assert_eq!(estimates.faster(100.0), Backend::Cpu);
        // Held up by something else.
        estimates.learn(Backend::Cpu, 100.0, 20.0);
        assert_eq!(estimates.faster(100.0), Backend::Gpu);
        let rankings = (0..).find(|_| {
            estimates.learn(Backend::Gpu, 100.0, 4.0);
            estimates.faster(100.0) == Backend::Cpu
        });
        // (2 + 20)/2 = 11 fades to 4 in ln(11/4)/−ln 0.99 = 101 rankings, less the one for the fading of the first.
        assert!(rankings.is_some_and(|rankings| (95..105).contains(&rankings)), "{rankings:?}");
        estimates.learn(Backend::Cpu, 100.0, 2.0);
        assert_eq!(estimates.faster(100.0), Backend::Cpu);
    }
}
