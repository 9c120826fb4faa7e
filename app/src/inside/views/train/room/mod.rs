//! What is trained in the page and what has been. It is made with the first look at the view and outlives it: a training goes on
//! while the visitor looks at what the network does meanwhile.

mod live;

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Config, browser};
use training::messages::{Command, Evaluated, Failed, Report, Saved, Start};
use training::options::TrainConfig;

use super::form::Form;
use super::kept::Kept;
use super::own::{Data, Own};
use super::run::{End, Run};
use super::trainer::{Heard, Trainer, wasm_file, why_lost};
use crate::browser::clock;
use crate::browser::load::{NO_LIMIT, fetch};
use crate::browser::staying::{AsksBeforeLeaving, ScreenLock};
use crate::browser::worker;
use crate::explain::networks::Network;
use crate::language::{english, t};
use crate::session::answer::projection::Projection;
use crate::session::shop::products::Products;
use crate::session::{Model, Session, Trained};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::your_model::YourModel;

/// The validation questions are asked after so many steps, and at the end of each pass.
pub const ASKED_EVERY: usize = 200;

/// A checkpoint is kept after so many milliseconds, beside those of a pause and of the end.
const KEPT_EVERY_MS: f64 = 60_000.0;

/// What is going on.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// What trains is on its way.
    Loading {
        /// What is coming, in words.
        what: &'static str,
        /// Bytes so far.
        received: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
    },
    /// It could not begin: why, in a sentence.
    Lost(String),
    /// It trains.
    Running,
    /// It waits.
    Paused,
}

/// The shop's purchases: the training customers' and the validation customers'.
type Purchases = [Vec<u8>; 2];

/// What is there for as long as a training goes on.
struct Work {
    trainer: Trainer,
    _asks_before_leaving: AsksBeforeLeaving,
}

/// The page's trainings. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Room {
    session: Session,
    yours: YourModel,
    /// What is to be trained next.
    pub form: RwSignal<Form>,
    /// What is going on.
    pub phase: RwSignal<Phase>,
    /// The trainings of this visit, the newest last.
    pub runs: RwSignal<Vec<Run>>,
    /// What came of the last look at the network, where it failed, in a sentence.
    pub problem: RwSignal<Option<String>>,
    /// What is said to those who hear the page.
    pub said: RwSignal<String>,
    /// A training from which one can go on.
    pub kept: RwSignal<Option<Arc<Kept>>>,
    /// The visitor's own data, for what is trained from a seed.
    pub own: Own,
    wasm: StoredValue<Option<Arc<Vec<u8>>>>,
    purchases: StoredValue<Option<Arc<Purchases>>>,
    work: StoredValue<Option<Work>, LocalStorage>,
    screen: StoredValue<Option<ScreenLock>, LocalStorage>,
    progress: StoredValue<Progress>,
}

/// What only the room itself asks for.
#[derive(Default)]
struct Progress {
    /// Counts the trainings that were begun, so that none hears of one before it.
    turn: u32,
    /// Whether the visitor asked for the end.
    is_stopped: bool,
    /// When a checkpoint was asked for last.
    kept: f64,
    /// Until when time at work is counted.
    counted: f64,
    /// When the weights of now were asked for last.
    looked: f64,
    /// Whether the page has taken the network in training for the visitor's.
    is_shown: bool,
    /// Whether the page is making an engine of weights.
    is_making: bool,
    /// Whether the states' projection is older than the last scores.
    is_stale: bool,
    /// The projection of DIEN's states, which is fitted anew with the scores.
    projection: Option<Arc<Projection>>,
}

thread_local! {
    /// The room, with the owner of its signals.
    static ROOM: RefCell<Option<(Owner, Room)>> = const { RefCell::new(None) };
}

impl Room {
    /// The page's room.
    pub fn of_page(session: Session, yours: YourModel) -> Self {
        ROOM.with_borrow_mut(|room| {
            let make = || {
                // No view's: the signals stay when the view goes.
                let owner = Owner::default();
                let room = owner.with(|| Self::new(session, yours));
                spawn_local(async move {
                    if let Some(kept) = Kept::last().await {
                        room.kept.set(Some(kept.into()));
                    }
                });
                (owner, room)
            };
            room.get_or_insert_with(make).1
        })
    }

