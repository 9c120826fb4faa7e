//! Training: mini-batches of histories, Adam, early stopping on users of their own, checkpoints that can be resumed.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::activation::log_sigmoid;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::evaluate::{self, Scores};
use crate::networks::{BodyOutput, Histories, Network, item_rows};
use crate::samples::{Negatives, Protocol, Question, Sampler, Split, bought, questions};
use crate::sequences::Sequences;
use crate::{Catalogue, Config, Tensor as Values, Weights, WeightsError};

/// How to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Where every random number comes from.
    pub seed: u64,
    /// Passes over all purchases of the training users, at most.
    pub epochs: usize,
    /// Stop after this many epochs that did not improve the validation GAUC.
    pub patience: usize,
    /// Histories a step.
    pub batch: usize,
    /// Negatives a history, drawn uniformly or by popularity with equal chance.
    pub negatives: usize,
    /// Step size of Adam at the start; it falls in a straight line to a tenth of this in the last epoch.
    pub learning_rate: f64,
    /// α, the weight of DIEN's auxiliary loss.
    pub auxiliary: f32,
    /// λ, the weight of the L2 penalty on the embeddings that a batch looks up.
    pub embedding_penalty: f32,
}

/// Where training tells how it goes.
pub trait Progress {
    /// After each step: which epoch, which step of how many, and the mean loss of the epoch so far.
    fn step(&mut self, epoch: usize, step: usize, steps: usize, loss: f32);
    /// After each epoch: its mean loss and the validation scores.
    fn epoch(&mut self, epoch: usize, loss: f32, scores: &[Scores], best: bool);
    /// A line of text.
    fn say(&mut self, text: &str);
}

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Weights or a checkpoint are not what they should be.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A checkpoint could not be written or read.
    #[error("{file}: {problem}")]
    Checkpoint {
        /// Name of the file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The loss is no number any more.
    #[error("the loss is {loss} at step {step} of epoch {epoch}; try a smaller --learning-rate")]
    Diverged {
        /// The loss.
        loss: f32,
        /// Counted from 1.
        step: usize,
        /// Counted from 1.
        epoch: usize,
    },
    /// The auxiliary loss compares interest states with keys.
    #[error("the auxiliary loss needs network.hidden to be the width of an item, but they are {hidden} and {width}")]
    Auxiliary {
        /// Width of the interest states.
        hidden: usize,
        /// Width of an item.
        width: usize,
    },
    /// There is nobody to train on or to validate with.
    #[error("no {0} users: there are too few customers in the data")]
    NoUsers(&'static str),
}

/// How far training has come, beside weights and optimizer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    train: TrainConfig,
    config: Config,
    vocabulary: String,
    split: String,
    epoch: usize,
    step: usize,
    loss_sum: f64,
    best_gauc: f64,
    epochs_since_best: usize,
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
    sequences: &Sequences,
    checkpoint: &Path,
    stop: &AtomicBool,
    progress: &mut dyn Progress,
) -> Result<Weights, TrainError> {
    let (hidden, width) = (config.interest_width(), config.width());
    if train.auxiliary > 0.0 && hidden != width {
        return Err(TrainError::Auxiliary { hidden, width });
    }
    let split = Split::new(sequences);
    for (users, name) in [(&split.train, "training"), (&split.validation, "validation")] {
        if users.is_empty() {
            return Err(TrainError::NoUsers(name));
        }
    }
    let sampler = Sampler::new(catalogue);
    let validation: Vec<(Negatives, Vec<Question>)> = [Negatives::Uniform, Negatives::Popularity]
        .map(|negatives| {
            let how = (Protocol::NextItem, negatives);
            (negatives, questions(sequences, &split.validation, &sampler, how, (5, 50), config.max_history, 0))
        })
        .into();
    let bought: BTreeMap<usize, HashSet<u32>> =
        split.train.iter().map(|&user| (user, bought(&sequences.users[user]))).collect();
    let examples: Vec<(usize, usize)> = split
        .train
        .iter()
        .flat_map(|&user| (0..sequences.users[user].events.len()).map(move |position| (user, position)))
        .collect();

    let device = Device::flex().autodiff();
    let categories = catalogue.item_categories();
    let start = initial(config, catalogue, train.seed)?;
    let fresh = State {
        train: train.clone(),
        config: config.clone(),
        vocabulary: catalogue.vocabulary_hash(),
        split: split.hash(sequences),
        epoch: 0,
        step: 0,
        loss_sum: 0.0,
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
        AdamConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping)).init()
    };
    let mut optimizer = files.load_optimizer(optimizer())?;

    while state.epoch < train.epochs && state.epochs_since_best < train.patience {
        let batches = batches(&examples, train.batch, config.max_history, train.seed, state.epoch);
        let total = (train.epochs * batches.len()).max(1) as f64;
        while state.step < batches.len() {
            // Seeded by the step, so that a resumed training draws what an unbroken one would have drawn.
            let mut rng = StdRng::seed_from_u64(
                train.seed.wrapping_add(1_000_003 * (state.epoch as u64 + 1)) ^ state.step as u64,
            );
            let batch =
                Batch::draw(&batches[state.step], sequences, &bought, &sampler, train, config.max_history, &mut rng);
            let loss = batch.loss(&network, train, config, &device);
            let value = loss.clone().into_scalar::<f32>();
            let (epoch, step) = (state.epoch + 1, state.step + 1);
            if !value.is_finite() {
                return Err(TrainError::Diverged { loss: value, step, epoch });
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let done = (state.epoch * batches.len() + state.step) as f64 / total;
            network = optimizer.step(train.learning_rate * (1.0 - 0.9 * done), network, gradients);
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
        let scores: Vec<Scores> = validation
            .iter()
            .map(|(_, questions)| evaluate::score(&now, &categories, questions))
            .collect::<Result<_, _>>()?;
        let gauc = scores.iter().map(|scores| scores.gauc).sum::<f64>() / scores.len() as f64;
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
    Ok(best)
}

/// Weights to start from: embeddings uniform in ±0.1, dense layers uniform by their fan-in, biases 0,
/// PReLU's and Dice's α 0.25, Dice's statistics those of a standard normal.
fn initial(config: &Config, catalogue: &Catalogue, seed: u64) -> Result<Weights, WeightsError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let tensors = config
        .tensors(catalogue.vocabulary())
        .into_iter()
        .map(|(name, shape)| {
            let size = shape.iter().product();
            let values = match name.rsplit('.').next() {
                Some("alpha") => vec![0.25; size],
                Some("variance") => vec![1.0; size],
                Some("weight") => {
                    let scale = if name.starts_with("embedding.") { 0.1 } else { 1.0 / (shape[0] as f32).sqrt() };
                    (0..size).map(|_| rng.random_range(-scale..scale)).collect()
                }
                _ => vec![0.0; size],
            };
            (name, Values { shape, values })
        })
        .collect();
    Weights::new("initial weights", config.clone(), catalogue.vocabulary(), catalogue.vocabulary_hash(), tensors)
}

/// All examples (user, position) of an epoch in random order, in batches of histories of about the same length, so that
/// little of a batch is padding.
fn batches(
    examples: &[(usize, usize)],
    size: usize,
    max_history: usize,
    seed: u64,
    epoch: usize,
) -> Vec<Vec<(usize, usize)>> {
    let mut rng = StdRng::seed_from_u64(seed ^ ((epoch as u64 + 1) << 32));
    let mut shuffled = examples.to_vec();
    shuffled.shuffle(&mut rng);
    let mut batches = Vec::new();
    for pool in shuffled.chunks_mut(size * 32) {
        pool.sort_by_key(|&(_, position)| position.min(max_history));
        batches.extend(pool.chunks(size).map(<[_]>::to_vec));
    }
    batches.shuffle(&mut rng);
    batches
}

/// One step's histories with the item bought next and sampled ones.
struct Batch {
    histories: Vec<Vec<u32>>,
    /// For each history an item of each step that was not bought, for the auxiliary loss.
    sampled: Vec<Vec<u32>>,
    /// For each history the item bought next, then the negatives.
    candidates: Vec<u32>,
}

impl Batch {
    fn draw(
        examples: &[(usize, usize)],
        sequences: &Sequences,
        bought: &BTreeMap<usize, HashSet<u32>>,
        sampler: &Sampler,
        train: &TrainConfig,
        max_history: usize,
        rng: &mut StdRng,
    ) -> Self {
        let mut batch = Self { histories: Vec::new(), sampled: Vec::new(), candidates: Vec::new() };
        for &(user, position) in examples {
            let events = &sequences.users[user].events;
            let negative = |rng: &mut StdRng| {
                let kind = if rng.random_bool(0.5) { Negatives::Uniform } else { Negatives::Popularity };
                sampler.draw(kind, &bought[&user], rng)
            };
            let history: Vec<u32> =
                events[position.saturating_sub(max_history)..position].iter().map(|event| event.item).collect();
            if train.auxiliary > 0.0 {
                batch.sampled.push(history.iter().map(|_| negative(rng)).collect());
            }
            batch.candidates.push(events[position].item);
            batch.candidates.extend((0..train.negatives).map(|_| negative(rng)));
            batch.histories.push(history);
        }
        batch
    }

    /// Mean binary cross entropy, the item bought and the negatives together weighing the same; α times the auxiliary
    /// loss; λ times the mean square of the embeddings looked up.
    fn loss(&self, network: &Network, train: &TrainConfig, config: &Config, device: &Device) -> Tensor<1> {
        let rows = self.histories.len();
        let columns = 1 + train.negatives;
        let histories = Histories::new(&self.histories, device);
        let candidates = item_rows(&self.candidates, [rows, columns], device);
        let output = network.forward(&histories, candidates.clone());
        let clicked = output.logits.clone().slice([0..rows, 0..1]);
        let others = output.logits.slice([0..rows, 1..columns]);
        let mut loss = (-log_sigmoid(clicked)).mean() / 2.0 + (-log_sigmoid(-others)).mean() / 2.0;
        if let (BodyOutput::Dien(dien), true) = (&output.body, train.auxiliary > 0.0) {
            let sampled = Histories::new(&self.sampled, device);
            let embed = |items| network.embedding.forward(items);
            let auxiliary = dien.auxiliary_loss(embed(histories.items.clone()), embed(sampled.items), &histories);
            loss = loss + auxiliary * train.auxiliary;
        }
        if train.embedding_penalty > 0.0 {
            let looked_up = network.embedding.forward(candidates).square().sum_dim(2).mean();
            loss = loss + looked_up * (train.embedding_penalty * config.width() as f32);
        }
        loss
    }
}

/// The files of a checkpoint.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The checkpoint that is there, if it belongs to the training that `fresh` begins.
    fn load(&self, fresh: &State) -> Result<Option<(State, Weights, Weights)>, TrainError> {
        let file = self.path("state.json");
        if !file.exists() {
            return Ok(None);
        }
        let wrong = |problem: String| TrainError::Checkpoint { file: file.display().to_string(), problem };
        let text = fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
        let state: State = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let differs = [
            ("another network or sizes", state.config != fresh.config),
            (
                "other training options",
                TrainConfig { epochs: fresh.train.epochs, ..state.train.clone() } != fresh.train,
            ),
            ("another catalogue", state.vocabulary != fresh.vocabulary),
            ("other sequences", state.split != fresh.split),
        ];
        if let Some((what, _)) = differs.iter().find(|(_, differs)| *differs) {
            return Err(wrong(format!(
                "is a checkpoint of {what}; remove the folder, or name another by --checkpoint"
            )));
        }
        let weights = |name: &str| -> Result<Weights, TrainError> {
            let file = self.path(name);
            let name = file.display().to_string();
            let bytes = fs::read(&file)
                .map_err(|error| TrainError::Checkpoint { file: name.clone(), problem: error.to_string() })?;
            Ok(Weights::from_safetensors(&name, &bytes)?)
        };
        Ok(Some((
            State { train: fresh.train.clone(), ..state },
            weights("now.safetensors")?,
            weights("best.safetensors")?,
        )))
    }

    fn load_optimizer(&self, optimizer: ModuleOptimizer) -> Result<ModuleOptimizer, TrainError> {
        let file = self.path("optimizer.bpk");
        if !file.exists() {
            return Ok(optimizer);
        }
        optimizer
            .load(&file)
            .map_err(|error| TrainError::Checkpoint { file: file.display().to_string(), problem: error.to_string() })
    }

    /// Each file is written beside its place and then moved there, so that a power cut leaves the old one.
    fn save(
        &self,
        state: &State,
        now: &Weights,
        best: &Weights,
        optimizer: &ModuleOptimizer,
    ) -> Result<(), TrainError> {
        let wrong = |path: &Path, problem: String| TrainError::Checkpoint { file: path.display().to_string(), problem };
        fs::create_dir_all(&self.folder).map_err(|error| wrong(&self.folder, error.to_string()))?;
        let replace = |name: &str, write: &dyn Fn(&Path) -> Result<(), String>| {
            let (path, beside) = (self.path(name), self.path(&format!("new-{name}")));
            write(&beside).map_err(|problem| wrong(&beside, problem))?;
            fs::rename(&beside, &path).map_err(|error| wrong(&path, error.to_string()))
        };
        let bytes = |path: &Path, bytes: Vec<u8>| fs::write(path, bytes).map_err(|error| error.to_string());
        let json = serde_json::to_string_pretty(state).map_err(|error| wrong(&self.folder, error.to_string()))?;
        replace("optimizer.bpk", &|path| optimizer.save(path).map_err(|error| error.to_string()))?;
        replace("now.safetensors", &|path| bytes(path, now.to_safetensors().map_err(|error| error.to_string())?))?;
        replace("best.safetensors", &|path| bytes(path, best.to_safetensors().map_err(|error| error.to_string())?))?;
        replace("state.json", &|path| bytes(path, json.clone().into_bytes()))
    }
}
