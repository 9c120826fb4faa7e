//! What is going on: the clicks, the networks and their latest answer. Views read its signals and call its actions.

pub mod answer;
mod answering;
mod loading;
mod models;
pub mod shop;

use std::sync::Arc;

use leptos::prelude::*;
use shaders::{Choice, Engine};

use self::answer::ranks::{Focus, Ranks};
pub use self::answer::{Answered, Elapsed, HostInfo, Opinion, Problem};
use self::models::{Machine, Slot};
pub use self::models::{Model, Trained};
use self::shop::clicks::Clicks;
use self::shop::products::Products;
pub use self::shop::{ShopState, Shopper};
use crate::browser::load::Transfer;
use crate::browser::time_slices;
use crate::explain::card;
use crate::explain::networks::Network;
use crate::language::t;
use crate::ui::memo::Memo;

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
    /// The networks that were trained on this page, in the order in which they came out.
    pub trained: RwSignal<Vec<Trained>>,
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
    /// Why no answer comes.
    pub problem: RwSignal<Option<Problem>>,
    /// What is waited for where the address insists on the GPU, in a sentence.
    pub waits_for: RwSignal<Option<&'static str>>,
    /// The position in the history that is lit in every view.
    pub lit: RwSignal<Option<usize>>,
    /// What a view told of itself last: see [`Session::did`].
    pub told: RwSignal<Option<&'static str>>,
    /// What changed last, for screen readers.
    pub summary: RwSignal<String>,
    /// The order of the products now.
    pub ranks: Memo<Arc<Ranks>>,
    /// The order before the last change of history or network.
    pub ranks_before: Memo<Option<Arc<Ranks>>>,
    choice: Choice,
    machine: StoredValue<Machine, LocalStorage>,
}

