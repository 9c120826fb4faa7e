//! One network with a history, on either backend.

use std::sync::Arc;

use model::{Inspection, Weights};
use web_time::Instant;

use crate::network::Network;
use crate::{Choice, EngineError, Host, cpu, gpu};

/// The longest history that an engine takes, in items.
pub const MAX_HISTORY: usize = 200;

/// One network, its weights, and a history, ready to rank the catalogue.
#[derive(Debug)]
pub struct Engine {
    host: Host,
    network: Arc<Network>,
    runner: Runner,
    history: Vec<u32>,
    /// How many steps of the history, from the oldest, the runner has computed and still has.
    kept: usize,
}

/// The stages on one of the backends.
#[derive(Debug)]
enum Runner {
    Gpu(Box<gpu::Runner>),
    Cpu(Box<cpu::Runner>),
}

impl Runner {
    /// The stages on `host`, or on the CPU where its GPU fails and the caller left the choice; and the host in the end.
    async fn new(host: &Host, network: &Arc<Network>) -> Result<(Host, Self), EngineError> {
        let Some(gpu) = host.gpu().cloned() else {
            return Ok((host.clone(), Self::Cpu(Box::new(cpu::Runner::new(network.clone())))));
        };
        match gpu::Runner::new(gpu, network.clone()).await {
            Ok(runner) => Ok((host.clone(), Self::Gpu(Box::new(runner)))),
            Err(error @ EngineError::DeviceLost(_)) => Err(error),
            Err(error) if host.choice() == Choice::Auto => Ok(Self::without_gpu(host, network, &error)),
            Err(error) => Err(error),
        }
    }

    /// The stages after `host`'s device was lost: on a new device, or on the CPU.
    async fn after_loss(host: &Host, network: &Arc<Network>, error: &EngineError) -> (Host, Self) {
        let successor = host.successor(error).await;
        match Self::new(&successor, network).await {
            Ok(runner) => runner,
            Err(error) => Self::without_gpu(host, network, &error),
        }
    }

    fn without_gpu(host: &Host, network: &Arc<Network>, error: &EngineError) -> (Host, Self) {
        (host.without_gpu(error), Self::Cpu(Box::new(cpu::Runner::new(network.clone()))))
    }

    async fn rank(&mut self, clicks: Clicks<'_>, inspected: &[u32]) -> Result<Ranking, EngineError> {
        match self {
            Self::Gpu(runner) => runner.rank(clicks, inspected).await,
            Self::Cpu(runner) => Ok(runner.rank(clicks, inspected).await),
        }
    }
}

/// What one call of [`Engine::rank`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Click probability of every item, `[items]`, in the catalogue's order.
    pub probabilities: Vec<f32>,
    /// The full trace of each inspected item, in the order asked for.
    pub inspections: Vec<Inspection>,
    /// How long it took.
    pub timing: Timing,
}

/// Where the time of one ranking went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// From the call to the answer, in milliseconds.
    pub total_ms: f64,
    /// Time in compute passes by timestamp queries, in milliseconds, where the device offers them.
    pub gpu_ms: Option<f64>,
}

/// The history as a backend sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clicks<'a> {
    pub items: &'a [u32],
    /// How many steps, from the oldest, are as they were at the last ranking.
    pub kept: usize,
}

/// What a backend answers.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub probabilities: Vec<f32>,
    pub inspections: Vec<Inspection>,
    pub gpu_ms: Option<f64>,
}

impl Engine {
    /// Uploads `weights` once. `item_categories`, `[items]`, is the category row of each item.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn new(host: &Host, weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let network = Arc::new(Network::new(weights, item_categories)?);
        let (host, runner) = match Runner::new(host, &network).await {
            Err(error @ EngineError::DeviceLost(_)) => Runner::after_loss(host, &network, &error).await,
            result => result?,
        };
        Ok(Self { host, network, runner, history: Vec::new(), kept: 0 })
    }

    /// What this engine runs on now; after a lost device it may differ from where it began.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The items clicked, oldest first.
    pub fn history(&self) -> &[u32] {
        &self.history
    }

    /// Appends a click. The next ranking computes only the new step.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] for an item that is not in the catalogue, [`EngineError::HistoryTooLong`] when
    /// [`MAX_HISTORY`] is reached.
    pub fn push(&mut self, item: u32) -> Result<(), EngineError> {
        self.check_items(&[item])?;
        check_length(self.history.len() + 1)?;
        self.history.push(item);
        Ok(())
    }

    /// Removes the click at `index`, counted from the oldest. The next ranking computes the steps from there on.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] where there is none.
    pub fn remove(&mut self, index: usize) -> Result<(), EngineError> {
        if index >= self.history.len() {
            let count = self.history.len();
            return Err(EngineError::OutOfRange { what: "history position", index, count });
        }
        self.history.remove(index);
        self.kept = self.kept.min(index);
        Ok(())
    }

    /// Forgets every click.
    pub fn clear(&mut self) {
        self.history.clear();
        self.kept = 0;
    }

    /// Makes the history `items`; steps before the first difference are kept.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] or [`EngineError::HistoryTooLong`], and then the history is what it was.
    pub fn set_history(&mut self, items: &[u32]) -> Result<(), EngineError> {
        self.check_items(items)?;
        check_length(items.len())?;
        let common = self.history.iter().zip(items).take_while(|(old, new)| old == new).count();
        self.kept = self.kept.min(common);
        self.history = items.to_vec();
        Ok(())
    }

    /// Ranks the whole catalogue for the present history, with the full trace of the `inspected` items.
    ///
    /// # Errors
    /// See [`EngineError`]. After a lost device the engine makes itself anew, on the CPU if need be, and answers.
    pub async fn rank(&mut self, inspected: &[u32]) -> Result<Answer, EngineError> {
        self.check_items(inspected)?;
        let start = Instant::now();
        let mut renewed = false;
        let ranking = loop {
            let clicks = Clicks { items: &self.history, kept: self.kept };
            let error = match self.runner.rank(clicks, inspected).await {
                Ok(ranking) => break ranking,
                Err(error) => error,
            };
            self.kept = 0;
            let lost = matches!(error, EngineError::DeviceLost(_));
            (self.host, self.runner) = if lost && !renewed {
                renewed = true;
                Runner::after_loss(&self.host, &self.network, &error).await
            } else if lost || self.host.choice() == Choice::Auto {
                Runner::without_gpu(&self.host, &self.network, &error)
            } else {
                return Err(error);
            };
        };
        let Ranking { probabilities, inspections, gpu_ms } = ranking;
        self.kept = self.history.len();
        let timing = Timing { total_ms: start.elapsed().as_secs_f64() * 1000.0, gpu_ms };
        Ok(Answer { probabilities, inspections, timing })
    }

    fn check_items(&self, items: &[u32]) -> Result<(), EngineError> {
        let count = self.network.items();
        match items.iter().find(|&&item| item as usize >= count) {
            Some(&item) => Err(EngineError::OutOfRange { what: "item", index: item as usize, count }),
            None => Ok(()),
        }
    }
}

fn check_length(length: usize) -> Result<(), EngineError> {
    if length > MAX_HISTORY { Err(EngineError::HistoryTooLong { length }) } else { Ok(()) }
}
