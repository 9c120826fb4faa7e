//! Training: mini-batches of histories, Adam, early stopping on users of their own, checkpoints that can be resumed.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::grad_clipping::GradientClippingConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::activation::log_sigmoid;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::evaluate::{self, Scores};
use crate::samples::{Negatives, Protocol, Question, Sampler, Split, questions};
use crate::sequences::Sequences;
use model::reference::{Histories, Network, item_rows};
use model::{Catalogue, Config, Tensor as Values, Vocabulary, Weights, WeightsError};

/// How to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Where every random number comes from.
    pub seed: u64,
    /// How much of the history is known in training.
    pub protocol: Protocol,
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
    /// λ of the mini-batch aware regularization of the embeddings.
    pub regularization: f32,
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
    /// The network's options do not go together with its auxiliary loss.
    #[error("{0}")]
    Auxiliary(String),
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
    /// Time in training steps so far.
    seconds: f64,
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
    if train.auxiliary > 0.0
        && let Some(problem) = config.network.auxiliary_problem(config.width())
    {
        return Err(TrainError::Auxiliary(problem));
    }
    let split = Split::new(sequences);
    for (users, name) in [(&split.train, "training"), (&split.validation, "validation")] {
        if users.is_empty() {
            return Err(TrainError::NoUsers(name));
        }
    }
    let sampler = Sampler::new(catalogue);
    let validation = [Negatives::Uniform, Negatives::Popularity]
        .map(|negatives| validation_questions(sequences, &split.validation, &sampler, negatives, config.max_history));
    let categories = catalogue.item_categories();
    let scope = (train.protocol, config.max_history);
    let shoppers = Shoppers::new(sequences, &split.train, scope, &categories, catalogue.vocabulary());

    let device = Device::flex().autodiff();
    let start = initial(config, catalogue, train.seed)?;
    let fresh = State {
        train: train.clone(),
        config: config.clone(),
        vocabulary: catalogue.vocabulary_hash(),
        split: split.hash(sequences),
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
        AdamConfig::new().with_epsilon(1e-8).with_grad_clipping(Some(clipping)).init()
    };
    let mut optimizer = files.load_optimizer(optimizer())?;

    while state.epoch < train.epochs && state.epochs_since_best < train.patience {
        let batches = batches(&shoppers.examples, train.batch, train.seed, state.epoch);
        let total = (train.epochs * batches.len()).max(1) as f64;
        while state.step < batches.len() {
            // Seeded by the step, so that a resumed training draws what an unbroken one would have drawn.
            let mut rng = StdRng::seed_from_u64(
                train.seed.wrapping_add(1_000_003 * (state.epoch as u64 + 1)) ^ state.step as u64,
            );
            let began = Instant::now();
            let batch = Batch::draw(&batches[state.step], &shoppers, &sampler, train, &mut rng);
            let loss = batch.loss(&network, train, &shoppers, &device);
            let value = loss.clone().into_scalar::<f32>();
            let (epoch, step) = (state.epoch + 1, state.step + 1);
            if !value.is_finite() {
                return Err(TrainError::Diverged { loss: value, step, epoch });
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            let done = (state.epoch * batches.len() + state.step) as f64 / total;
            network = optimizer.step(train.learning_rate * (1.0 - 0.9 * done), network, gradients);
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
        let scores: Vec<Scores> = validation
            .iter()
            .map(|questions| evaluate::score(&now, &categories, questions))
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
    best.set_note("epochs", state.epoch.to_string());
    best.set_note("epoch_seconds", format!("{:.1}", state.seconds / state.epoch.max(1) as f64));
    Ok(best)
}

/// The questions whose GAUC chooses the epoch: the last five items of each of `users`, each against 50 negatives.
pub fn validation_questions(
    sequences: &Sequences,
    users: &[usize],
    sampler: &Sampler,
    negatives: Negatives,
    max_history: usize,
) -> Vec<Question> {
    questions(sequences, users, sampler, (Protocol::NextItem, negatives), (5, 50), max_history, 0)
}

/// Weights to start from: embeddings uniform in ±0.1, dense layers uniform by their fan-in, biases 0,
/// PReLU's and Dice's α 0.25, Dice's γ 1 and β 0, its statistics those of a standard normal.
fn initial(config: &Config, catalogue: &Catalogue, seed: u64) -> Result<Weights, WeightsError> {
    let mut rng = StdRng::seed_from_u64(seed);
    let tensors = config
        .tensors(catalogue.vocabulary())
        .into_iter()
        .map(|(name, shape)| {
            let size = shape.iter().product();
            let values = match name.rsplit('.').next() {
                Some("alpha") => vec![0.25; size],
                Some("variance" | "gamma") => vec![1.0; size],
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

/// All examples of an epoch in random order, in batches of histories of about the same length, so that little of a batch
/// is padding.
fn batches(examples: &[Example], size: usize, seed: u64, epoch: usize) -> Vec<Vec<Example>> {
    let mut rng = StdRng::seed_from_u64(seed ^ ((epoch as u64 + 1) << 32));
    let mut shuffled = examples.to_vec();
    shuffled.shuffle(&mut rng);
    let mut batches = Vec::new();
    for pool in shuffled.chunks_mut(size * 32) {
        pool.sort_by_key(|example| example.until - example.from);
        batches.extend(pool.chunks(size).map(<[_]>::to_vec));
    }
    batches.shuffle(&mut rng);
    batches
}

/// One purchase to be told from items that were not bought.
#[derive(Debug, Clone, Copy)]
struct Example {
    user: usize,
    /// Of the item bought, among the user's purchases.
    position: usize,
    /// The items from here to `until` are the history.
    from: usize,
    until: usize,
}

/// What is the same in every epoch: the training users' purchases and how often each embedding is an input.
struct Shoppers {
    /// Items of each user, oldest first; empty for users who are not trained on.
    items: Vec<Vec<u32>>,
    /// The same, to ask what was bought.
    bought: Vec<HashSet<u32>>,
    /// Every purchase.
    examples: Vec<Example>,
    item_categories: Vec<u32>,
    /// n_j of each item: in how many examples it is a click of the history or the item bought.
    item_counts: Vec<u32>,
    /// n_j of each category, likewise.
    category_counts: Vec<u32>,
}

impl Shoppers {
    fn new(
        sequences: &Sequences,
        train: &[usize],
        (protocol, max_history): (Protocol, usize),
        item_categories: &[u32],
        vocabulary: Vocabulary,
    ) -> Self {
        let mut shoppers = Self {
            items: vec![Vec::new(); sequences.users.len()],
            bought: vec![HashSet::new(); sequences.users.len()],
            examples: Vec::new(),
            item_categories: item_categories.to_vec(),
            item_counts: vec![0; vocabulary.items],
            category_counts: vec![0; vocabulary.categories],
        };
        for &user in train {
            let events = &sequences.users[user].events;
            shoppers.items[user] = events.iter().map(|event| event.item).collect();
            shoppers.bought[user] = shoppers.items[user].iter().copied().collect();
            for position in 0..events.len() {
                let until = protocol.known(events, position);
                let from = until.saturating_sub(max_history);
                shoppers.examples.push(Example { user, position, from, until });
            }
        }
        for example in &shoppers.examples {
            let items = &shoppers.items[example.user];
            let seen: HashSet<u32> =
                items[example.from..example.until].iter().chain([&items[example.position]]).copied().collect();
            let categories: HashSet<u32> = seen.iter().map(|&item| item_categories[item as usize]).collect();
            seen.iter().for_each(|&item| shoppers.item_counts[item as usize] += 1);
            categories.iter().for_each(|&category| shoppers.category_counts[category as usize] += 1);
        }
        shoppers
    }

    fn history(&self, example: &Example) -> &[u32] {
        &self.items[example.user][example.from..example.until]
    }
}

/// One step's histories with the item bought next and sampled ones.
struct Batch<'a> {
    histories: Vec<&'a [u32]>,
    /// For each history an item of each step that was not bought, for the auxiliary loss.
    sampled: Vec<Vec<u32>>,
    /// For each history the item bought next, then the negatives.
    candidates: Vec<u32>,
}

impl<'a> Batch<'a> {
    fn draw(
        examples: &[Example],
        shoppers: &'a Shoppers,
        sampler: &Sampler,
        train: &TrainConfig,
        rng: &mut StdRng,
    ) -> Self {
        let mut batch = Self { histories: Vec::new(), sampled: Vec::new(), candidates: Vec::new() };
        for example in examples {
            let negative = |rng: &mut StdRng| {
                let kind = if rng.random_bool(0.5) { Negatives::Uniform } else { Negatives::Popularity };
                sampler.draw(kind, &shoppers.bought[example.user], rng)
            };
            let history = shoppers.history(example);
            if train.auxiliary > 0.0 {
                batch.sampled.push(history.iter().map(|_| negative(rng)).collect());
            }
            batch.candidates.push(shoppers.items[example.user][example.position]);
            batch.candidates.extend((0..train.negatives).map(|_| negative(rng)));
            batch.histories.push(history);
        }
        batch
    }

    /// Mean binary cross entropy, the item bought and the negatives together weighing the same; α times the auxiliary
    /// loss; the regularization of the embeddings.
    fn loss(&self, network: &Network, train: &TrainConfig, shoppers: &Shoppers, device: &Device) -> Tensor<1> {
        let rows = self.histories.len();
        let columns = 1 + train.negatives;
        let histories = Histories::new(&self.histories, device);
        let candidates = item_rows(&self.candidates, [rows, columns], device);
        let output = network.forward(&histories, candidates);
        let clicked = output.logits.clone().slice([0..rows, 0..1]);
        let others = output.logits.clone().slice([0..rows, 1..columns]);
        let mut loss = (-log_sigmoid(clicked)).mean() / 2.0 + (-log_sigmoid(-others)).mean() / 2.0;
        if train.auxiliary > 0.0 {
            let sampled = Histories::new(&self.sampled, device);
            if let Some(auxiliary) = network.auxiliary_loss(&output.body, &histories, &sampled) {
                loss = loss + auxiliary * train.auxiliary;
            }
        }
        if train.regularization > 0.0 {
            loss = loss + self.regularization(network, shoppers) * train.regularization;
        }
        loss
    }

    /// Mini-batch aware regularization (DIN, section "Mini-batch Aware Regularization"): ½ Σ_j α_j/n_j ‖w_j‖² over the
    /// rows w_j of the embedding tables, α_j being 1 for rows that this batch looks up and 0 for all others, n_j the
    /// number of examples with feature j in the training data. Sampled negatives are drawn anew each time and are not
    /// in n_j, which is at least 1.
    fn regularization(&self, network: &Network, shoppers: &Shoppers) -> Tensor<1> {
        let clicks = self.histories.iter().copied().flatten();
        let items: BTreeSet<u32> = clicks.chain(&self.candidates).copied().collect();
        let categories: BTreeSet<u32> = items.iter().map(|&item| shoppers.item_categories[item as usize]).collect();
        let weighed = |rows: BTreeSet<u32>, counts: &[u32]| -> Vec<(u32, f32)> {
            rows.into_iter().map(|row| (row, 0.5 / counts[row as usize].max(1) as f32)).collect()
        };
        network
            .embedding
            .square_norm(&weighed(items, &shoppers.item_counts), &weighed(categories, &shoppers.category_counts))
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

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;

    use super::*;
    use crate::sequences::{Event, User};
    use model::NetworkKind;

    /// Customers who bought these items, each of them its own invoice; items 0 and 1 are of category 0, all others of 1.
    fn shoppers(bought: &[&[u32]], max_history: usize) -> Shoppers {
        let user = |items: &&[u32]| {
            let event = |(basket, &item): (u32, &u32)| Event { item, basket, time: DateTime::default() };
            User { id: String::new(), events: (0..).zip(items.iter()).map(event).collect() }
        };
        let sequences = Sequences { users: bought.iter().map(user).collect() };
        let train: Vec<usize> = (0..bought.len()).collect();
        let vocabulary = Vocabulary { items: 5, categories: 2 };
        Shoppers::new(&sequences, &train, (Protocol::NextItem, max_history), &[0, 0, 1, 1, 1], vocabulary)
    }

    #[test]
    fn counts_are_of_examples_with_the_feature() {
        // Examples of the first customer: {0}, {0, 1}, {1, 2}, {2, 3}; of the second: {4}, {4, 0}.
        let shoppers = shoppers(&[&[0, 1, 2, 3], &[4, 0]], 1);
        assert_eq!(shoppers.examples.len(), 6);
        assert_eq!(shoppers.item_counts, [3, 2, 2, 1, 2]);
        assert_eq!(shoppers.category_counts, [4, 4]);
    }

    #[test]
    fn regularization_weighs_rows_of_the_batch_by_their_frequency() {
        let shoppers = shoppers(&[&[0, 1, 2, 3], &[4, 0]], 1);
        let config = Config { item_dim: 2, category_dim: 1, ..NetworkKind::EmbeddingMlp.shipped() };
        let weights = Weights::seeded(config, Vocabulary { items: 5, categories: 2 }, 6).expect("sizes are sensible");
        let network = Network::new(&weights, &[0, 0, 1, 1, 1], &Device::flex()).expect("five items");
        // Items 0 (twice), 1 and 4, both categories.
        let history = [0, 1];
        let batch = Batch { histories: vec![&history], sampled: Vec::new(), candidates: vec![4, 0] };
        let items = weights.values("embedding.item.weight");
        let square = |row: usize| f64::from(items[2 * row].powi(2) + items[2 * row + 1].powi(2));
        let categories: f64 = weights.values("embedding.category.weight").iter().map(|w| f64::from(w * w) / 4.0).sum();
        let expected = 0.5 * (square(0) / 3.0 + square(1) / 2.0 + square(4) / 2.0 + categories);
        let found = batch.regularization(&network, &shoppers).into_scalar::<f32>();
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} and {expected}");
    }
}
