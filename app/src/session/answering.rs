//! The answering loop: state → question → engine → answer → signals.
//!
//! An action in [`super`] changes the state, which is the history, the network and the products asked about, and calls
//! [`Session::answer_timed`] or [`Session::answer`]. A loop runs until the answer is about the newest state: it borrows the
//! network's engine, ranks the history on it, and sets [`Session::answered`] and the signals beside it. What reads those is the
//! ranking, the history, the evolution, the status and, by way of the scene, the inside.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Catalogue, Inspection, Weights};
use shaders::{Backend, Choice, Engine, EngineError, Host, ShaderStage, Warm};

use super::Session;
use super::answer::ranks::Focus;
use super::answer::{Answered, Elapsed, HostInfo, Opinion, Problem};
use super::models::Slot;
use crate::browser::clock::{self, pause};
use crate::browser::load::Transfer;
use crate::browser::time_slices;
use crate::explain::networks::Network;
use crate::language::{english, t};
use crate::ui::format;

impl Session {
    /// Asks for an answer after a change of history or network, and times it.
    pub(super) fn answer_timed(self) {
        self.machine.update_value(|machine| machine.changed_at = Some(clock::now()));
        self.answer();
    }

    /// Asks for an answer to the present state, whatever became of the one before. While one is being computed, only the
    /// newest state counts: what comes of an older one is dropped.
    pub(super) fn answer(self) {
        if self.problem.with_untracked(Option::is_some) {
            self.problem.set(None);
        }
        let running = self.machine.try_update_value(|machine| {
            machine.version += 1;
            std::mem::replace(&mut machine.running, true)
        });
        if running != Some(false) {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            loop {
                // The click itself shows first, and a burst of clicks becomes one question. While the page starts there is
                // none.
                if self.shop_may_show.get_untracked() {
                    pause(0).await;
                }
                let version = self.machine.with_value(|machine| machine.version);
                let result = self.answer_now(version).await;
                let of_network = matches!(result, Err(EngineError::Overflow(_)));
                if result.is_err() && !of_network {
                    self.machine.update_value(|machine| {
                        machine.host = None;
                        machine.engines = Default::default();
                        machine.warm = Default::default();
                    });
                }
                if version != self.machine.with_value(|machine| machine.version) {
                    continue;
                }
                match result {
                    Ok(Some((answer, elapsed))) => self.publish(answer, elapsed),
                    Ok(None) => {}
                    Err(error) => {
                        let mut why = error.to_string();
                        if of_network {
                            // An older answer is none to this history.
                            self.show_answer(None);
                            self.elapsed.set(None);
                            let model = self.models[self.network.get_untracked().index()];
                            let file = model.with_untracked(|model| model.ready().map(|model| model.file.clone()));
                            why = format!("{}: {why}", file.unwrap_or_default());
                        }
                        self.problem.set(Some(Problem { why, of_network }));
                        self.show_shop();
                    }
                }
                break;
            }
            self.machine.update_value(|machine| machine.running = false);
            self.busy.set(false);
        });
    }

    /// Computes the answer to the present state; none where weights or catalogue are not here yet.
    async fn answer_now(self, version: u64) -> Result<Option<(Answered, Elapsed)>, EngineError> {
        let network = self.network.get_untracked();
        let model = self.models[network.index()];
        let Some(catalogue) = self.shop_untracked().products() else { return Ok(None) };
        let Some(weights) = model.with_untracked(|model| model.ready().map(|model| model.weights().clone())) else {
            return Ok(None);
        };
        let kept = self.machine.try_update_value(|machine| machine.engines[network.index()].lend()).flatten();
        let mut engine = match kept {
            Some(engine) => engine,
            None => {
                let hash = catalogue.vocabulary_hash();
                if let Err(error) = weights.check_vocabulary(&network.file(), catalogue.vocabulary(), &hash) {
                    self.machine.update_value(|machine| machine.engines[network.index()] = Slot::Empty);
                    model.set(Transfer::Failed(error.to_string()));
                    return Ok(None);
                }
                let engine = self.engine(&weights, &catalogue.item_categories()).await?;
                self.show_host(engine.host());
                // Loading and making the engine is no part of a click's time.
                self.machine.update_value(|machine| machine.changed_at = machine.changed_at.map(|_| clock::now()));
                engine
            }
        };
        let warm = self.machine.try_update_value(|machine| machine.warm[network.index()].take()).flatten();
        if let Some((_, warm)) = warm.filter(|(of, _)| Arc::ptr_eq(of, &weights)) {
            engine.adopt(warm);
        }
        self.wait_for_gpu(english!("The GPU is asked for the answer."));
        let result = self.rank_history(&mut engine, network, &catalogue, version).await;
        self.waits_for.set(None);
        self.show_host(engine.host());
        // Not before: loading what runs on GPUs would hold up the first answer.
        self.warm_up(&mut engine, move |warm| {
            self.machine.update_value(|machine| machine.warm[network.index()] = Some((weights, warm)));
            self.answer();
        });
        self.machine.update_value(|machine| machine.engines[network.index()].give_back(engine));
        result.map(Some)
    }

    /// Ranks the present history, with the traces of the inspected and the compared product.
    async fn rank_history(
        self,
        engine: &mut Engine,
        network: Network,
        catalogue: &Catalogue,
        version: u64,
    ) -> Result<(Answered, Elapsed), EngineError> {
        let clicks = self.shop_untracked().clicks.with_untracked(|clicks| clicks.now().to_vec());
        engine.set_history(&clicks.iter().map(|click| click.item).collect::<Vec<_>>())?;
        let last = self.answered.get_untracked();
        // Which product is the best is known only after the ranking. The last one is the best guess; where it is wrong,
        // the right one is inspected afterwards.
        let guess = |focus: Focus, last: Option<&Inspection>| match focus {
            Focus::Item(item) => Some(item),
            Focus::Best => last.map(|inspection| inspection.item),
            Focus::Nothing => None,
        };
        let (inspect, compare) = (self.inspect.get_untracked(), self.compare.get_untracked());
        let mut wanted: Vec<u32> = [
            guess(inspect, last.as_ref().and_then(|answer| answer.inspected.as_ref())),
            guess(compare, last.as_ref().and_then(|answer| answer.compared.as_ref())),
        ]
        .into_iter()
        .flatten()
        .collect();
        let items = catalogue.items().len();
        let more: Vec<u32> = self.more.get_untracked().into_iter().filter(|item| (*item as usize) < items).collect();
        wanted.extend(&more);
        wanted.sort_unstable();
        wanted.dedup();
        let mut answer = engine.rank(&wanted).await?;
        let mut gpu_ms = answer.timing.gpu_ms;
        let now = Opinion { network, clicks, probabilities: Arc::new(std::mem::take(&mut answer.probabilities)) };
        let ranks = now.ranks(self.hide_clicked.get_untracked());
        let inspected = inspect.resolve(&ranks, &|_| true);
        // Two products of one category have much the same history behind them, so the default compares across.
        let category = |item: u32| catalogue.items().get(item as usize).map(|product| product.category);
        let compared = compare.resolve(&ranks, &|item| category(item) != inspected.and_then(category));
        let compared = compared.filter(|item| Some(*item) != inspected);
        let right: Vec<u32> = inspected.into_iter().chain(compared).collect();
        let current = self.machine.with_value(|machine| machine.version) == version;
        let missing: Vec<u32> = right.into_iter().filter(|item| !wanted.contains(item)).collect();
        if current && !missing.is_empty() {
            let (inspections, timing) = engine.inspect(&missing).await?;
            answer.inspections.extend(inspections);
            gpu_ms = gpu_ms.zip(timing.gpu_ms).map(|(first, second)| first + second);
        }
        let find = |item: Option<u32>| answer.inspections.iter().find(|found| Some(found.item) == item).cloned();
        let (inspected, compared) = (find(inspected), find(compared));
        let more = more.into_iter().filter_map(|item| find(Some(item))).collect();
        let before = last.and_then(|last| {
            let same = last.now.network == network && last.now.clicks == now.clicks;
            if same { last.before.clone() } else { Some(last.now.clone()) }
        });
        let started = self.machine.with_value(|machine| machine.changed_at);
        let total_ms = started.map_or(answer.timing.total_ms, |started| clock::now() - started);
        let backend = engine.host().backend();
        let stages = answer.timing.stages;
        Ok((Answered { now, before, inspected, compared, more, stages }, Elapsed { backend, total_ms, gpu_ms }))
    }

    /// Shows an answer.
    fn publish(self, answer: Answered, elapsed: Elapsed) {
        let timed = self.machine.try_update_value(|machine| machine.changed_at.take()).flatten().is_some();
        // What shows an answer with its weights sees both change at once.
        if let Some(model) = self.machine.try_update_value(|machine| machine.renewed.take()).flatten() {
            self.models[Network::Yours.index()].set(Transfer::Ready(model));
        }
        self.show_answer(Some(answer.into()));
        self.show_shop();
        if timed || self.elapsed.with_untracked(|shown| shown.is_some_and(|shown| shown.backend != elapsed.backend)) {
            self.elapsed.set(Some(elapsed));
        }
        if timed {
            self.summary.set(self.summarise(elapsed));
        }
    }

    /// Shows an answer, or none, unless answers are withheld.
    pub(super) fn show_answer(self, answer: Option<Arc<Answered>>) {
        let is_withheld = self.machine.try_update_value(|machine| {
            machine.withheld.as_mut().map(|withheld| withheld.clone_from(&answer)).is_some()
        });
        if is_withheld != Some(true) {
            self.answered.set(answer);
        }
    }

    /// Withholds answers from everything that would show them, or does so no longer: what was answered meanwhile shows then.
    pub fn withhold(self, withhold: bool) {
        if withhold == self.withholds() {
            return;
        }
        if withhold {
            let answer = self.answered.get_untracked();
            self.machine.update_value(|machine| machine.withheld = Some(answer));
            self.summary.set(String::new());
            self.answered.set(None);
        } else {
            let answer = self.machine.try_update_value(|machine| machine.withheld.take()).flatten().flatten();
            self.answered.set(answer);
        }
    }

    /// Whether answers are withheld. Not reactive.
    pub fn withholds(self) -> bool {
        self.machine.with_value(|machine| machine.withheld.is_some())
    }

    /// Draws the shop, if it still waits: the first answer is here, or does not come soon.
    pub(super) fn show_shop(self) {
        if !self.shop_may_show.get_untracked() {
            self.shop_may_show.set(true);
        }
    }

    /// One or two sentences on what changed.
    pub(super) fn summarise(self, elapsed: Elapsed) -> String {
        let Some(answer) = self.answered.get_untracked() else { return String::new() };
        let ranks = self.ranks.get_untracked();
        let Some(&first) = ranks.order().first() else { return String::new() };
        let title = self.title(first);
        let probability = format::percent(answer.now.probabilities[first as usize]);
        let first_before = self.ranks_before.get_untracked().and_then(|before| before.order().first().copied());
        let was = match first_before {
            Some(before) if before != first => t!(" It was {title}.", title = self.title(before)),
            Some(_) => t!(" It was first before.").to_owned(),
            None => String::new(),
        };
        t!(
            "{clicks} in the history. {network} ranks {title} first, with a click probability of {probability}.{was} Answered in {time}.",
            clicks = t!("{count} click" | "{count} clicks", count = answer.now.clicks.len()),
            network = answer.now.network.name(),
            time = format::milliseconds(elapsed.total_ms)
        )
    }

    /// A new engine. Where the choice is free, the CPU answers at once, and a GPU takes over when it is ready: see
    /// [`Session::warm_up`].
    ///
    /// # Errors
    /// The errors of [`Host::open`] and [`Engine::new`].
    pub async fn engine(self, weights: &Weights, item_categories: &[u32]) -> Result<Engine, EngineError> {
        let is_free =
            self.choice == Choice::Auto && self.known_host().is_none_or(|host| host.backend() == Backend::Gpu);
        let engine = async {
            self.wait_for_gpu(english!("The browser is asked for a GPU."));
            let host = if is_free { Host::before_gpu() } else { self.host().await? };
            self.wait_for_gpu(english!("The GPU is asked to compile its shaders."));
            Engine::new(&host, weights, item_categories).await
        };
        let engine = engine.await;
        self.waits_for.set(None);
        engine
    }

    /// Says in a sentence what is waited for, where nothing but the GPU may answer.
    fn wait_for_gpu(self, what: &'static str) {
        if self.choice == Choice::Gpu {
            self.waits_for.set(Some(what));
        }
    }

    /// What engines run on; finds it where nothing needed it yet.
    ///
    /// # Errors
    /// The errors of [`Host::open`].
    async fn host(self) -> Result<Host, EngineError> {
        if let Some(host) = self.known_host() {
            return Ok(host);
        }
        let host = Host::open(self.choice).await?;
        if host.is_settled() {
            self.machine.update_value(|machine| machine.host = Some(host.clone()));
        }
        Ok(host)
    }

    /// What engines run on, where that is known already.
    pub fn known_host(self) -> Option<Host> {
        self.machine.with_value(|machine| machine.host.clone())
    }

    /// Makes the stages of an engine ready on the GPU, if there is one, while the engine answers on the CPU; what is ready is
    /// for the engine to adopt.
    pub fn warm_up(self, engine: &mut Engine, adopt: impl FnOnce(Warm) + 'static) {
        let Some(warm_up) = engine.warm_up() else { return };
        spawn_local(async move {
            // The answer shows first: a browser that is asked for an adapter has less time for it.
            pause(0).await;
            while time_slices::is_behind() {
                pause(0).await;
            }
            // With a free choice there is always something to run on.
            let Ok(host) = self.host().await else { return };
            adopt(warm_up.on(&host).await);
        });
    }

    /// The stages that computed the answer on the page, as a GPU runs them; none while a newer answer is on its way.
    pub fn shader_stages(self) -> Option<impl Future<Output = Result<Vec<ShaderStage>, EngineError>> + use<>> {
        let answer = self.answered.get_untracked()?;
        let inspected: Vec<u32> =
            [&answer.inspected, &answer.compared].into_iter().flatten().map(|inspection| inspection.item).collect();
        self.machine.with_value(|machine| {
            machine.engines[answer.now.network.index()].here().map(|engine| engine.stages(&inspected))
        })
    }

    /// Shows what the engine runs on.
    pub(super) fn show_host(self, host: &Host) {
        let info = HostInfo {
            backend: host.backend(),
            name: host.name().to_owned(),
            reason: host.fallback_reason().map(str::to_owned),
            is_choice: host.is_choice(),
        };
        if self.host.with_untracked(|shown| shown.as_ref() != Some(&info)) {
            self.host.set(Some(info));
        }
    }
}
