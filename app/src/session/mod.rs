//! What is going on: the clicks, the networks and their latest answer. Views read its signals and call its actions.

pub mod clicks;
pub mod products;
pub mod projection;
pub mod ranks;
pub mod scene;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::browser::{self, Parsed};
use model::{Catalogue, Config, Inspection, Json, Weights};
use shaders::{Backend, Choice, Engine, EngineError, Host, ShaderStage, StageTime, Warm, WarmUp};

use crate::browser::clock::{self, pause};
use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::browser::time_slices;
use crate::explain::networks::Network;
use crate::explain::{card, labels};
use crate::session::clicks::{Click, Clicks};
use crate::session::products::Products;
use crate::session::projection::Projection;
use crate::session::ranks::{Focus, Ranks};
use crate::ui::format;

/// A network that arrived.
#[derive(Debug, Clone)]
pub struct Model {
    weights: Arc<Weights>,
    /// The projection of its evolution states, where it has one.
    pub projection: Option<Arc<Projection>>,
}

impl Model {
    /// Takes weights with the projection that came with them.
    pub fn new(weights: Weights) -> Self {
        let projection = Projection::of(&weights).map(Arc::new);
        Self { weights: weights.into(), projection }
    }

    /// The weights.
    pub fn weights(&self) -> &Arc<Weights> {
        &self.weights
    }

    /// Sizes and options.
    pub fn config(&self) -> &Config {
        self.weights.config()
    }

    /// A number measured on held-out users: `protocol` next_item or next_basket, `negatives` uniform or popularity,
    /// `metric` auc, gauc or logloss.
    pub fn metric(&self, protocol: &str, negatives: &str, metric: &str) -> Option<f64> {
        let metrics = Parsed::new(self.weights.note("metrics")?)?;
        metrics.field(protocol)?.field(negatives)?.field(metric)?.number()
    }

    /// What one attention number of the network is, in words for a label.
    pub fn attention_label(&self) -> &'static str {
        labels(&self.config().network).attention()
    }
}

/// A ready-made history to start from.
#[derive(Debug, Clone, PartialEq)]
pub struct Shopper {
    /// A short name.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Identifiers of the products, oldest first.
    pub items: Vec<String>,
}

/// A catalogue and what happens in it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct ShopState {
    /// The products.
    pub catalogue: RwSignal<Transfer<Arc<Products>>>,
    /// Ready-made histories.
    pub shoppers: RwSignal<Vec<Shopper>>,
    /// The history.
    pub clicks: RwSignal<Clicks>,
}

impl ShopState {
    fn new() -> Self {
        Self {
            catalogue: RwSignal::new(Transfer::START),
            shoppers: RwSignal::new(Vec::new()),
            clicks: RwSignal::default(),
        }
    }

    /// The products, once they are here. Not reactive.
    pub fn products(self) -> Option<Arc<Products>> {
        self.catalogue.with_untracked(|catalogue| catalogue.ready().cloned())
    }
}

impl Shopper {
    fn from_json(json: &impl Json) -> Option<Self> {
        let text = |name| json.field(name)?.text();
        let items = json.field("items")?.elements()?.iter().map(Json::text).collect::<Option<_>>()?;
        Some(Self { name: text("name")?, description: text("description")?, items })
    }

    /// Its products that the catalogue has.
    pub fn rows(&self, catalogue: &Catalogue) -> Vec<u32> {
        self.items.iter().filter_map(|id| catalogue.row(id)).collect()
    }
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
    /// The same about each product of [`Session::more`].
    pub more: Vec<Inspection>,
    /// The time of each stage of the ranking; none where the device takes none.
    pub stages: Vec<StageTime>,
}

/// Where the time of the last change went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// What answered.
    pub backend: Backend,
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
    /// Whether it is the CPU though there is, or may yet be, a GPU.
    pub is_choice: bool,
}

/// Signals and actions of the page. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The page's own shop.
    pub demo: ShopState,
    /// The shop of the catalogue that came with the visitor's model.
    yours: ShopState,
    /// Whether the visitor's model came with a catalogue.
    your_catalogue: RwSignal<bool>,
    /// The networks, by [`Network::index`], under way from the start, whether their weights were asked for or not: see
    /// [`Session::want`].
    pub models: [RwSignal<Transfer<Model>>; Network::COUNT],
    /// The network that answers.
    pub network: RwSignal<Network>,
    /// The product whose attention is shown.
    pub inspect: RwSignal<Focus>,
    /// The product compared with it.
    pub compare: RwSignal<Focus>,
    /// Products that a view wants to know about beside those two.
    pub more: RwSignal<Vec<u32>>,
    /// Whether products in the history stay out of the ranking.
    pub hide_clicked: RwSignal<bool>,
    /// Whether the shop may be drawn: not before the first ranking, unless that lets wait.
    pub shop_may_show: RwSignal<bool>,
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

