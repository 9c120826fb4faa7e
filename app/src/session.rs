//! What is going on: the clicks, the networks and their latest answer. Views read its signals and call its actions.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Catalogue, Config, Inspection, NetworkConfig, Normalization, Weights};
use serde::Deserialize;
use shaders::{Backend, Choice, Engine, EngineError, Host};

use crate::clicks::{Click, Clicks};
use crate::format;
use crate::load::{Transfer, fetch, pause};
use crate::networks::Network;
use crate::projection::Projection;
use crate::ranks::{Focus, Ranks};

/// A network that arrived.
#[derive(Debug, Clone)]
pub struct Model {
    weights: Arc<Weights>,
    /// What was measured on held-out users, as the training program wrote it.
    metrics: Arc<serde_json::Value>,
    /// The projection of its evolution states, where it has one.
    pub projection: Option<Arc<Projection>>,
}

impl Model {
    fn new(file: &str, bytes: &[u8]) -> Result<Self, model::WeightsError> {
        let weights = Weights::from_safetensors(file, bytes)?;
        let metrics = weights.note("metrics").and_then(|note| serde_json::from_str(note).ok());
        let projection = Projection::of(&weights).map(Arc::new);
        Ok(Self { weights: weights.into(), metrics: Arc::new(metrics.unwrap_or_default()), projection })
    }

    /// Sizes and options.
    pub fn config(&self) -> &Config {
        self.weights.config()
    }

    /// A number measured on held-out users: `protocol` next_item or next_basket, `negatives` uniform or popularity,
    /// `metric` auc, gauc or logloss.
    pub fn metric(&self, protocol: &str, negatives: &str, metric: &str) -> Option<f64> {
        self.metrics.get(protocol)?.get(negatives)?.get(metric)?.as_f64()
    }

    /// What one attention number is, in words for a label.
    pub fn attention_label(&self) -> &'static str {
        match &self.config().network {
            NetworkConfig::Din(din) if din.normalization == Normalization::None => "unnormalised score wⱼ",
            NetworkConfig::Din(_) => "softmax weight wⱼ",
            NetworkConfig::Dien(_) => "softmax weight aₜ",
            NetworkConfig::Tin(_) => "softmax weight αⱼ",
            NetworkConfig::EmbeddingMlp(_) => "equal weight wⱼ",
        }
    }
}

/// A ready-made history to start from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shopper {
    /// A short name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Identifiers of the products, oldest first.
    pub items: Vec<String>,
}

/// What a network said about one history.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Which network.
    pub network: Network,
    /// The clicks that it was asked about.
    pub clicks: Vec<Click>,
    /// Click probability of every product, [items].
    pub probabilities: Arc<Vec<f32>>,
}

/// The latest answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// What the network says now.
    pub now: Opinion,
    /// What was said before the last change of history or network.
    pub before: Option<Opinion>,
    /// Everything about the inspected product.
    pub inspected: Option<Inspection>,
    /// Everything about the product compared with it.
    pub compared: Option<Inspection>,
}

/// Where the time of the last change went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// From the click to the answer, in milliseconds.
    pub total_ms: f64,
    /// In compute passes, in milliseconds, where measured.
    pub gpu_ms: Option<f64>,
}

/// What the engines run on.
#[derive(Debug, Clone, PartialEq)]
pub struct HostInfo {
    /// GPU or CPU.
    pub backend: Backend,
    /// Name of the adapter or of the CPU engine.
    pub name: String,
    /// Why it is the CPU though nobody asked for it.
    pub reason: Option<String>,
}

