//! A training that the page commands and that reports to it.

use std::mem;
use std::sync::Arc;

use crate::evaluate::Evaluation;
use crate::messages::{Command, Evaluated, Failed, Finished, Report, Saved, Snapshot, Start, Started, Stepped};
use crate::packed::{Header, PackedError, unpack};
use crate::samples::Question;
use crate::scores::{Scores, score_logits};
use crate::train::{Begin, Checkpoint, Data, Step, TrainError, Training};
use burn::prelude::Device;
use model::{Catalogue, CatalogueError, Weights, WeightsError};
use sha2::{Digest, Sha256};

/// The least time between two reports of steps, in milliseconds.
const REPORT_MS: f64 = 100.0;

/// Why a training cannot begin or go on.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Purchases(#[from] PackedError),
    #[error(transparent)]
    Training(#[from] TrainError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl SessionError {
    /// The tensor that holds something other than numbers, where that is why.
    fn tensor(&self) -> Option<String> {
        match self {
            Self::Training(TrainError::Diverged { tensor, .. }) => tensor.clone(),
            Self::Training(TrainError::Weights(WeightsError::NotFinite { tensor, .. }))
            | Self::Weights(WeightsError::NotFinite { tensor, .. }) => Some(tensor.clone()),
            _ => None,
        }
    }
}

/// A training on a device, or none. Time is what the caller says it is, in milliseconds from any beginning.
#[derive(Debug)]
pub struct Session {
    device: Device,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    training: Training,
    /// Source and licence of the data.
    about: [String; 2],
    evaluate_every: Option<usize>,
    is_paused: bool,
    validating: Option<Validating>,
    /// Of the best epoch, where it was in this session.
    best: Option<[Scores; 2]>,
    unreported: Unreported,
}

/// Steps that the page does not know of.
#[derive(Debug)]
struct Unreported {
    losses: Vec<f32>,
    last: Option<Step>,
    /// When time began to count for them.
    since: f64,
}

/// Validation questions that are being asked.
#[derive(Debug)]
struct Validating {
    weights: Weights,
    evaluations: [Evaluation<Arc<[Question]>>; 2],
    own: Option<Evaluation<Arc<[Question]>>>,
    ends_epoch: bool,
}

impl Session {
    /// No training yet; those to come are on `device`.
    pub fn new(device: Device) -> Self {
        Self { device, running: None }
    }

    /// Whether there is something to [`work`](Self::work) on.
    pub fn is_working(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.is_paused)
    }

    /// Does what the page asks for.
    pub async fn command(&mut self, command: Command, now: f64) -> Vec<Report> {
        let mut reports = Vec::new();
        if let Command::Start(start) = command {
            match Running::new(*start, &self.device, now).await {
                Ok(running) => {
                    let (steps, popularity) = (running.training.steps(), running.training.popularity());
                    reports.push(Report::Started(Started { steps, popularity }));
                    self.running = Some(running);
                }
                Err(error) => reports.push(failed(&error, None)),
            }
            return reports;
        }
        let Some(running) = &mut self.running else { return reports };
        if let Err(error) = running.settle().await {
            self.end(Err(error), &mut reports);
            return reports;
        }
        reports.extend(running.unreported.report(now));
        match command {
            Command::Start(_) => {}
            Command::Pause => running.is_paused = true,
            Command::Resume => running.is_paused = false,
            Command::Stop => {
                let done = running.finish().await;
                self.end(done, &mut reports);
            }
            Command::Checkpoint => match running.checkpoint().await {
                Ok(saved) => reports.push(Report::Checkpoint(Box::new(saved))),
                Err(error) => self.end(Err(error), &mut reports),
            },
            Command::Weights => match running.snapshot().await {
                Ok(snapshot) => reports.push(Report::Weights(snapshot)),
                Err(error) => self.end(Err(error), &mut reports),
            },
        }
        reports
    }

    /// Trains a step, or asks some of the validation questions.
    pub async fn work(&mut self, now: f64) -> Vec<Report> {
        let mut reports = Vec::new();
        let Some(running) = self.running.as_mut().filter(|running| !running.is_paused) else { return reports };
        match running.work(now, &mut reports).await {
            Ok(false) => {}
            Ok(true) => {
                reports.extend(running.unreported.report(now));
                let done = running.finish().await;
                self.end(done, &mut reports);
            }
            Err(error) => {
                reports.extend(running.unreported.report(now));
                self.end(Err(error), &mut reports);
            }
        }
        reports
    }

    /// Ends the training with what came out.
    fn end(&mut self, done: Result<Vec<u8>, SessionError>, reports: &mut Vec<Report>) {
        let running = self.running.take();
        reports.push(match done {
            Ok(weights) => Report::Finished(Finished { weights }),
            Err(error) => failed(&error, running.as_ref()),
        });
    }
}

impl Running {
    async fn new(start: Start, device: &Device, now: f64) -> Result<Self, SessionError> {
        let catalogue = Catalogue::from_csv("the catalogue", &start.catalogue)?;
        let (Header { source, licence, .. }, train) = unpack("the training users", &start.training, &catalogue)?;
        let (_, validation) = unpack("the validation users", &start.validation, &catalogue)?;
        let digest = Sha256::new().chain_update(&start.training).chain_update(&start.validation);
        let digest = start.own.iter().fold(digest, |digest, row| digest.chain_update(row.to_le_bytes())).finalize();
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let data = Data { catalogue: &catalogue, train: &train, validation: &validation, own: &start.own, hash: &hash };
        let begin = match (start.checkpoint, start.from) {
            (Some(saved), _) => Begin::Checkpoint(Box::new(read_checkpoint(saved)?)),
            (None, Some(weights)) => {
                Begin::From(Box::new(Weights::from_safetensors("the weights to begin with", &weights)?))
            }
            (None, None) => Begin::Seed,
        };
        let is_tuned = matches!(begin, Begin::From(_));
        let mut running = Self {
            training: Training::new(&start.config, &start.train, &data, begin, device)?,
            about: [source, licence],
            evaluate_every: start.evaluate_every,
            is_paused: false,
            validating: None,
            best: None,
            unreported: Unreported { losses: Vec::new(), last: None, since: now },
        };
        if is_tuned {
            // What it can before it forgets.
            running.validate(false).await?;
        }
        Ok(running)
    }

