//! A training on its way, step by step.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;

use burn::module::{ParamId, list_param_ids};
use burn::optim::GradientsParams;
use burn::prelude::*;
use model::reference::{Network, read};
use model::{Catalogue, Config, Weights, WeightsError};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::batch::Batch;
use super::checkpoint::{self, Checkpoint};
use super::error::TrainError;
use super::examples::{Example, Shoppers, batches, fine_tuning_batches};
use super::initial::initial;
use super::optimizer::Optimizer;
use crate::evaluate::Evaluation;
use crate::messages::MEASURED_FROM;
use crate::options::{FineTuning, Frozen, TrainConfig};
use crate::purchases::{Protocol, Purchase, customers};
use crate::samples::{Negatives, Question, Sampler, questions};
use crate::scores::{Scores, score_logits};
use crate::state::State;

/// What is trained on.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// The products.
    pub catalogue: &'a Catalogue,
    /// The purchases of each training user.
    pub train: &'a [Vec<Purchase>],
    /// The purchases of each validation user, whose last ones choose the epoch.
    pub validation: &'a [Vec<Purchase>],
    /// For fine-tuning the user's own clicks, rows of the catalogue, oldest first.
    pub own: &'a [u32],
    /// A hash by which a checkpoint knows its data.
    pub hash: &'a str,
}

/// What a training begins with.
#[derive(Debug, Clone)]
pub enum Begin {
    /// Weights drawn by the seed.
    Seed,
    /// These.
    From(Box<Weights>),
    /// What another one has come to, which must be of the same.
    Checkpoint(Box<Checkpoint>),
}

/// The negatives of the two sets of validation questions, in the order of their scores.
pub const VALIDATION: [Negatives; 2] = [Negatives::Uniform, Negatives::Popularity];

/// A training on its way: [`step`](Self::step) until [`epoch_is_over`](Self::epoch_is_over), then
/// [`close_epoch`](Self::close_epoch) with the scores of the validation questions, until [`is_over`](Self::is_over). In between it
/// can be left alone as long as one likes, and its [`checkpoint`](Self::checkpoint) goes on with the same losses to the bit.
///
/// What takes long is asynchronous, as nothing in a browser can wait for a GPU.
#[derive(Debug)]
pub struct Training {
    state: State,
    shoppers: Shoppers,
    /// Of popularity, training knows what its own users tell.
    known: Sampler,
    validation: [Arc<[Question]>; 2],
    /// In fine-tuning the user's own last click against all products that were not clicked, where there are enough clicks.
    own: Option<Arc<[Question]>>,
    /// Customers among the training users of each item, `[items]`.
    customers: Vec<u32>,
    device: Device,
    network: Network,
    optimizer: Optimizer,
    /// Steps whose losses are still on the device.
    unread: Vec<Unread>,
    /// What the network's weights are like: their configuration and vocabulary.
    like: Weights,
    best: Weights,
    /// The batches of this epoch.
    batches: Vec<Vec<Example>>,
}

/// A step whose loss is still on the device.
#[derive(Debug)]
struct Unread {
    /// Counted from 1, within the epoch.
    step: usize,
    /// `[1]`.
    loss: Tensor<1>,
}

/// A GPU is asked for losses after so many steps: it computes meanwhile, and an answer takes its time.
const READ_EVERY: usize = 8;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Counted from 1.
    pub epoch: usize,
    /// Counted from 1, within the epoch.
    pub step: usize,
    /// Steps of the epoch.
    pub steps: usize,
    /// Loss of the step's batch.
    pub loss: f32,
    /// Mean loss of the epoch so far.
    pub mean: f32,
}

/// What an epoch did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Counted from 1.
    pub epoch: usize,
    /// Its mean loss.
    pub loss: f32,
    /// Whether its validation GAUC is the best so far.
    pub best: bool,
}

