//! One network with a history, on either backend.

use std::sync::Arc;

use model::{Inspection, Weights};
use web_time::Instant;

use crate::description::ShaderStage;
use crate::error::{EngineError, Wait};
use crate::estimate::Estimates;
use crate::gpu::api::GpuRunner;
use crate::host::{Backend, Choice, Host};
use crate::network::Network;
use crate::question::{Candidate, MAX_BEST, MAX_HISTORY, Question, Ranking, Scope, StageTime};
use crate::{cpu, gpu_loader};

/// One network, its weights, and a history, ready to rank candidates: at first the whole catalogue.
#[derive(Debug)]
pub struct Engine {
    /// What answers now.
    host: Host,
    network: Arc<Network>,
    candidates: Arc<[u32]>,
    history: Vec<u32>,
    cpu: Option<Running<cpu::Runner>>,
    gpu: Option<Running<Box<dyn GpuRunner>>>,
    /// The GPU's host, where there is one.
    gpu_host: Host,
    /// Whether a GPU is to be made ready: see [`Engine::warm_up`].
    wants_gpu: bool,
    estimates: Estimates,
}

/// The stages on one of the backends.
#[derive(Debug)]
struct Running<R> {
    runner: R,
    /// How many steps of the history, from the oldest, the runner has computed and still has.
    kept: usize,
}

impl<R> Running<R> {
    fn new(runner: R) -> Self {
        Self { runner, kept: 0 }
    }
}

/// An engine's stages to be made ready elsewhere than where it answers meanwhile: what [`Engine::warm_up`] gives.
#[derive(Debug)]
pub struct WarmUp {
    network: Arc<Network>,
    candidates: Arc<[u32]>,
    history: Vec<u32>,
}

/// What an engine is to answer on from now on: [`WarmUp::on`] makes it, [`Engine::adopt`] takes it.
#[derive(Debug)]
pub struct Warm {
    host: Host,
    /// The stages on the host's GPU, and how many milliseconds a ranking took.
    gpu: Option<(Box<dyn GpuRunner>, f64)>,
}

impl WarmUp {
    /// Compiles the stages on `host`'s GPU and tries them. Where there is none, or it fails, the CPU is what goes on.
    pub async fn on(self, host: &Host) -> Warm {
        let error = match self.try_on(host).await {
            Ok(gpu) => return Warm { host: host.clone(), gpu },
            Err(error) => error,
        };
        let successor = match error {
            EngineError::DeviceLost(_) => host.successor(&error).await,
            _ => return Warm { host: host.without_gpu(&error), gpu: None },
        };
        match self.try_on(&successor).await {
            Ok(gpu) => Warm { host: successor, gpu },
            Err(error) => Warm { host: host.without_gpu(&error), gpu: None },
        }
    }

    async fn try_on(&self, host: &Host) -> Result<Option<(Box<dyn GpuRunner>, f64)>, EngineError> {
        let Some(gpu) = host.gpu().cloned() else { return Ok(None) };
        let mut runner = gpu.runner(self.network.clone()).await?;
        let (history, candidates) = (self.history.as_slice(), &self.candidates);
        let question = Question { history, kept: 0, candidates, inspected: &[], scope: Scope::All };
        // The first ranking pays for what drivers put off, the second one tells the time.
        runner.rank(question, Wait::First).await?;
        let start = Instant::now();
        runner.rank(question, Wait::First).await?;
        Ok(Some((runner, start.elapsed().as_secs_f64() * 1000.0)))
    }
}

/// What one call of [`Engine::rank`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Click probability of every candidate, `[candidates]`, in their order.
    pub probabilities: Vec<f32>,
    /// The full trace of each inspected item, in the order asked for.
    pub inspections: Vec<Inspection>,
    /// How long it took.
    pub timing: Timing,
}

/// What one call of [`Engine::best`] gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// The best candidates, best first; of two with the same probability the one that comes first.
    pub candidates: Vec<Candidate>,
    /// The full trace of each inspected item, in the order asked for.
    pub inspections: Vec<Inspection>,
    /// How long it took.
    pub timing: Timing,
}