/// How long the shop waits for the first ranking, in milliseconds from when the page's own catalogue is here.
const SHOP_WAITS_MS: i32 = 200;

/// What the asynchronous loop keeps between its turns.
#[derive(Default)]
struct Machine {
    host: Option<Host>,
    engines: [Option<Engine>; Network::COUNT],
    /// Whose weights somebody asked for.
    wanted: [bool; Network::COUNT],
    /// What those engines are to go on with, each with the weights that it is for.
    warm: [Option<(Arc<Weights>, Warm)>; Network::COUNT],
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
            demo: ShopState::new(),
            yours: ShopState::new(),
            your_catalogue: RwSignal::new(false),
            models: std::array::from_fn(|_| RwSignal::new(Transfer::START)),
            network: RwSignal::new(Network::START),
            inspect: RwSignal::new(Focus::Best),
            compare: RwSignal::new(Focus::Best),
            more: RwSignal::default(),
            hide_clicked,
            shop_may_show: RwSignal::new(false),
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

    /// Asks for the weights of `network`, unless somebody did before. The visitor's own come by themselves.
    pub fn want(self, network: Network) {
        let is_new = |machine: &mut Machine| !std::mem::replace(&mut machine.wanted[network.index()], true);
        if network != Network::Yours && self.machine.try_update_value(is_new) == Some(true) {
            self.load_model(network);
        }
    }

    /// Whether an answer is on its way: it is being computed, or the weights of the network in use are coming. Not reactive.
    pub fn is_waiting(self) -> bool {
        let network = self.network.get_untracked();
        self.busy.get_untracked()
            || self.models[network.index()].with_untracked(|model| matches!(model, Transfer::UnderWay { .. }))
    }

    /// The shop in which `network` ranks.
    fn shop_of(self, network: Network, your_catalogue: bool) -> ShopState {
        if network == Network::Yours && your_catalogue { self.yours } else { self.demo }
    }

    /// The shop in use. Reactive.
    pub fn shop(self) -> ShopState {
        self.shop_of(self.network.get(), self.your_catalogue.get())
    }

    /// The shop in use. Not reactive.
    pub fn here(self) -> ShopState {
        self.shop_of(self.network.get_untracked(), self.your_catalogue.get_untracked())
    }

    /// Whether the shop in use is the visitor's own. Reactive.
    pub fn is_your_shop(self) -> bool {
        self.network.get() == Network::Yours && self.your_catalogue.get()
    }

    /// Loads the catalogue and the ready-made shoppers, and begins with the first of them.
    pub fn load_catalogue(self) {
        const FILE: &str = "assets/catalogue.csv";
        let shop = self.demo;
        shop.catalogue.set(Transfer::START);
        spawn_local(async move {
            let progress = |received, total| shop.catalogue.set(Transfer::UnderWay { received, total });
            let bytes = match fetch(FILE, NO_LIMIT, &progress).await {
                Ok(bytes) => bytes,
                Err(error) => return shop.catalogue.set(Transfer::Failed(error.to_string())),
            };
            let catalogue: Arc<Products> = match Products::new(FILE, bytes) {
                Ok(catalogue) => catalogue.into(),
                Err(why) => return shop.catalogue.set(Transfer::Failed(why)),
            };
            // The shop works without shoppers, too.
            let shoppers = fetch("assets/shoppers.json", NO_LIMIT, &|_, _| ()).await.unwrap_or_default();
            let shoppers = Parsed::new(&String::from_utf8_lossy(&shoppers)).and_then(|shoppers| shoppers.elements());
            let shoppers: Vec<Shopper> = shoppers.unwrap_or_default().iter().filter_map(Shopper::from_json).collect();
            // Before everything that draws what it is about, so that little holds up the first answer.
            self.changed();
            // Before the catalogue is there, so that the first answer is about this history and no empty one.
            if shop.clicks.with_untracked(|clicks| clicks.now().is_empty() && !clicks.can_undo()) {
                let items = shoppers.first().map(|first| first.rows(&catalogue)).unwrap_or_default();
                shop.clicks.set(Clicks::starting_with(&items));
            }
            shop.catalogue.set(Transfer::Ready(catalogue));
            shop.shoppers.set(shoppers);
            pause(SHOP_WAITS_MS).await;
            self.show_shop();
        });
    }

