//! Training to its end, with its checkpoint in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::prelude::Device;
use model::{Catalogue, Config, Weights};
use pollster::block_on;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::error::TrainError;
use super::training::{Begin, CHECKPOINT, Data, Step, Training};
use crate::options::TrainConfig;
use crate::samples::{Negatives, Sampler};
use crate::scores::Scores;
use crate::split::Split;
use crate::state::State;

/// Where training tells how it goes.
pub trait Progress {
    /// After each step: which epoch, which step of how many, and the mean loss of the epoch so far.
    fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: f32);
    /// After each epoch: its mean loss and the validation scores.
    fn epoch(&mut self, epoch: usize, loss: f32, scores: &[Scores], best: bool);
    /// A line of text.
    fn say(&mut self, text: &str);
}

/// Trains a network on `device` and returns the weights of the best epoch. Stops early, keeping its checkpoint, where `stop` is set.
///
/// `checkpoint` is a folder: a checkpoint in it that fits is gone on from, one that does not fit is an error.
///
/// # Errors
/// See [`TrainError`].
pub fn train(
    config: &Config,
    train: &TrainConfig,
    (catalogue, split): (&Catalogue, &Split),
    checkpoint: &Path,
    device: &Device,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Weights, TrainError> {
    let (users, validation, hash) = (split.train.purchases(), split.validation.purchases(), split.hash());
    let sampler = Sampler::new(catalogue);
    for (users, negatives, name) in [
        (&users, Negatives::Uniform, "training"),
        (&validation, Negatives::Uniform, "validation"),
        (&validation, Negatives::Popularity, "validation, popular negatives"),
    ] {
        if let Some(text) = sampler.left_out(users, negatives) {
            progress.say(&format!("{name}: {text}"));
        }
    }
    let files = Files { folder: checkpoint.to_owned() };
    let saved = files.load()?;
    let mut seconds = saved.as_ref().map_or(0.0, |(_, seconds)| *seconds);
    if let Some((Checkpoint { state, .. }, _)) = &saved {
        progress.say(&format!("going on from {} at epoch {}", checkpoint.display(), state.epoch + 1));
    }
    let data = Data { catalogue, train: &users, validation: &validation, own: &[], hash: &hash };
    let begin = saved.map_or(Begin::Seed, |(checkpoint, _)| Begin::Checkpoint(Box::new(checkpoint)));
    let begun = Training::new(config, train, &data, begin, device);
    let mut training = begun.map_err(|error| files.named(error))?;
    while !training.is_over() {
        while !training.epoch_is_over() {
            let began = Instant::now();
            let steps = block_on(training.step())?;
            seconds += began.elapsed().as_secs_f64();
            let mut tell = |steps: &[Step]| {
                if let Some(step) = steps.last() {
                    progress.step(step.epoch, step.step, step.steps, step.mean);
                }
            };
            tell(&steps);
            let stopped = stop.load(Ordering::Relaxed);
            if stopped || training.state().step % 250 == 0 {
                tell(&block_on(training.losses())?);
                files.save(&block_on(training.checkpoint())?, seconds)?;
            }
            if stopped {
                return Ok(training.best().clone());
            }
        }
        let now = block_on(training.now())?;
        let scores = training.scores(&now)?;
        let epoch = training.close_epoch(now, &scores);
        progress.epoch(epoch.epoch, epoch.loss, &scores, epoch.best);
        files.save(&block_on(training.checkpoint())?, seconds)?;
    }
    let mut best = training.finish(&training.scores(training.best())?);
    best.set_note("epoch_seconds", format!("{:.1}", seconds / training.state().epoch.max(1) as f64));
    Ok(best)
}

/// What is in the file state.json.
#[derive(Serialize, Deserialize)]
struct Saved {
    #[serde(flatten)]
    state: State,
    /// Time in training steps so far.
    seconds: f64,
}

/// The files of a checkpoint.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is wrong with a checkpoint, said of its file, with what can be done.
    fn named(&self, error: TrainError) -> TrainError {
        match error {
            TrainError::Checkpoint { file, problem } if file == CHECKPOINT => TrainError::Checkpoint {
                file: self.path("state.json").display().to_string(),
                problem: format!("{problem}; remove the folder, or name another by --checkpoint"),
            },
            error => error,
        }
    }

    /// The checkpoint that is there, and the time in training steps that it took.
    fn load(&self) -> Result<Option<(Checkpoint, f64)>, TrainError> {
        let file = self.path("state.json");
        if !file.exists() {
            return Ok(None);
        }
        let wrong = |file: &Path, problem: String| TrainError::Checkpoint { file: file.display().to_string(), problem };
        let read = |name: &str| {
            let file = self.path(name);
            fs::read(&file).map_err(|error| wrong(&file, error.to_string()))
        };
        let Saved { state, seconds } =
            serde_json::from_slice(&read("state.json")?).map_err(|error| wrong(&file, error.to_string()))?;
        let weights = |name: &str| -> Result<Weights, TrainError> {
            Ok(Weights::from_safetensors(&self.path(name).display().to_string(), &read(name)?)?)
        };
        let (now, best) = (weights("now.safetensors")?, weights("best.safetensors")?);
        Ok(Some((Checkpoint { state, now, best, optimizer: read("optimizer.safetensors")? }, seconds)))
    }

    /// Each file is written beside its place and then moved there, so that a power cut leaves the old one.
    fn save(&self, checkpoint: &Checkpoint, seconds: f64) -> Result<(), TrainError> {
        let wrong = |path: &Path, problem: String| TrainError::Checkpoint { file: path.display().to_string(), problem };
        fs::create_dir_all(&self.folder).map_err(|error| wrong(&self.folder, error.to_string()))?;
        let replace = |name: &str, bytes: &[u8]| {
            let (path, beside) = (self.path(name), self.path(&format!("new-{name}")));
            fs::write(&beside, bytes).map_err(|error| wrong(&beside, error.to_string()))?;
            fs::rename(&beside, &path).map_err(|error| wrong(&path, error.to_string()))
        };
        let saved = Saved { state: checkpoint.state.clone(), seconds };
        let json = serde_json::to_vec_pretty(&saved).map_err(|error| wrong(&self.folder, error.to_string()))?;
        replace("optimizer.safetensors", &checkpoint.optimizer)?;
        replace("now.safetensors", &checkpoint.now.to_safetensors()?)?;
        replace("best.safetensors", &checkpoint.best.to_safetensors()?)?;
        replace("state.json", &json)
    }
}