/// Signals and actions of the page. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The products.
    pub catalogue: RwSignal<Transfer<Arc<Catalogue>>>,
    /// Ready-made histories.
    pub shoppers: RwSignal<Vec<Shopper>>,
    /// The networks, by [`Network::index`].
    pub models: [RwSignal<Transfer<Model>>; Network::COUNT],
    /// The network that answers.
    pub network: RwSignal<Network>,
    /// The history.
    pub clicks: RwSignal<Clicks>,
    /// The product whose attention is shown.
    pub inspect: RwSignal<Focus>,
    /// The product compared with it.
    pub compare: RwSignal<Focus>,
    /// Whether products in the history stay out of the ranking.
    pub hide_clicked: RwSignal<bool>,
    /// The latest answer.
    pub answered: RwSignal<Option<Arc<Answered>>>,
    /// How long the last change took.
    pub elapsed: RwSignal<Option<Elapsed>>,
    /// Whether a newer answer is on its way.
    pub busy: RwSignal<bool>,
    /// What the engines run on, once known.
    pub host: RwSignal<Option<HostInfo>>,
    /// Why no answer comes, in a sentence.
    pub problem: RwSignal<Option<String>>,
    /// The position in the history that is lit in every view.
    pub lit: RwSignal<Option<usize>>,
    /// What changed last, for screen readers.
    pub summary: RwSignal<String>,
    /// The order of the products now.
    pub ranks: Memo<Arc<Ranks>>,
    /// The order before the last change of history or network.
    pub ranks_before: Memo<Option<Arc<Ranks>>>,
    choice: Choice,
    machine: StoredValue<Machine, LocalStorage>,
}

/// What the asynchronous loop keeps between its turns.
#[derive(Default)]
struct Machine {
    host: Option<Host>,
    engines: [Option<Engine>; Network::COUNT],
    /// Counts the changes that an answer must reflect.
    version: u64,
    running: bool,
    /// When history or network changed last without an answer yet.
    changed_at: Option<f64>,
}

impl Session {
    /// A session with nothing loaded.
    pub fn new(choice: Choice) -> Self {
        let hide_clicked = RwSignal::new(true);
        let answered = RwSignal::new(None::<Arc<Answered>>);
        let order = move |opinion: &Opinion| Arc::new(ranks(opinion, hide_clicked.get()));
        Self {
            catalogue: RwSignal::new(Transfer::START),
            shoppers: RwSignal::new(Vec::new()),
            models: std::array::from_fn(|_| RwSignal::new(Transfer::START)),
            network: RwSignal::new(Network::evolving()),
            clicks: RwSignal::default(),
            inspect: RwSignal::new(Focus::Best),
            compare: RwSignal::new(Focus::Best),
            hide_clicked,
            answered,
            elapsed: RwSignal::new(None),
            busy: RwSignal::new(false),
            host: RwSignal::new(None),
            problem: RwSignal::new(None),
            lit: RwSignal::new(None),
            summary: RwSignal::default(),
            ranks: Memo::new(move |_| {
                answered.with(|answer| answer.as_ref().map_or_else(Default::default, |a| order(&a.now)))
            }),
            ranks_before: Memo::new(move |_| {
                answered.with(|answer| answer.as_ref().and_then(|a| a.before.as_ref().map(order)))
            }),
            choice,
            machine: StoredValue::new_local(Machine::default()),
        }
    }

    /// Loads everything: first the network in use, so that the others don't slow it down.
    pub fn start(self) {
        self.load_catalogue();
        spawn_local(async move {
            let first = self.network.get_untracked();
            self.fetch_model(first).await;
            Network::all().filter(|network| *network != first).for_each(|network| self.load_model(network));
        });
    }

    /// Loads the catalogue and the ready-made shoppers, and begins with the first of them.
    pub fn load_catalogue(self) {
        const FILE: &str = "assets/catalogue.csv";
        self.catalogue.set(Transfer::START);
        spawn_local(async move {
            let progress = |received, total| self.catalogue.set(Transfer::UnderWay { received, total });
            let bytes = match fetch(FILE, progress).await {
                Ok(bytes) => bytes,
                Err(error) => return self.catalogue.set(Transfer::Failed(error.to_string())),
            };
            match Catalogue::from_csv(FILE, &bytes) {
                Ok(catalogue) => self.catalogue.set(Transfer::Ready(catalogue.into())),
                Err(error) => return self.catalogue.set(Transfer::Failed(error.to_string())),
            }
            // A catalogue of one's own may come without shoppers; the shop works all the same.
            let shoppers = fetch("assets/shoppers.json", |_, _| ()).await.unwrap_or_default();
            self.shoppers.set(serde_json::from_slice(&shoppers).unwrap_or_default());
            if self.clicks.with_untracked(|clicks| clicks.now().is_empty() && !clicks.can_undo()) {
                let items = self.shoppers.with_untracked(|all| all.first().map(|first| self.rows(first)));
                self.clicks.set(Clicks::starting_with(&items.unwrap_or_default()));
            }
            self.changed();
        });
    }