    /// The products in use, waited for while they are on their way.
    pub async fn awaited_products(self) -> Option<Arc<Products>> {
        while self.here().catalogue.with_untracked(|catalogue| matches!(catalogue, Transfer::UnderWay { .. })) {
            pause(50).await;
        }
        self.here().products()
    }

    /// Loads the weights of `network`, once more where they failed.
    pub fn load_model(self, network: Network) {
        spawn_local(self.fetch_model(network));
    }

    async fn fetch_model(self, network: Network) {
        let model = self.models[network.index()];
        model.set(Transfer::START);
        let file = network.file();
        let progress = |received, total| model.set(Transfer::UnderWay { received, total });
        let result = match fetch(&file, NO_LIMIT, &progress).await {
            Ok(bytes) => match browser::weights(&file, &bytes) {
                Ok(weights) => Transfer::Ready(Model::new(weights)),
                Err(error) => Transfer::Failed(error.to_string()),
            },
            Err(error) => Transfer::Failed(error.to_string()),
        };
        // The question first, and then what shows that it can be asked.
        self.refresh();
        model.set(result);
    }

    /// The network in use, if its weights are here. Reactive.
    pub fn model(self) -> Option<Model> {
        self.models[self.network.get().index()].with(|model| model.ready().cloned())
    }

    /// The network that gave the answer on the page, which is not the one in use until that has answered. Reactive.
    pub fn answering(self) -> Network {
        self.answered
            .with(|answer| answer.as_ref().map(|answer| answer.now.network))
            .unwrap_or_else(|| self.network.get())
    }

    /// Its weights. Reactive.
    pub fn answering_model(self) -> Option<Model> {
        self.models[self.answering().index()].with(|model| model.ready().cloned())
    }