impl Session {
    /// A session with nothing loaded.
    pub fn new(choice: Choice) -> Self {
        let hide_clicked = RwSignal::new(true);
        let answered = RwSignal::new(None::<Arc<Answered>>);
        let order = move |opinion: &Opinion| Arc::new(opinion.ranks(hide_clicked.get()));
        Self {
            demo: ShopState::new("clicks"),
            yours: ShopState::new("clicks in your shop"),
            your_catalogue: RwSignal::new(false),
            models: std::array::from_fn(|_| RwSignal::new(Transfer::START)),
            trained: RwSignal::default(),
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
            waits_for: RwSignal::new(None),
            lit: RwSignal::new(None),
            told: RwSignal::new(None),
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

    /// The shop in which `network` ranks.
    fn shop_of(self, network: Network, your_catalogue: bool) -> ShopState {
        if network == Network::Yours && your_catalogue { self.yours } else { self.demo }
    }

    /// The shop in use. Reactive.
    pub fn shop(self) -> ShopState {
        self.shop_of(self.network.get(), self.your_catalogue.get())
    }

    /// The shop in use. Not reactive.
    pub fn shop_untracked(self) -> ShopState {
        self.shop_of(self.network.get_untracked(), self.your_catalogue.get_untracked())
    }

    /// Whether the shop in use is the visitor's own. Reactive.
    pub fn is_your_shop(self) -> bool {
        self.network.get() == Network::Yours && self.your_catalogue.get()
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

    /// The model that gave the answer on the page. Reactive.
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

    /// Whether an answer is on its way: it is being computed, or the weights of the network in use are coming. Not reactive.
    pub fn is_waiting(self) -> bool {
        let network = self.network.get_untracked();
        self.busy.get_untracked()
            || self.models[network.index()].with_untracked(|model| matches!(model, Transfer::UnderWay { .. }))
    }

    /// Title of the product in this row of the catalogue.
    pub fn title(self, item: u32) -> String {
        self.shop_untracked().catalogue.with_untracked(|catalogue| {
            let product = catalogue.ready().and_then(|catalogue| catalogue.items().get(item as usize));
            product.map_or_else(|| t!("product {item}"), |product| product.title.clone())
        })
    }

    /// Identifier of the product in this row of the catalogue.
    pub fn id(self, item: u32) -> String {
        self.shop_untracked().catalogue.with_untracked(|catalogue| {
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
        let shop = self.shop_untracked();
        shop.clicks.update(change);
        shop.unknown.set(None);
        shop.keep();
        self.answer_timed();
    }

    /// The clicks in both shops, of which nothing more is kept across a reload until [`Session::give_back_clicks`].
    pub fn lend_clicks(self) -> [Clicks; 2] {
        [self.demo, self.yours].map(|shop| {
            shop.keeps.set_value(false);
            shop.clicks.get_untracked()
        })
    }

    /// Makes the clicks in both shops what they were.
    pub fn give_back_clicks(self, clicks: [Clicks; 2]) {
        self.lit.set(None);
        for (shop, clicks) in [self.demo, self.yours].into_iter().zip(clicks) {
            shop.keeps.set_value(true);
            shop.clicks.set(clicks);
        }
        self.answer_timed();
    }

    /// Tells that the visitor did something in a view that nothing else tells of, by a name: for a task that asked for it.
    pub fn did(self, what: &'static str) {
        self.told.set(Some(what));
    }

    fn look_at_best(self) {
        self.inspect.set(Focus::Best);
        self.compare.set(Focus::Best);
    }

    /// Lets another network answer.
    pub fn switch(self, network: Network) {
        if self.network.get_untracked() != network {
            let (from, to) = (self.shop_untracked(), self.shop_of(network, self.your_catalogue.get_untracked()));
            self.network.set(network);
            self.want(network);
            if from.clicks != to.clicks {
                self.forget_answer();
            }
            self.answer_timed();
        }
    }

    /// Forgets what was said about the products of a catalogue: for those of another it means nothing.
    fn forget_answer(self) {
        self.lit.set(None);
        self.show_answer(None);
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

    /// Shows how much of the model that is on its way is here, while no other model of the visitor's is.
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
    pub fn adopt(self, model: Model, engine: Engine, catalogue: Option<Arc<Products>>, history: &[u32]) {
        self.show_host(engine.host());
        self.machine.update_value(|machine| {
            machine.engines[Network::Yours.index()] = Slot::Here(engine);
            machine.renewed = None;
        });
        let here = self.shop_untracked();
        if catalogue.is_some() || self.network.get_untracked() == Network::Yours {
            self.forget_answer();
        }
        if let Some(catalogue) = catalogue {
            // In the same shop the clicks are those that were made there.
            if self.yours.products().is_none_or(|products| !Arc::ptr_eq(&products, &catalogue)) {
                self.yours.clicks.set(Clicks::starting_with(history));
                self.yours.catalogue.set(Transfer::Ready(catalogue));
            }
            self.your_catalogue.set(true);
        } else {
            self.your_catalogue.set(here.clicks == self.yours.clicks);
        }
        self.models[Network::Yours.index()].set(Transfer::Ready(model));
        self.network.set(Network::Yours);
        self.answer_timed();
    }

    /// Gives the visitor's model newer weights. Where it answers, `engine` has them, and what is on the page stays until that has
    /// answered; without an engine, one is made when it is next asked.
    pub fn renew(self, model: Model, engine: Option<Engine>) {
        let yours = Network::Yours.index();
        let answers = engine.is_some() && self.network.get_untracked() == Network::Yours;
        self.machine.update_value(|machine| {
            machine.engines[yours] = engine.map_or(Slot::Empty, Slot::Here);
            machine.renewed = answers.then(|| model.clone());
        });
        if answers {
            self.answer();
        } else {
            self.models[yours].set(Transfer::Ready(model));
        }
    }

    /// Inspects a product; once more, and whichever is best is inspected.
    pub fn inspect(self, item: u32) {
        let chosen = Focus::Item(item);
        self.inspect.update(|focus| *focus = if *focus == chosen { Focus::Best } else { chosen });
        if self.compare.get_untracked() == chosen {
            self.compare.set(Focus::Best);
        }
        self.answer();
    }

    /// Inspects whichever product is best, from now on.
    pub fn follow_best(self) {
        self.inspect.set(Focus::Best);
        self.answer();
    }

    /// Compares a product with the inspected one; once more, and none is compared.
    pub fn compare(self, item: u32) {
        let shown = self.answered.with_untracked(|answer| {
            answer.as_ref().and_then(|answer| answer.compared.as_ref().map(|inspection| inspection.item))
        });
        self.compare.set(if shown == Some(item) { Focus::Nothing } else { Focus::Item(item) });
        self.answer();
    }

    /// Wants to know about these products, too, from now on.
    pub fn inspect_more(self, items: Vec<u32>) {
        if self.more.with_untracked(|more| *more != items) {
            self.more.set(items);
            self.answer();
        }
    }

    /// Keeps products in the history out of the ranking, or not.
    pub fn hide_clicked(self, hide: bool) {
        self.hide_clicked.set(hide);
        // Another product may be the first now.
        if let Some(elapsed) = self.elapsed.get_untracked() {
            self.summary.set(self.summarise(elapsed));
        }
        self.answer();
    }

    /// Tries again after a problem with the engine.
    pub fn retry(self) {
        self.answer();
    }
}