    fn new(session: Session, yours: YourModel) -> Self {
        Self {
            session,
            yours,
            form: RwSignal::new(Form::default()),
            phase: RwSignal::new(Phase::Idle),
            runs: RwSignal::new(Vec::new()),
            problem: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            kept: RwSignal::new(None),
            own: Own::new(),
            wasm: StoredValue::new(None),
            purchases: StoredValue::new(None),
            work: StoredValue::new_local(None),
            screen: StoredValue::new_local(None),
            progress: StoredValue::new(Progress::default()),
        }
    }

    /// Whether something is trained, or about to be. Reactive.
    pub fn is_busy(self) -> bool {
        self.phase.scoped().with(|phase| !matches!(phase, Phase::Idle | Phase::Lost(_)))
    }

    /// Trains what the form says.
    pub fn start(self) {
        self.start_from(None);
    }

    /// Goes on from what the browser kept.
    pub fn resume(self) {
        if let Some(kept) = self.kept.get_untracked()
            && let Some(form) = kept.form()
        {
            self.form.set(form);
            self.own.set(kept.data());
            self.start_from(Some(kept));
        }
    }

    fn start_from(self, kept: Option<Arc<Kept>>) {
        if untrack(|| self.is_busy()) {
            return;
        }
        let form = self.form.get_untracked();
        let Ok((config, train)) = form.options() else { return };
        let turn = self.progress.with_value(|progress| progress.turn + 1);
        let looked = f64::NEG_INFINITY;
        self.progress.set_value(Progress { turn, looked, ..Progress::default() });
        self.problem.set(None);
        self.phase.set(Phase::Loading { what: t!("the trainer"), received: 0, total: None });
        spawn_local(async move {
            if let Err(why) = self.begin(turn, form, (config, train), kept).await
                && self.is_turn(turn)
            {
                self.phase.set(Phase::Lost(why));
            }
        });
    }

    async fn begin(
        self,
        turn: u32,
        form: Form,
        (config, train): (Config, TrainConfig),
        kept: Option<Arc<Kept>>,
    ) -> Result<(), String> {
        let wasm = self.wasm(turn).await?;
        let data = untrack(|| self.own.data()).filter(|_| !form.is_tuning());
        let products = self.products(data.as_ref())?;
        let [training, validation] = match &data {
            Some(data) => [data.read.training.clone(), data.read.validation.clone()],
            None => (*self.purchases(turn).await?).clone(),
        };
        if !self.is_turn(turn) {
            return Ok(());
        }
        let passes = train.epochs;
        let (from, own) = match (&kept, form.is_tuning()) {
            (Some(kept), _) => (None, kept.clicks().to_vec()),
            (None, true) => self.own(&form)?,
            (None, false) => (None, Vec::new()),
        };
        let command = Command::Start(Box::new(Start {
            config,
            train,
            catalogue: products.csv().to_vec(),
            training,
            validation,
            evaluate_every: Some(ASKED_EVERY),
            from,
            own: own.clone(),
            checkpoint: kept.as_ref().map(|kept| kept.saved.clone()),
        }));
        let trainer = Trainer::new(&wasm, &command, move |heard| self.hear(turn, heard))?;
        self.work.set_value(Some(Work { trainer, _asks_before_leaving: AsksBeforeLeaving::now() }));
        self.runs.update(|runs| {
            let number = runs.last().map_or(1, |run| run.number + 1);
            runs.push(match kept {
                Some(kept) => Run { data, ..kept.run(number, form) },
                None => Run { data, clicks: own, ..Run::new(number, form, passes) },
            });
        });
        let lock = ScreenLock::ask().await;
        if self.is_turn(turn) {
            self.screen.set_value(lock);
        }
        Ok(())
    }

    /// For fine-tuning the weights of the page's network, safetensors, and the clicks in the page's own shop.
    fn own(self, form: &Form) -> Result<(Option<Vec<u8>>, Vec<u32>), String> {
        let network = Network::Shipped(form.kind);
        let weights = self.session.models[network.index()]
            .with_untracked(|model| model.ready().map(|model| model.weights().clone()))
            .ok_or(english!("The page’s {name} is not here yet: try again in a moment", name = network.name()))?;
        let clicks: Vec<u32> =
            self.session.demo.clicks.with_untracked(|clicks| clicks.now().iter().map(|click| click.item).collect());
        Ok((Some(weights.to_safetensors().map_err(|error| error.to_string())?), clicks))
    }

    /// The products of a training's data; of the page's shop where they are none of the visitor's own.
    fn products(self, data: Option<&Arc<Data>>) -> Result<Arc<Products>, String> {
        let products = data.map_or_else(|| self.session.demo.products(), |data| Some(data.products.clone()));
        products.ok_or_else(|| english!("There is no catalogue on the page").to_owned())
    }