    /// Loads the weights of `network`.
    pub fn load_model(self, network: Network) {
        spawn_local(self.fetch_model(network));
    }

    async fn fetch_model(self, network: Network) {
        let model = self.models[network.index()];
        model.set(Transfer::START);
        let file = network.file();
        let progress = |received, total| model.set(Transfer::UnderWay { received, total });
        model.set(match fetch(&file, progress).await {
            Ok(bytes) => match Model::new(&file, &bytes) {
                Ok(model) => Transfer::Ready(model),
                Err(error) => Transfer::Failed(error.to_string()),
            },
            Err(error) => Transfer::Failed(error.to_string()),
        });
        self.refresh();
    }

    /// The network in use, if its weights are here. Reactive.
    pub fn model(self) -> Option<Model> {
        self.models[self.network.get().index()].with(|model| model.ready().cloned())
    }

    /// Title of the product in this row of the catalogue.
    pub fn title(self, item: u32) -> String {
        self.catalogue.with_untracked(|catalogue| {
            let product = catalogue.ready().and_then(|catalogue| catalogue.items().get(item as usize));
            product.map_or_else(|| format!("product {item}"), |product| product.title.clone())
        })
    }

    /// Identifier of the product in this row of the catalogue.
    pub fn id(self, item: u32) -> String {
        self.catalogue.with_untracked(|catalogue| {
            let product = catalogue.ready().and_then(|catalogue| catalogue.items().get(item as usize));
            product.map_or_else(String::new, |product| product.id.clone())
        })
    }

    /// The shopper's products that the catalogue has.
    pub fn rows(self, shopper: &Shopper) -> Vec<u32> {
        self.catalogue.with_untracked(|catalogue| {
            let row = |id: &String| catalogue.ready().and_then(|catalogue| catalogue.row(id));
            shopper.items.iter().filter_map(row).collect()
        })
    }

    /// Appends a click on a product.
    pub fn click(self, item: u32) {
        self.clicks.update(|clicks| clicks.push(item));
        self.changed();
    }

    /// Removes the click at `index`, counted from the oldest.
    pub fn remove(self, index: usize) {
        self.lit.set(None);
        self.clicks.update(|clicks| clicks.remove(index));
        self.changed();
    }

    /// Removes every click.
    pub fn clear(self) {
        self.lit.set(None);
        self.clicks.update(Clicks::clear);
        self.changed();
    }

    /// Takes the last change of the history back.
    pub fn undo(self) {
        self.lit.set(None);
        self.clicks.update(Clicks::undo);
        self.changed();
    }

    /// Makes the history a shopper's, and looks at the best products again.
    pub fn become_shopper(self, shopper: &Shopper) {
        let items = self.rows(shopper);
        self.lit.set(None);
        self.inspect.set(Focus::Best);
        self.compare.set(Focus::Best);
        self.clicks.update(|clicks| clicks.replace(&items));
        self.changed();
    }

    /// Lets another network answer.
    pub fn switch(self, network: Network) {
        if self.network.get_untracked() != network {
            self.network.set(network);
            self.changed();
        }
    }

    /// Inspects a product; once more, and whichever is best is inspected.
    pub fn inspect(self, item: u32) {
        let chosen = Focus::Item(item);
        self.inspect.update(|focus| *focus = if *focus == chosen { Focus::Best } else { chosen });
        if self.compare.get_untracked() == chosen {
            self.compare.set(Focus::Best);
        }
        self.refresh();
    }

    /// Inspects whichever product is best, from now on.
    pub fn follow_best(self) {
        self.inspect.set(Focus::Best);
        self.refresh();
    }

    /// Compares a product with the inspected one; once more, and none is compared.
    pub fn compare(self, item: u32) {
        let shown = self.answered.with_untracked(|answer| {
            answer.as_ref().and_then(|answer| answer.compared.as_ref().map(|inspection| inspection.item))
        });
        self.compare.set(if shown == Some(item) { Focus::Nothing } else { Focus::Item(item) });
        self.refresh();
    }