/// Where the time of one call went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    /// From the call to the answer, in milliseconds.
    pub total_ms: f64,
    /// From the first stage's beginning to the last one's end by timestamp queries, in milliseconds, where the device
    /// offers them.
    pub gpu_ms: Option<f64>,
    /// The time of each stage by timestamp queries, in the order of the computation; none where there are no such queries.
    pub stages: Vec<StageTime>,
}

impl Engine {
    /// Uploads `weights` once. `item_categories`, `[items]`, is the category row of each item.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn new(host: &Host, weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let network = Arc::new(Network::new(weights, item_categories)?);
        let candidates = (0..network.catalogue.items() as u32).collect();
        let cpu = if network.may_overflow { Some(Running::new(cpu::checked(network.clone()).await?)) } else { None };
        let mut engine = Self {
            host: host.clone(),
            network,
            candidates,
            history: Vec::new(),
            cpu,
            gpu: None,
            gpu_host: host.clone(),
            wants_gpu: host.is_choice(),
            estimates: Estimates::default(),
        };
        if host.backend() == Backend::Gpu
            && let Err(error) = engine.open_gpu(host.clone()).await
        {
            engine.recover(error, false).await?;
        }
        Ok(engine)
    }

    /// What answers now: it changes where a GPU is adopted or lost, and, where the choice is free, with which is faster.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The items clicked, oldest first.
    pub fn history(&self) -> &[u32] {
        &self.history
    }

    /// The rows of the catalogue that are ranked.
    pub fn candidates(&self) -> &[u32] {
        &self.candidates
    }

    /// Ranks these rows of the catalogue from now on, in this order.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`], and then the candidates are what they were.
    pub fn set_candidates(&mut self, items: &[u32]) -> Result<(), EngineError> {
        self.network.catalogue.check(items)?;
        if *self.candidates != *items {
            self.candidates = items.into();
        }
        Ok(())
    }

    /// Appends a click. The next ranking computes only the new step.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] for an item that is not in the catalogue, [`EngineError::HistoryTooLong`] when
    /// [`MAX_HISTORY`] is reached.
    pub fn push(&mut self, item: u32) -> Result<(), EngineError> {
        self.network.catalogue.check(&[item])?;
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
        self.keep(index);
        Ok(())
    }

    /// Forgets every click.
    pub fn clear(&mut self) {
        self.history.clear();
        self.keep(0);
    }

    /// Makes the history `items`; steps before the first difference are kept.
    ///
    /// # Errors
    /// [`EngineError::OutOfRange`] or [`EngineError::HistoryTooLong`], and then the history is what it was.
    pub fn set_history(&mut self, items: &[u32]) -> Result<(), EngineError> {
        self.network.catalogue.check(items)?;
        check_length(items.len())?;
        let common = self.history.iter().zip(items).take_while(|(old, new)| old == new).count();
        self.keep(common);
        self.history = items.to_vec();
        Ok(())
    }

    /// The history is as it was up to this step alone.
    fn keep(&mut self, steps: usize) {
        let kept = [self.cpu.as_mut().map(|cpu| &mut cpu.kept), self.gpu.as_mut().map(|gpu| &mut gpu.kept)];
        for kept in kept.into_iter().flatten() {
            *kept = steps.min(*kept);
        }
    }

    /// Ranks all candidates for the present history, with the full trace of the `inspected` items.
    ///
    /// # Errors
    /// See [`EngineError`]. After a lost device the engine makes itself anew, on the CPU if need be, and answers.
    pub async fn rank(&mut self, inspected: &[u32]) -> Result<Answer, EngineError> {
        let (ranking, timing) = self.run(inspected, Scope::All).await?;
        Ok(Answer { probabilities: ranking.probabilities, inspections: ranking.inspections, timing })
    }

    /// Ranks all candidates as [`Engine::rank`] does, but answers with the `count` best of them, or with all where there are no
    /// more.
    ///
    /// # Errors
    /// Those of [`Engine::rank`], and [`EngineError::TooMany`] for more than [`MAX_BEST`].
    pub async fn best(&mut self, count: usize, inspected: &[u32]) -> Result<Best, EngineError> {
        if count > MAX_BEST {
            return Err(EngineError::TooMany { count });
        }
        let (ranking, timing) = self.run(inspected, Scope::Best(count.min(self.candidates.len()))).await?;
        Ok(Best { candidates: ranking.best, inspections: ranking.inspections, timing })
    }

    /// The full trace of these items alone, in the order asked for; it costs little once the history is ranked.
    ///
    /// # Errors
    /// Those of [`Engine::rank`].
    pub async fn inspect(&mut self, items: &[u32]) -> Result<(Vec<Inspection>, Timing), EngineError> {
        let (ranking, timing) = self.run(items, Scope::Inspected).await?;
        Ok((ranking.inspections, timing))
    }

    /// The click probability of `item` without one of the clicks, for each of them in turn, `[history]`: what the network would
    /// say had that click not been. All in one batch, on a GPU one submission and one readback.
    ///
    /// # Errors
    /// Those of [`Engine::rank`].
    pub async fn leave_one_out(&mut self, item: u32) -> Result<Vec<f32>, EngineError> {
        let (ranking, _) = self.run(&[item], Scope::LeaveOneOut).await?;
        Ok(ranking.probabilities)
    }

    /// The stages as a GPU runs them, whatever answers now, for a click that made the history what it is, with the full trace
    /// of `inspected` items. Loads what knows them, where that is not here yet.
    ///
    /// # Errors
    /// [`EngineError::NotLoaded`], [`EngineError::TooLarge`].
    pub fn stages(&self, inspected: &[u32]) -> impl Future<Output = Result<Vec<ShaderStage>, EngineError>> + use<> {
        fn click<'a>(history: &'a [u32], candidates: &'a Arc<[u32]>, inspected: &'a [u32]) -> Question<'a> {
            Question { history, kept: history.len().saturating_sub(1), candidates, inspected, scope: Scope::All }
        }
        let (network, candidates) = (self.network.clone(), self.candidates.clone());
        let (history, inspected) = (self.history.clone(), inspected.to_vec());
        let known = self.gpu.as_ref().map(|gpu| gpu.runner.stages(click(&history, &candidates, &inspected)));
        async move {
            match known {
                Some(stages) => Ok(stages),
                None => gpu_loader::stages(&network, click(&history, &candidates, &inspected)).await,
            }
        }
    }

    /// Answers on the backend that is likely to be faster, or after an error of a GPU on what takes its place.
    async fn run(&mut self, inspected: &[u32], scope: Scope) -> Result<(Ranking, Timing), EngineError> {
        self.network.catalogue.check(inspected)?;
        let start = Instant::now();
        // What was ranked on one backend is inspected there, so that both agree to the last digit.
        if scope.is_ranking() {
            self.choose();
        }
        let mut renewed = false;
        let ranking = loop {
            match self.try_run(inspected, scope).await {
                Ok(ranking) => break ranking,
                // The same on any backend.
                Err(error @ EngineError::Overflow(_)) => return Err(error),
                Err(error) => renewed |= self.recover(error, renewed).await?,
            }
        };
        let total_ms = start.elapsed().as_secs_f64() * 1000.0;
        if scope.is_ranking() {
            self.estimates.learn(self.host.backend(), self.load(), total_ms);
        }
        let timing = Timing { total_ms, gpu_ms: ranking.gpu_ms, stages: ranking.stages.clone() };
        Ok((ranking, timing))
    }

    /// Puts the question to the present backend, once; where numbers may overflow, to the CPU first, which knows when they do.
    async fn try_run(&mut self, inspected: &[u32], scope: Scope) -> Result<Ranking, EngineError> {
        let steps = self.history.len().saturating_sub(usize::from(scope == Scope::LeaveOneOut));
        let question = |kept| Question { history: &self.history, kept, candidates: &self.candidates, inspected, scope };
        let mut on_cpu = async || {
            let cpu = self.cpu.get_or_insert_with(|| Running::new(cpu::Runner::new(self.network.clone())));
            // Nothing, should this be given up halfway.
            let kept = std::mem::take(&mut cpu.kept);
            let ranking = cpu.runner.rank(question(kept)).await?;
            cpu.kept = steps;
            Ok(ranking)
        };
        let Some(gpu) = self.gpu.as_mut().filter(|_| self.host.backend() == Backend::Gpu) else {
            return on_cpu().await;
        };
        if self.network.may_overflow {
            on_cpu().await?;
        }
        let kept = std::mem::take(&mut gpu.kept);
        let wait = if self.gpu_host.choice() == Choice::Gpu { Wait::Insisting } else { Wait::Answer };
        let ranking = gpu.runner.rank(question(kept), wait).await?;
        gpu.kept = steps;
        Ok(ranking)
    }

    /// Makes `self.host` what is likely to answer first, where the choice is free and there is a GPU.
    fn choose(&mut self) {
        if self.gpu.is_none() || self.gpu_host.choice() != Choice::Auto {
            return;
        }
        self.host = match self.estimates.faster(self.load()) {
            Backend::Gpu => self.gpu_host.clone(),
            Backend::Cpu => self.gpu_host.beside_gpu(self.estimates.are_compared()),
        };
    }

    /// What a ranking's time on the CPU is proportional to.
    fn load(&self) -> f64 {
        /// What a candidate costs without any history, the head above all, in steps.
        const HEAD_STEPS: usize = 4;
        ((self.history.len() + HEAD_STEPS) * self.candidates.len()) as f64
    }

    /// Goes on after an error of the GPU: where the choice is free, on the CPU at once, and a lost device is looked for by
    /// [`Engine::warm_up`]; else on a new device, or, where that fails too, on the CPU. Whether on a new device.
    ///
    /// # Errors
    /// `error` itself where the device is not lost and the caller insists on the GPU.
    async fn recover(&mut self, error: EngineError, renewed: bool) -> Result<bool, EngineError> {
        self.gpu = None;
        let lost = matches!(error, EngineError::DeviceLost(_));
        if self.gpu_host.choice() == Choice::Auto {
            self.host = self.gpu_host.without_gpu(&error);
            self.wants_gpu |= lost;
        } else if lost && !renewed {
            let successor = self.gpu_host.successor(&error).await;
            self.host = successor.clone();
            match self.open_gpu(successor).await {
                Ok(()) => return Ok(true),
                Err(error) => self.host = self.gpu_host.without_gpu(&error),
            }
        } else if lost {
            self.host = self.gpu_host.without_gpu(&error);
        } else {
            return Err(error);
        }
        Ok(false)
    }

    /// Makes the stages on `host`'s GPU, where it has one.
    async fn open_gpu(&mut self, host: Host) -> Result<(), EngineError> {
        if let Some(gpu) = host.gpu().cloned() {
            self.gpu = Some(Running::new(gpu.runner(self.network.clone()).await?));
        }
        self.estimates = Estimates::default();
        self.gpu_host = host;
        Ok(())
    }

    /// What is to be made ready on a GPU, for the history and the candidates of now, while the engine goes on answering on
    /// the CPU: once after it was made on [`Host::before_gpu`], and where the choice is free once after a device was lost.
    pub fn warm_up(&mut self) -> Option<WarmUp> {
        std::mem::take(&mut self.wants_gpu).then(|| {
            let (network, candidates) = (self.network.clone(), self.candidates.clone());
            WarmUp { network, candidates, history: self.history.clone() }
        })
    }

    /// Answers with `warm`, which is of this engine's own [`Engine::warm_up`], from now on; where the choice is free, on
    /// the CPU still whenever that is faster.
    pub fn adopt(&mut self, warm: Warm) {
        self.host = warm.host.clone();
        self.gpu_host = warm.host;
        self.gpu = None;
        if let Some((runner, ms)) = warm.gpu {
            self.gpu = Some(Running::new(runner));
            self.estimates.learn(Backend::Gpu, self.load(), ms);
        }
    }
}

fn check_length(length: usize) -> Result<(), EngineError> {
    if length > MAX_HISTORY { Err(EngineError::HistoryTooLong { length }) } else { Ok(()) }
}