    /// Why there is no interest evolution to show, in a sentence; none where there is one. Reactive.
    pub fn no_evolution(self) -> Option<&'static str> {
        match self.network.get() {
            Network::Yours => card(self.model()?.config().network.kind()).no_evolution,
            Network::Shipped(kind) => card(kind).no_evolution,
        }
    }

    /// Title of the product in this row of the catalogue.
    pub fn title(self, item: u32) -> String {
        self.here().catalogue.with_untracked(|catalogue| {
            let product = catalogue.ready().and_then(|catalogue| catalogue.items().get(item as usize));
            product.map_or_else(|| format!("product {item}"), |product| product.title.clone())
        })
    }

    /// Identifier of the product in this row of the catalogue.
    pub fn id(self, item: u32) -> String {
        self.here().catalogue.with_untracked(|catalogue| {
            let product = catalogue.ready().and_then(|catalogue| catalogue.items().get(item as usize));
            product.map_or_else(String::new, |product| product.id.clone())
        })
    }

    /// Appends a click on a product.
    pub fn click(self, item: u32) {
        self.change_history(|clicks| clicks.push(item));
    }

    /// Removes the click at `index`, counted from the oldest.
    pub fn remove(self, index: usize) {
        self.change_history(|clicks| clicks.remove(index));
    }

    /// Removes every click.
    pub fn clear(self) {
        self.change_history(Clicks::clear);
    }

    /// Takes the last change of the history back.
    pub fn undo(self) {
        self.change_history(Clicks::undo);
    }

    /// Makes the history these rows of the catalogue, and looks at the best products again.
    pub fn become_shopper(self, items: &[u32]) {
        self.look_at_best();
        self.change_history(|clicks| clicks.replace(items));
    }

    /// Makes the history these rows of the catalogue.
    pub fn set_history(self, items: &[u32]) {
        self.change_history(|clicks| clicks.replace(items));
    }

    fn change_history(self, change: impl FnOnce(&mut Clicks)) {
        time_slices::note_use();
        self.lit.set(None);
        self.here().clicks.update(change);
        self.changed();
    }

    fn look_at_best(self) {
        self.inspect.set(Focus::Best);
        self.compare.set(Focus::Best);
    }

    /// Lets another network answer.
    pub fn switch(self, network: Network) {
        if self.network.get_untracked() != network {
            let (from, to) = (self.here(), self.shop_of(network, self.your_catalogue.get_untracked()));
            self.network.set(network);
            self.want(network);
            if from.clicks != to.clicks {
                self.forget_answer();
            }
            self.changed();
        }
    }

    /// Another catalogue has other products: what was said about this one's means nothing there.
    fn forget_answer(self) {
        self.lit.set(None);
        self.answered.set(None);
        self.look_at_best();
    }

    /// Whether the visitor's own model is here, or on its way in the foreground. Reactive.
    pub fn has_yours(self) -> bool {
        self.network.get() == Network::Yours
            || self.models[Network::Yours.index()].with(|model| model.ready().is_some())
    }

    /// Shows that the model named in the page's address is on its way, with or without a catalogue.
    pub fn expect_yours(self, with_catalogue: bool) {
        self.your_catalogue.set(with_catalogue);
        self.network.set(Network::Yours);
    }

    /// How much of it is here, while no other model of the visitor's is.
    pub fn yours_is_coming(self, received: u64, total: Option<u64>) {
        let model = self.models[Network::Yours.index()];
        if model.with_untracked(|model| model.ready().is_none()) {
            model.set(Transfer::UnderWay { received, total });
        }
    }

    /// Goes back to the page's networks, where no model of the visitor's ever came.
    pub fn give_up_yours(self) {
        if self.models[Network::Yours.index()].with_untracked(|model| model.ready().is_none()) {
            self.switch(Network::START);
        }
    }

    /// Lets a model of the visitor's answer from now on, on `engine`, which has its weights: in a shop of its own with
    /// `history` where it came with a catalogue, else in the shop in use.
    pub fn adopt(self, model: Model, engine: Engine, catalogue: Option<Arc<Products>>, history: Option<&[u32]>) {
        self.show_host(engine.host());
        self.machine.update_value(|machine| machine.engines[Network::Yours.index()] = Some(engine));
        let here = self.here();
        if catalogue.is_some() || self.network.get_untracked() == Network::Yours {
            self.forget_answer();
        }
        if let Some(catalogue) = catalogue {
            self.yours.clicks.set(Clicks::starting_with(history.unwrap_or_default()));
            self.yours.catalogue.set(Transfer::Ready(catalogue));
            self.your_catalogue.set(true);
        } else {
            self.your_catalogue.set(here.clicks == self.yours.clicks);
            if let Some(history) = history {
                here.clicks.update(|clicks| clicks.replace(history));
            }
        }
        self.models[Network::Yours.index()].set(Transfer::Ready(model));
        self.network.set(Network::Yours);
        self.problem.set(None);
        self.changed();
    }

    /// What engines run on; finds it where nothing needed it yet.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn host(self) -> Result<Host, EngineError> {
        if let Some(host) = self.known_host() {
            return Ok(host);
        }
        let host = Host::open(self.choice).await?;
        self.machine.update_value(|machine| machine.host = Some(host.clone()));
        Ok(host)
    }

    /// What engines run on, where that is known already.
    pub fn known_host(self) -> Option<Host> {
        self.machine.with_value(|machine| machine.host.clone())
    }

    /// Makes the stages of an engine ready on the GPU, if there is one, while the engine answers on the CPU.
    fn warm_up(self, network: Network, weights: Arc<Weights>, warm_up: WarmUp) {
        spawn_local(async move {
            // The answer shows first: a browser that is asked for an adapter has less time for it.
            pause(0).await;
            while time_slices::is_behind() {
                pause(0).await;
            }
            // With a free choice there is always something to run on.
            let Ok(host) = self.host().await else { return };
            let warm = warm_up.on(&host).await;
            self.machine.update_value(|machine| machine.warm[network.index()] = Some((weights, warm)));
            self.refresh();
        });
    }

    /// The stages that computed the answer on the page, as a GPU runs them; none while a newer answer is on its way.
    pub fn shader_stages(self) -> Option<impl Future<Output = Result<Vec<ShaderStage>, EngineError>> + use<>> {
        let answer = self.answered.get_untracked()?;
        let inspected: Vec<u32> =
            [&answer.inspected, &answer.compared].into_iter().flatten().map(|inspection| inspection.item).collect();
        self.machine.with_value(|machine| {
            machine.engines[answer.now.network.index()].as_ref().map(|engine| engine.stages(&inspected))
        })
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

    /// Wants to know about these products, too, from now on.
    pub fn inspect_more(self, items: Vec<u32>) {
        if self.more.with_untracked(|more| *more != items) {
            self.more.set(items);
            self.refresh();
        }
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
        self.machine.update_value(|machine| machine.changed_at = Some(clock::now()));
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
                // The click itself shows first, and a burst of clicks becomes one question. While the page starts there is none.
                if self.shop_may_show.get_untracked() {
                    pause(0).await;
                }
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
                        self.show_shop();
                        self.machine.update_value(|machine| {
                            machine.host = None;
                            machine.engines = Default::default();
                            machine.warm = Default::default();
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
        let Some(catalogue) = self.here().products() else { return Ok(None) };
        let Some(weights) = model.with_untracked(|model| model.ready().map(|model| model.weights.clone())) else {
            return Ok(None);
        };
        let kept = self.machine.try_update_value(|machine| machine.engines[network.index()].take()).flatten();
        let mut without_gpu = false;
        let mut engine = match kept {
            Some(engine) => engine,
            None => {
                let hash = catalogue.vocabulary_hash();
                if let Err(error) = weights.check_vocabulary(&network.file(), catalogue.vocabulary(), &hash) {
                    model.set(Transfer::Failed(error.to_string()));
                    return Ok(None);
                }
                // Where the choice is free, the CPU answers at once, and a GPU takes over when it is ready.
                let no_gpu = self.known_host().is_some_and(|host| host.backend() == Backend::Cpu);
                without_gpu = self.choice == Choice::Auto && !no_gpu;
                let host = if without_gpu { Host::before_gpu() } else { self.host().await? };
                self.show_host(&host);
                let engine = Engine::new(&host, &weights, &catalogue.item_categories()).await?;
                // Loading and making the engine is no part of a click's time.
                self.machine.update_value(|machine| machine.changed_at = machine.changed_at.map(|_| clock::now()));
                engine
            }
        };
        let warm = self.machine.try_update_value(|machine| machine.warm[network.index()].take()).flatten();
        if let Some((_, warm)) = warm.filter(|(of, _)| Arc::ptr_eq(of, &weights)) {
            engine.adopt(warm);
        }
        let result = self.question(&mut engine, network, &catalogue, version).await;
        self.show_host(engine.host());
        // Not before: loading what runs on GPUs would hold up the first answer.
        if without_gpu {
            self.warm_up(network, weights.clone(), engine.warm_up());
        }
        // Another model may have taken its place meanwhile, with an engine of its own.
        if model.with_untracked(|model| model.ready().is_some_and(|model| Arc::ptr_eq(&model.weights, &weights))) {
            self.machine.update_value(|machine| machine.engines[network.index()] = Some(engine));
        }
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
        let clicks = self.here().clicks.with_untracked(|clicks| clicks.now().to_vec());
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
        let ranks = ranks(&now, self.hide_clicked.get_untracked());
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
        self.answered.set(Some(answer.into()));
        self.show_shop();
        if timed || self.elapsed.with_untracked(|shown| shown.is_some_and(|shown| shown.backend != elapsed.backend)) {
            self.elapsed.set(Some(elapsed));
        }
        if timed {
            self.summary.set(self.summarise(elapsed));
        }
    }

    /// Draws the shop, if it still waits: the first answer is here, or does not come soon.
    fn show_shop(self) {
        if !self.shop_may_show.get_untracked() {
            self.shop_may_show.set(true);
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
            format::plural(answer.now.clicks.len(), "click", "clicks"),
            answer.now.network.name(),
            format::milliseconds(elapsed.total_ms),
        )
    }

    fn show_host(self, host: &Host) {
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

/// The order that an opinion means.
fn ranks(opinion: &Opinion, hide_clicked: bool) -> Ranks {
    let clicked: Vec<u32> =
        if hide_clicked { opinion.clicks.iter().map(|click| click.item).collect() } else { Vec::new() };
    Ranks::new(&opinion.probabilities, &clicked)
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
        let shoppers: serde_json::Value = serde_json::from_slice(&read("shoppers.json")).unwrap();
        let shoppers: Vec<Shopper> =
            shoppers.elements().unwrap().iter().map(|shopper| Shopper::from_json(shopper).unwrap()).collect();
        assert_eq!(shoppers.len(), 3);
        for shopper in shoppers {
            assert!((8..=14).contains(&shopper.items.len()), "{}", shopper.name);
            for id in shopper.items {
                assert!(catalogue.row(&id).is_some(), "{}: {id}", shopper.name);
            }
        }
    }
}