impl Training {
    /// Begins a training on `device`, or goes on with one.
    ///
    /// # Errors
    /// See [`TrainError`].
    pub fn new(
        config: &Config,
        train: &TrainConfig,
        data: &Data,
        begin: Begin,
        device: &Device,
    ) -> Result<Self, TrainError> {
        if train.auxiliary > 0.0
            && let Some(problem) = config.network.auxiliary_problem(config.width())
        {
            return Err(TrainError::Auxiliary(problem));
        }
        for (users, name) in [(data.train, "training"), (data.validation, "validation")] {
            if users.is_empty() {
                return Err(TrainError::NoUsers(name));
            }
        }
        let catalogue = data.catalogue;
        let sampler = Sampler::new(catalogue);
        let customers = customers(data.train, catalogue.items().len());
        let known = Sampler::new(&catalogue.clone().with_popularity(&customers));
        let validation = VALIDATION
            .map(|negatives| validation_questions(data.validation, &sampler, negatives, config.max_history).into());
        let categories = catalogue.item_categories();
        let scope = (train.protocol, config.max_history);
        let (users, own) = match train.fine_tuning {
            Some(_) => with_own(data, config.max_history)?,
            None => (Cow::Borrowed(data.train), None),
        };
        let shoppers = Shoppers::new(&users, &known, scope, &categories, catalogue.vocabulary());
        let nobody = validation.iter().all(|questions: &Arc<[Question]>| questions.is_empty());
        for (nobody, name) in [(shoppers.examples.is_empty(), "training"), (nobody, "validation")] {
            if nobody {
                return Err(TrainError::NoNegatives(name));
            }
        }

        let like = match &begin {
            Begin::From(weights) => (**weights).clone(),
            Begin::Seed | Begin::Checkpoint(_) => initial(config, catalogue, train.seed)?,
        };
        like.check_vocabulary("the weights to begin with", catalogue.vocabulary(), &catalogue.vocabulary_hash())?;
        let fresh = State {
            train: train.clone(),
            config: config.clone(),
            vocabulary: catalogue.vocabulary_hash(),
            split: data.hash.to_owned(),
            epoch: 0,
            step: 0,
            loss_sum: 0.0,
            best_gauc: 0.0,
            epochs_since_best: 0,
        };
        let (state, now, best, moments) = match begin {
            Begin::Checkpoint(checkpoint) => {
                let Checkpoint { state, now, best, optimizer } = *checkpoint;
                if let Some(what) = checkpoint::other(&state, &fresh) {
                    let problem = format!("is a checkpoint of {what}");
                    return Err(TrainError::Checkpoint { file: CHECKPOINT.to_owned(), problem });
                }
                (State { train: fresh.train, ..state }, now, best, Some(optimizer))
            }
            Begin::Seed | Begin::From(_) => (fresh, like.clone(), like.clone(), None),
        };
        let device = device.clone().autodiff();
        let network = Network::new(&now, &categories, &device)?;
        let frozen = frozen(&network, train.fine_tuning.as_ref());
        let optimizer = Optimizer::new(&network, &frozen, train, moments.as_deref())?;
        let batches = of_epoch(&shoppers, train, state.epoch);
        Ok(Self {
            state,
            shoppers,
            known,
            validation,
            own,
            customers,
            device,
            network,
            optimizer,
            unread: Vec::new(),
            like,
            best,
            batches,
        })
    }

    /// How far it has come.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Steps an epoch.
    pub fn steps(&self) -> usize {
        self.batches.len()
    }

    /// Whether there is no epoch left, or too many were no better than the best.
    pub fn is_over(&self) -> bool {
        self.state.epoch >= self.state.train.epochs || self.state.epochs_since_best >= self.state.train.patience
    }

    /// Whether the epoch has no step left.
    pub fn epoch_is_over(&self) -> bool {
        self.state.step >= self.batches.len()
    }

    /// A step of Adam on the epoch's next batch, where it has one left, and the steps whose losses are known with it: the step itself
    /// on the CPU, and on a GPU some steps at once.
    ///
    /// # Errors
    /// [`TrainError::Diverged`], after which the best weights are still there.
    pub async fn step(&mut self) -> Result<Vec<Step>, TrainError> {
        self.launch();
        let every = if self.device == Device::flex().autodiff() { 1 } else { READ_EVERY };
        if self.unread.len() >= every || self.epoch_is_over() { self.losses().await } else { Ok(Vec::new()) }
    }

