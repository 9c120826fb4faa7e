//! Training: mini-batches of histories, Adam, early stopping on users of their own, checkpoints that can be resumed.

mod batch;
mod checkpoint;
mod error;
mod examples;
mod initial;
mod options;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::prelude::*;
use model::reference::Network;
use model::{Catalogue, Config, Weights, WeightsError};
use rand::SeedableRng;
use rand::rngs::StdRng;

use self::batch::Batch;
use self::checkpoint::{Files, State};
use self::examples::{Shoppers, batches};
use self::initial::initial;
use crate::evaluate::{self, Scores};
use crate::samples::{Negatives, Protocol, Question, Sampler, questions};
use crate::sequences::Sequences;
use crate::split::Split;

pub use self::error::TrainError;
pub use self::options::TrainConfig;

/// Where training tells how it goes.
pub trait Progress {
    /// After each step: which epoch, which step of how many, and the mean loss of the epoch so far.
    fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: f32);
    /// After each epoch: its mean loss and the validation scores.
    fn epoch(&mut self, epoch: usize, loss: f32, scores: &[Scores], best: bool);
    /// A line of text.
    fn say(&mut self, text: &str);
}

/// Trains a network and returns the weights of the best epoch. Stops early, keeping its checkpoint, where `stop` is set.
///
/// `checkpoint` is a folder: a checkpoint in it that fits is gone on from, one that does not fit is an error.
///
/// # Errors
/// See [`TrainError`].
pub fn train(
    config: &Config,
    train: &TrainConfig,
    catalogue: &Catalogue,
    split: &Split,
    checkpoint: &Path,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Weights, TrainError> {
    if train.auxiliary > 0.0
        && let Some(problem) = config.network.auxiliary_problem(config.width())
    {
        return Err(TrainError::Auxiliary(problem));
    }
    for (users, name) in [(&split.train, "training"), (&split.validation, "validation")] {
        if users.users.is_empty() {
            return Err(TrainError::NoUsers(name));
        }
    }
    let sampler = Sampler::new(catalogue);
    // Of popularity, training knows what its own users tell.
    let customers = split.train.customers(catalogue.items().len());
    let known = Sampler::new(&catalogue.clone().with_popularity(&customers));
    let validation = [Negatives::Uniform, Negatives::Popularity]
        .map(|negatives| validation_questions(&split.validation, &sampler, negatives, config.max_history));
    let categories = catalogue.item_categories();
    let scope = (train.protocol, config.max_history);
    let shoppers = Shoppers::new(&split.train, &known, scope, &categories, catalogue.vocabulary());
    for (nobody, name) in
        [(shoppers.examples.is_empty(), "training"), (validation.iter().all(Vec::is_empty), "validation")]
    {
        if nobody {
            return Err(TrainError::NoNegatives(name));
        }
    }
    for (users, negatives, name) in [
        (&split.train, Negatives::Uniform, "training"),
        (&split.validation, Negatives::Uniform, "validation"),
        (&split.validation, Negatives::Popularity, "validation, popular negatives"),
    ] {
        if let Some(text) = sampler.left_out(users, negatives) {
            progress.say(&format!("{name}: {text}"));
        }
    }

    let device = Device::flex().autodiff();
    let start = initial(config, catalogue, train.seed)?;
    let fresh = State {
        train: train.clone(),
        config: config.clone(),
        vocabulary: catalogue.vocabulary_hash(),
        split: split.hash(),
        epoch: 0,
        step: 0,
        loss_sum: 0.0,
        seconds: 0.0,
        best_gauc: 0.0,
        epochs_since_best: 0,
    };
    let files = Files::new(checkpoint);
    let resumed = files.load(&fresh)?;
    let (mut state, now, mut best) = match resumed {
        Some((state, now, best)) => {
            progress.say(&format!("going on from {} at epoch {}", checkpoint.display(), state.epoch + 1));
            (state, now, best)
        }
        None => (fresh, start.clone(), start.clone()),
    };
    let mut network = Network::new(&now, &categories, &device)?;
    let optimizer = || {
        let clipping = GradientClippingConfig::Norm(5.0);
        let adam = AdamWConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping));
        adam.with_weight_decay(train.weight_decay).init()
    };
    let mut optimizer = files.load_optimizer(optimizer())?;

    let scores = |weights: &Weights| -> Result<Vec<Scores>, WeightsError> {
        validation.iter().map(|questions| evaluate::score(weights, &categories, questions)).collect()
    };

    while state.epoch < train.epochs && state.epochs_since_best < train.patience {
        let batches = batches(&shoppers.examples, train.batch, train.seed, state.epoch);
        let total = train.epochs * batches.len();
        while state.step < batches.len() {
            // Seeded by the step, so that a resumed training draws what an unbroken one would have drawn.
            let mut rng = StdRng::seed_from_u64(
                train.seed.wrapping_add(1_000_003 * (state.epoch as u64 + 1)) ^ state.step as u64,
            );
            let began = Instant::now();
            let batch = Batch::draw(&batches[state.step], &shoppers, &known, train, &mut rng);
            let loss = batch.loss(&network, train, &shoppers, &device);
            let value = loss.clone().into_scalar::<f32>();
            let (epoch, step) = (state.epoch + 1, state.step + 1);
            if !value.is_finite() {
                return Err(TrainError::Diverged { loss: value, step, epoch });
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let step_size = train.step_size(state.epoch * batches.len() + state.step, total);
            network = optimizer.step(step_size, network, gradients);
            state.seconds += began.elapsed().as_secs_f64();
            state.step += 1;
            state.loss_sum += f64::from(value);
            progress.step(epoch, step, batches.len(), (state.loss_sum / state.step as f64) as f32);
            let stopped = stop.load(Ordering::Relaxed);
            if stopped || state.step % 250 == 0 {
                files.save(&state, &network.to_weights(&start)?, &best, &optimizer)?;
            }
            if stopped {
                return Ok(best);
            }
        }
        let loss = (state.loss_sum / state.step.max(1) as f64) as f32;
        let now = network.to_weights(&start)?;
        let scores = scores(&now)?;
        let asked: Vec<f64> = scores.iter().filter(|scores| scores.questions > 0).map(|scores| scores.gauc).collect();
        let gauc = asked.iter().sum::<f64>() / asked.len() as f64;
        let better = gauc > state.best_gauc;
        if better {
            best = now.clone();
            state.best_gauc = gauc;
            state.epochs_since_best = 0;
        } else {
            state.epochs_since_best += 1;
        }
        state.epoch += 1;
        state.step = 0;
        state.loss_sum = 0.0;
        progress.epoch(state.epoch, loss, &scores, better);
        files.save(&state, &now, &best, &optimizer)?;
    }
    let reached = scores(&best)?;
    best.set_note("validation", serde_json::json!({ "uniform": reached[0], "popularity": reached[1] }).to_string());
    best.set_note("epochs", state.epoch.to_string());
    best.set_note("epoch_seconds", format!("{:.1}", state.seconds / state.epoch.max(1) as f64));
    Ok(best)
}

/// The questions whose GAUC chooses the epoch: the last five items of each user, each against 50 negatives.
pub fn validation_questions(
    sequences: &Sequences,
    sampler: &Sampler,
    negatives: Negatives,
    max_history: usize,
) -> Vec<Question> {
    questions(sequences, sampler, (Protocol::NextItem, negatives), (5, 50), max_history, 0)
}