    /// Keeps products in the history out of the ranking, or not.
    pub fn hide_clicked(self, hide: bool) {
        self.hide_clicked.set(hide);
        self.refresh();
    }

    /// Tries again after a problem with the engine.
    pub fn retry(self) {
        self.problem.set(None);
        self.refresh();
    }

    /// History or network changed: ask for an answer, and time it.
    fn changed(self) {
        self.machine.update_value(|machine| machine.changed_at = Some(now()));
        self.refresh();
    }

    /// Asks for an answer to the present state. While one is being computed, only the newest state counts: what comes of
    /// an older one is dropped.
    fn refresh(self) {
        if self.problem.with_untracked(Option::is_some) {
            return;
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
                // The click itself shows first, and a burst of clicks becomes one question.
                pause().await;
                let version = self.machine.with_value(|machine| machine.version);
                let result = self.ask(version).await;
                if version != self.machine.with_value(|machine| machine.version) && result.is_ok() {
                    continue;
                }
                match result {
                    Ok(Some((answer, elapsed))) => self.publish(answer, elapsed),
                    Ok(None) => {}
                    Err(error) => {
                        self.problem.set(Some(error.to_string()));
                        self.machine.update_value(|machine| {
                            machine.host = None;
                            machine.engines = Default::default();
                        });
                    }
                }
                break;
            }
            self.machine.update_value(|machine| machine.running = false);
            self.busy.set(false);
        });
    }

    /// Computes the answer to the present state; none where weights or catalogue are not here yet.
    async fn ask(self, version: u64) -> Result<Option<(Answered, Elapsed)>, EngineError> {
        let network = self.network.get_untracked();
        let model = self.models[network.index()];
        let Some(catalogue) = self.catalogue.with_untracked(|catalogue| catalogue.ready().cloned()) else {
            return Ok(None);
        };
        let Some(weights) = model.with_untracked(|model| model.ready().map(|model| model.weights.clone())) else {
            return Ok(None);
        };
        let kept = self.machine.try_update_value(|machine| machine.engines[network.index()].take()).flatten();
        let mut engine = match kept {
            Some(engine) => engine,
            None => {
                let hash = catalogue.vocabulary_hash();
                if let Err(error) = weights.check_vocabulary(&network.file(), catalogue.vocabulary(), &hash) {
                    model.set(Transfer::Failed(error.to_string()));
                    return Ok(None);
                }
                let host = match self.machine.with_value(|machine| machine.host.clone()) {
                    Some(host) => host,
                    None => Host::open(self.choice).await?,
                };
                self.machine.update_value(|machine| machine.host = Some(host.clone()));
                self.show_host(&host);
                let engine = Engine::new(&host, &weights, &catalogue.item_categories()).await?;
                // Loading and making the engine is no part of a click's time.
                self.machine.update_value(|machine| machine.changed_at = machine.changed_at.map(|_| now()));
                engine
            }
        };
        let result = self.question(&mut engine, network, &catalogue, version).await;
        self.show_host(engine.host());
        self.machine.update_value(|machine| machine.engines[network.index()] = Some(engine));
        result.map(Some)
    }

    /// Ranks the present history, with the traces of the inspected and the compared product.
    async fn question(
        self,
        engine: &mut Engine,
        network: Network,
        catalogue: &Catalogue,
        version: u64,
    ) -> Result<(Answered, Elapsed), EngineError> {
        let clicks = self.clicks.with_untracked(|clicks| clicks.now().to_vec());
        engine.set_history(&clicks.iter().map(|click| click.item).collect::<Vec<_>>())?;
        let last = self.answered.get_untracked();
        // Which product is the best is known only after the ranking. The last one is the best guess; where it is wrong,
        // a second call brings the right trace.
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
        wanted.dedup();
        let mut answer = engine.rank(&wanted).await?;
        let mut gpu_ms = answer.timing.gpu_ms;
        let mut now = Opinion { network, clicks, probabilities: Arc::new(std::mem::take(&mut answer.probabilities)) };
        let ranks = ranks(&now, self.hide_clicked.get_untracked());
        let inspected = inspect.resolve(&ranks, &|_| true);
        // Two products of one category have much the same history behind them, so the default compares across.
        let category = |item: u32| catalogue.items().get(item as usize).map(|product| product.category);
        let compared = compare.resolve(&ranks, &|item| category(item) != inspected.and_then(category));
        let compared = compared.filter(|item| Some(*item) != inspected);
        let right: Vec<u32> = inspected.into_iter().chain(compared).collect();
        let current = self.machine.with_value(|machine| machine.version) == version;
        if current && right.iter().any(|item| !wanted.contains(item)) {
            answer = engine.rank(&right).await?;
            now.probabilities = Arc::new(std::mem::take(&mut answer.probabilities));
            gpu_ms = gpu_ms.zip(answer.timing.gpu_ms).map(|(first, second)| first + second);
        }
        let find = |item: Option<u32>| answer.inspections.iter().find(|found| Some(found.item) == item).cloned();
        let (inspected, compared) = (find(inspected), find(compared));
        let before = last.and_then(|last| {
            let same = last.now.network == network && last.now.clicks == now.clicks;
            if same { last.before.clone() } else { Some(last.now.clone()) }
        });
        let started = self.machine.with_value(|machine| machine.changed_at);
        let total_ms = started.map_or(answer.timing.total_ms, |started| crate::session::now() - started);
        Ok((Answered { now, before, inspected, compared }, Elapsed { total_ms, gpu_ms }))
    }

    /// Shows an answer.
    fn publish(self, answer: Answered, elapsed: Elapsed) {
        let timed = self.machine.try_update_value(|machine| machine.changed_at.take()).flatten().is_some();
        self.answered.set(Some(answer.into()));
        if timed {
            self.elapsed.set(Some(elapsed));
            self.summary.set(self.summarise(elapsed));
        }
    }

    /// One or two sentences on what changed.
    fn summarise(self, elapsed: Elapsed) -> String {
        let Some(answer) = self.answered.get_untracked() else { return String::new() };
        let ranks = self.ranks.get_untracked();
        let Some(&first) = ranks.order().first() else { return String::new() };
        let title = self.title(first);
        let probability = format::percent(answer.now.probabilities[first as usize]);
        let first_before = self.ranks_before.get_untracked().and_then(|before| before.order().first().copied());
        let was = match first_before {
            Some(before) if before != first => format!(" It was {}.", self.title(before)),
            Some(_) => " It was first before.".to_owned(),
            None => String::new(),
        };
        format!(
            "{} in the history. {} ranks {title} first, with a click probability of {probability}.{was} Answered in {}.",
            format::plural(answer.now.clicks.len(), "product", "products"),
            answer.now.network.name(),
            format::milliseconds(elapsed.total_ms),
        )
    }

    fn show_host(self, host: &Host) {
        let info = HostInfo {
            backend: host.backend(),
            name: host.name().to_owned(),
            reason: host.fallback_reason().map(str::to_owned),
        };
        if self.host.with_untracked(|shown| shown.as_ref() != Some(&info)) {
            self.host.set(Some(info));
        }
    }
}

/// The order that an opinion means.
fn ranks(opinion: &Opinion, hide_clicked: bool) -> Ranks {
    let clicked: Vec<u32> =
        if hide_clicked { opinion.clicks.iter().map(|click| click.item).collect() } else { Vec::new() };
    Ranks::new(&opinion.probabilities, &clicked)
}

/// Milliseconds since the page began.
fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_shoppers_buy_what_the_shop_has() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
        let read = |file| std::fs::read(assets.join(file)).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &read("catalogue.csv")).unwrap();
        let shoppers: Vec<Shopper> = serde_json::from_slice(&read("shoppers.json")).unwrap();
        assert_eq!(shoppers.len(), 3);
        for shopper in shoppers {
            assert!((8..=14).contains(&shopper.items.len()), "{}", shopper.name);
            for id in shopper.items {
                assert!(catalogue.row(&id).is_some(), "{}: {id}", shopper.name);
            }
        }
    }
}