    fn launch(&mut self) {
        let State { ref train, epoch, step, .. } = self.state;
        let Some(examples) = self.batches.get(step) else { return };
        let steps = self.batches.len();
        // Seeded by the step, so that a resumed training draws what an unbroken one would have drawn.
        let mut rng = StdRng::seed_from_u64(train.seed.wrapping_add(1_000_003 * (epoch as u64 + 1)) ^ step as u64);
        let batch = Batch::draw(examples, &self.shoppers, &self.known, train, &mut rng);
        let loss = batch.loss(&self.network, train, &self.shoppers, &self.device);
        let value = loss.clone().detach().inner();
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let step_size = train.step_size(epoch * steps + step, train.epochs * steps);
        self.network = self.optimizer.step(self.network.clone(), step_size, gradients);
        self.state.step += 1;
        self.unread.push(Unread { step: step + 1, loss: value });
    }

    /// Those of the steps that were done whose losses were not known yet.
    ///
    /// # Errors
    /// [`TrainError::Diverged`], after which the best weights are still there.
    pub async fn losses(&mut self) -> Result<Vec<Step>, TrainError> {
        let (numbers, losses): (Vec<_>, Vec<_>) =
            mem::take(&mut self.unread).into_iter().map(|unread| (unread.step, unread.loss)).unzip();
        if losses.is_empty() {
            return Ok(Vec::new());
        }
        let losses = read(Tensor::cat(losses, 0)).await;
        let (epoch, steps) = (self.state.epoch + 1, self.batches.len());
        let mut done = Vec::new();
        for (step, loss) in numbers.into_iter().zip(losses) {
            if !loss.is_finite() {
                let tensor = match self.now().await {
                    Err(WeightsError::NotFinite { tensor, .. }) => Some(tensor),
                    _ => None,
                };
                return Err(TrainError::Diverged { loss, step, epoch, tensor });
            }
            self.state.loss_sum += f64::from(loss);
            let mean = (self.state.loss_sum / step as f64) as f32;
            done.push(Step { epoch, step, steps, loss, mean });
        }
        Ok(done)
    }

    /// The weights at this step.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] where training diverged.
    pub async fn now(&self) -> Result<Weights, WeightsError> {
        self.network.to_weights(&self.like).await
    }

    /// The weights of the best epoch so far; those of the start before the first one is over.
    pub fn best(&self) -> &Weights {
        &self.best
    }

    /// The validation questions of each of [`VALIDATION`], put to `weights`.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn evaluations(&self, weights: &Weights) -> Result<[Evaluation<Arc<[Question]>>; 2], WeightsError> {
        let [a, b] = &self.validation;
        Ok([self.asked(weights, a)?, self.asked(weights, b)?])
    }

    /// In fine-tuning the question about the user's own last click, put to `weights`; none where there are too few clicks.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn own_evaluation(&self, weights: &Weights) -> Result<Option<Evaluation<Arc<[Question]>>>, WeightsError> {
        self.own.as_ref().map(|question| self.asked(weights, question)).transpose()
    }

    /// What `weights` score on the questions of each of [`VALIDATION`].
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn scores(&self, weights: &Weights) -> Result<[Scores; 2], WeightsError> {
        Ok(self.evaluations(weights)?.map(|mut evaluation| {
            while evaluation.advance() {}
            score_logits(&evaluation.logits())
        }))
    }

    /// What the floor scores that knows no history: an item's number of customers among the training users.
    pub fn popularity(&self) -> [Scores; 2] {
        self.validation.each_ref().map(|questions| {
            let customers = |&item: &u32| self.customers[item as usize] as f32;
            let row = |question: &Question| question.candidates.iter().map(customers).collect();
            // A number of customers is the logit of no probability.
            Scores { logloss: f64::NAN, ..score_logits(&questions.iter().map(row).collect::<Vec<_>>()) }
        })
    }

    /// Ends the epoch, of which all [`losses`](Self::losses) are known and whose weights `now` have these scores on the questions of [`VALIDATION`].
    pub fn close_epoch(&mut self, now: Weights, scores: &[Scores; 2]) -> Epoch {
        let loss = self.mean_loss();
        let asked: Vec<f64> = scores.iter().filter(|scores| scores.questions > 0).map(|scores| scores.gauc).collect();
        let gauc = asked.iter().sum::<f64>() / asked.len() as f64;
        // Fine-tuning is not for the users who are asked here.
        let is_tuned = self.state.train.fine_tuning.is_some();
        let best = is_tuned || gauc > self.state.best_gauc;
        if best {
            self.best = now;
            self.state.best_gauc = gauc;
            self.state.epochs_since_best = 0;
        } else {
            self.state.epochs_since_best += 1;
        }
        self.state.epoch += 1;
        self.state.step = 0;
        self.state.loss_sum = 0.0;
        self.batches = of_epoch(&self.shoppers, &self.state.train, self.state.epoch);
        Epoch { epoch: self.state.epoch, loss, best }
    }

    /// All that it goes on from, once all [`losses`](Self::losses) are known.
    ///
    /// # Errors
    /// [`WeightsError::NotFinite`] where training diverged, [`TrainError::Checkpoint`] where the optimizer's state cannot be written.
    pub async fn checkpoint(&self) -> Result<Checkpoint, TrainError> {
        Ok(Checkpoint {
            state: self.state.clone(),
            now: self.now().await?,
            best: self.best.clone(),
            optimizer: self.optimizer.moments().await?,
        })
    }

    /// The weights of the best epoch, with their validation `scores` and the number of epochs as notes.
    pub fn finish(&self, [uniform, popularity]: &[Scores; 2]) -> Weights {
        let mut best = self.best.clone();
        best.set_note("validation", serde_json::json!({ "uniform": uniform, "popularity": popularity }).to_string());
        best.set_note("epochs", self.state.epoch.to_string());
        best
    }

    fn asked(
        &self,
        weights: &Weights,
        questions: &Arc<[Question]>,
    ) -> Result<Evaluation<Arc<[Question]>>, WeightsError> {
        Evaluation::new(weights, &self.shoppers.item_categories, questions.clone())
    }

    fn mean_loss(&self) -> f32 {
        (self.state.loss_sum / self.state.step.max(1) as f64) as f32
    }
}