    /// A step, or a batch of questions. True where training is over.
    async fn work(&mut self, now: f64, reports: &mut Vec<Report>) -> Result<bool, SessionError> {
        if let Some(validating) = &mut self.validating {
            if !validating.evaluations.iter_mut().chain(&mut validating.own).any(Evaluation::advance)
                && let Some(validated) = self.validating.take()
            {
                reports.push(Report::Evaluated(self.evaluated(validated)));
                self.unreported.since = now;
            }
            return Ok(false);
        }
        if self.training.is_over() {
            return Ok(true);
        }
        let ends_epoch = self.training.epoch_is_over();
        if !ends_epoch {
            let steps = self.training.step().await?;
            self.unreported.add(steps);
        }
        let (step, steps) = (self.training.state().step, self.training.steps());
        let every = self.evaluate_every.unwrap_or(steps).max(1);
        if ends_epoch || step < steps && step.is_multiple_of(every) {
            self.settle().await?;
            reports.extend(self.unreported.report(now));
            self.validate(ends_epoch).await?;
        } else if now - self.unreported.since >= REPORT_MS {
            reports.extend(self.unreported.report(now));
        }
        Ok(false)
    }

    /// Waits for the losses of the steps that were done.
    async fn settle(&mut self) -> Result<(), SessionError> {
        let steps = self.training.losses().await?;
        self.unreported.add(steps);
        Ok(())
    }

    async fn validate(&mut self, ends_epoch: bool) -> Result<(), SessionError> {
        let weights = self.training.now().await?;
        let evaluations = self.training.evaluations(&weights)?;
        let own = self.training.own_evaluation(&weights)?;
        self.validating = Some(Validating { weights, evaluations, own, ends_epoch });
        Ok(())
    }

    fn evaluated(&mut self, Validating { weights, evaluations, own, ends_epoch }: Validating) -> Evaluated {
        let score = |evaluation: Evaluation<_>| score_logits(&evaluation.logits());
        let (scores, own) = (evaluations.map(score), own.map(score));
        let (epoch, step) = (self.training.state().epoch + 1, self.training.state().step);
        let best = ends_epoch.then(|| self.training.close_epoch(weights, &scores).best);
        if best == Some(true) {
            self.best = Some(scores);
        }
        Evaluated { epoch, step, scores, own, best }
    }

    async fn checkpoint(&self) -> Result<Saved, SessionError> {
        let Checkpoint { state, now, best, optimizer } = self.training.checkpoint().await?;
        Ok(Saved { state, now: now.to_safetensors()?, best: best.to_safetensors()?, optimizer })
    }

    async fn snapshot(&self) -> Result<Snapshot, SessionError> {
        let (epoch, step) = (self.training.state().epoch + 1, self.training.state().step);
        Ok(Snapshot { epoch, step, weights: self.training.now().await?.to_safetensors()? })
    }

    /// What came out, with notes of how.
    async fn finish(&self) -> Result<Vec<u8>, SessionError> {
        let state = self.training.state();
        let mut weights = if state.epoch == 0 || state.train.fine_tuning.is_some() {
            self.training.now().await?
        } else {
            let scores = match self.best {
                Some(scores) => scores,
                None => self.training.scores(self.training.best())?,
            };
            self.training.finish(&scores)
        };
        let [source, licence] = &self.about;
        weights.set_note("network", state.config.network.kind().id());
        weights.set_note("seed", state.train.seed.to_string());
        weights.set_note("steps", (state.epoch * self.training.steps() + state.step).to_string());
        weights.set_note("training", serde_json::to_string(&state.train).unwrap_or_default());
        weights.set_note("split", &state.split);
        weights.set_note("data", format!("{source}, {licence}"));
        Ok(weights.to_safetensors()?)
    }
}

impl Unreported {
    /// Takes steps that were done.
    fn add(&mut self, steps: Vec<Step>) {
        self.losses.extend(steps.iter().map(|step| step.loss));
        self.last = steps.last().copied().or(self.last);
    }

    /// The report of these steps, if there are any; those after them are counted from `now`.
    fn report(&mut self, now: f64) -> Option<Report> {
        let since = mem::replace(&mut self.since, now);
        let Step { epoch, step, mean, .. } = self.last.take()?;
        let losses = mem::take(&mut self.losses);
        let rate = losses.len() as f64 * 1000.0 / (now - since);
        Some(Report::Step(Stepped { epoch, step, losses, mean, rate }))
    }
}

fn read_checkpoint(Saved { state, now, best, optimizer }: Saved) -> Result<Checkpoint, WeightsError> {
    let [now, best] = [("the checkpoint's weights", now), ("the checkpoint's best weights", best)]
        .map(|(name, bytes)| Weights::from_safetensors(name, &bytes));
    Ok(Checkpoint { state, now: now?, best: best?, optimizer })
}

fn failed(error: &SessionError, running: Option<&Running>) -> Report {
    let best = running.filter(|running| running.training.state().epoch > 0);
    let best = best.and_then(|running| running.training.best().to_safetensors().ok());
    Report::Failed(Failed { problem: error.to_string(), tensor: error.tensor(), best })
}