    /// Shows how much has come of something that a training needs.
    fn coming(self, turn: u32, what: &'static str) -> impl Fn(u64, Option<u64>) {
        move |received, total| {
            if self.is_turn(turn) {
                self.phase.set(Phase::Loading { what, received, total });
            }
        }
    }

    /// The trainer's wasm; it comes once.
    async fn wasm(self, turn: u32) -> Result<Arc<Vec<u8>>, String> {
        if let Some(wasm) = self.wasm.get_value() {
            return Ok(wasm);
        }
        let wasm = Arc::new(worker::wasm(&wasm_file(), &self.coming(turn, t!("the trainer"))).await?);
        self.wasm.set_value(Some(wasm.clone()));
        Ok(wasm)
    }

    /// The shop's purchases; they come once.
    async fn purchases(self, turn: u32) -> Result<Arc<Purchases>, String> {
        if let Some(purchases) = self.purchases.get_value() {
            return Ok(purchases);
        }
        let fetched = async |set: &str| {
            let (file, coming) = (format!("assets/purchases-{set}.bin"), self.coming(turn, t!("the shop’s purchases")));
            fetch(&file, NO_LIMIT, &coming).await.map_err(|error| error.to_string())
        };
        let purchases = Arc::new([fetched("training").await?, fetched("validation").await?]);
        self.purchases.set_value(Some(purchases.clone()));
        Ok(purchases)
    }

    fn is_turn(self, turn: u32) -> bool {
        self.progress.with_value(|progress| progress.turn == turn)
    }

    /// Waits before the next step, or goes on.
    pub fn pause(self) {
        let (command, phase) = match self.phase.get_untracked() {
            Phase::Running => (Command::Pause, Phase::Paused),
            Phase::Paused => (Command::Resume, Phase::Running),
            _ => return,
        };
        self.count_time();
        self.phase.set(phase);
        self.ask(&command);
        if command == Command::Pause {
            self.ask(&Command::Checkpoint);
        }
    }

    /// Ends the training with what there is; one that has not begun does not begin.
    pub fn stop(self) {
        match self.phase.get_untracked() {
            Phase::Running | Phase::Paused => {
                self.progress.update_value(|progress| progress.is_stopped = true);
                self.ask(&Command::Checkpoint);
                self.ask(&Command::Stop);
            }
            Phase::Loading { .. } => {
                self.leave();
                self.runs.update(|runs| runs.retain(|run| run.end != End::NotYet));
                self.phase.set(Phase::Idle);
            }
            Phase::Idle | Phase::Lost(_) => {}
        }
    }

    fn ask(self, command: &Command) {
        self.work.with_value(|work| {
            if let Some(work) = work {
                work.trainer.ask(command);
            }
        });
    }

    /// Ends the worker, and hears no more of it.
    fn leave(self) {
        self.progress.update_value(|progress| progress.turn += 1);
        self.screen.set_value(None);
        // It may be the worker that is just being heard.
        let work = self.work.try_update_value(Option::take);
        spawn_local(async move { drop(work) });
    }

    fn hear(self, turn: u32, heard: Heard) {
        if !self.is_turn(turn) {
            return;
        }
        let Ok(report) = heard else {
            spawn_local(async move {
                let why = why_lost().await;
                if self.is_turn(turn) {
                    self.fail(Failed { problem: english!("the trainer is lost. {why}"), tensor: None, best: None });
                }
            });
            return;
        };
        match report {
            Report::Started(started) => {
                let now = clock::now();
                self.progress.update_value(|progress| (progress.counted, progress.kept) = (now, now));
                self.phase.set(Phase::Running);
                self.change(|run| run.start(&started));
                self.look();
            }
            Report::Step(stepped) => {
                self.count_time();
                self.change(|run| run.step(&stepped));
                self.look();
                self.keep_now_and_then();
            }
            Report::Evaluated(evaluated) => {
                self.count_time();
                self.progress.update_value(|progress| progress.is_stale = true);
                self.change(|run| run.score(&evaluated));
                self.say(&evaluated);
            }
            Report::Weights(snapshot) => self.follow(snapshot.weights),
            Report::Finished(finished) => {
                let is_stopped = self.progress.with_value(|progress| progress.is_stopped);
                self.end(if is_stopped { End::Stopped } else { End::Finished }, Some(finished.weights));
            }
            Report::Failed(failed) => self.fail(failed),
            Report::Checkpoint(saved) => self.keep(*saved),
        }
    }