/// What a checkpoint is called in errors, where it is no file.
pub(super) const CHECKPOINT: &str = "the checkpoint";

/// The questions whose GAUC chooses the epoch: the last five items of each user, each against 50 negatives.
pub fn validation_questions(
    users: &[Vec<Purchase>],
    sampler: &Sampler,
    negatives: Negatives,
    max_history: usize,
) -> Vec<Question> {
    questions(users, sampler, (Protocol::NextItem, negatives), (5, 50), max_history, 0)
}

/// The users with the one whose own clicks are trained on as the last, and the question about the click that is not.
fn with_own<'a>(data: &Data<'a>, max_history: usize) -> Result<WithOwn<'a>, TrainError> {
    let Data { train, own, catalogue, .. } = *data;
    let (&last, before) = own.split_last().filter(|_| own.len() > 1).ok_or(TrainError::TooFewClicks(own.len()))?;
    let is_measured = own.len() >= MEASURED_FROM;
    let learned = if is_measured { before } else { own };
    let purchase = |(basket, &item): (u32, &u32)| Purchase { item, basket };
    let mut users = train.to_vec();
    users.push((0..).zip(learned).map(purchase).collect());
    let question = || {
        let others = (0..catalogue.items().len() as u32).filter(|item| !own.contains(item));
        Question {
            history: before[before.len().saturating_sub(max_history)..].to_vec(),
            candidates: std::iter::once(last).chain(others).collect(),
        }
    };
    Ok((Cow::Owned(users), is_measured.then(|| [question()].into())))
}

/// See [`with_own`].
type WithOwn<'a> = (Cow<'a, [Vec<Purchase>]>, Option<Arc<[Question]>>);

/// The parameters that stay as they are.
fn frozen(network: &Network, fine_tuning: Option<&FineTuning>) -> Vec<ParamId> {
    match fine_tuning.map(|tuning| tuning.frozen) {
        None | Some(Frozen::Nothing) => Vec::new(),
        Some(Frozen::Embeddings) => list_param_ids(&network.embedding),
        Some(Frozen::Head) => list_param_ids(&network.head),
    }
}

/// The batches of an epoch.
fn of_epoch(shoppers: &Shoppers, train: &TrainConfig, epoch: usize) -> Vec<Vec<Example>> {
    match &train.fine_tuning {
        Some(tuning) => fine_tuning_batches(shoppers, tuning, train, epoch),
        None => batches(&shoppers.examples, train.batch, train.seed, epoch),
    }
}