    /// Asks for a checkpoint, unless there was one within a minute.
    fn keep_now_and_then(self) {
        let now = clock::now();
        let asks = self.progress.try_update_value(|progress| {
            let asks = now - progress.kept >= KEPT_EVERY_MS;
            if asks {
                progress.kept = now;
            }
            asks
        });
        if asks == Some(true) {
            self.ask(&Command::Checkpoint);
        }
    }

    /// Keeps what the training can go on from.
    fn keep(self, saved: Saved) {
        let kept = self.runs.with_untracked(|runs| runs.last().map(|run| Arc::new(Kept::new(run, saved))));
        self.kept.set(kept.clone());
        if let Some(kept) = kept {
            spawn_local(async move { kept.keep().await });
        }
    }

    /// Changes the training that goes on.
    fn change(self, change: impl FnOnce(&mut Run)) {
        self.runs.update(|runs| {
            if let Some(run) = runs.last_mut() {
                change(run);
            }
        });
    }

    /// Counts the time since the last report, unless it waited.
    fn count_time(self) {
        let now = clock::now();
        let before = self.progress.try_update_value(|progress| std::mem::replace(&mut progress.counted, now));
        if self.phase.with_untracked(|phase| *phase == Phase::Running) {
            self.change(|run| run.worked += now - before.unwrap_or(now));
        }
    }

    /// Says the scores to those who hear the page.
    fn say(self, evaluated: &Evaluated) {
        let said = self.runs.with_untracked(|runs| {
            let run = runs.last()?;
            let [uniform, popular] = evaluated.scores.map(|scores| format!("{:.3}", scores.gauc));
            Some(t!(
                "{network} after step {step} of {steps}: loss {loss}, validation GAUC {uniform} against uniform negatives and {popular} \
                 against popular ones.",
                network = run.name(),
                step = run.losses.len(),
                steps = run.all_steps(),
                loss = run.losses.last().copied().map(format::weight).unwrap_or_default()
            ))
        });
        self.said.set(said.unwrap_or_default());
    }

    /// Ends with weights, if there are any: the page shows them, unless it has shown those of before and the visitor went on to others.
    fn end(self, end: End, weights: Option<Vec<u8>>) {
        // A quick one is over before the page has shown any of it.
        let is_first = self.progress.with_value(|progress| !progress.is_shown);
        let shows = is_first || self.is_ours();
        let of_run = self.runs.with_untracked(|runs| runs.last().map(Run::of));
        let weights = weights.map(Arc::new);
        if end != End::Stopped {
            self.kept.set(None);
            spawn_local(Kept::forget());
        }
        self.leave();
        self.phase.set(Phase::Idle);
        let said = match &end {
            End::Failed(why) => why.clone(),
            End::Stopped => t!("The training is stopped.").to_owned(),
            End::NotYet | End::Finished => t!("The training is finished.").to_owned(),
        };
        self.said.set(said);
        self.change(|run| {
            run.end = end;
            run.weights = weights.clone();
        });
        self.show_to_others();
        if let (true, Some(weights), Some(of)) = (shows, weights, of_run) {
            // Whoever looks at another network goes on to.
            let answers = is_first || self.session.network.get_untracked() == Network::Yours;
            spawn_local(async move {
                match self.made(&of, &weights, answers).await {
                    Ok((model, engine)) => self.show(&of, model, engine, is_first),
                    Err(why) => self.problem.set(Some(why)),
                }
            });
        }
    }

    /// Lets other views compare what came out.
    fn show_to_others(self) {
        let come_out = self.runs.with_untracked(|runs| {
            let run = runs.last()?;
            let weights = browser::weights(&run.file(), run.weights.as_ref()?).ok()?;
            Some(Trained { number: run.number, model: Model::new(&run.file(), weights) })
        });
        self.session.trained.update(|trained| trained.extend(come_out));
    }

    fn fail(self, Failed { problem, tensor, best }: Failed) {
        let has_begun = self.runs.with_untracked(|runs| runs.last().is_some_and(|run| run.steps > 0));
        if !has_begun {
            self.leave();
            self.runs.update(|runs| drop(runs.pop()));
            return self.phase.set(Phase::Lost(problem));
        }
        let mut why = format::sentence(&problem);
        if let Some(tensor) = tensor {
            why += " ";
            why += &t!("The first tensor with something other than numbers is {tensor}.");
        }
        if best.is_some() {
            why += " ";
            why += t!("The weights of the best pass are kept.");
        }
        self.end(End::Failed(why), best);
    }
}
