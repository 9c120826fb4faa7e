//! Views that are loaded when they are first wanted: they are in a wasm file of their own, so that the page starts without
//! them.

use std::cell::Cell;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::why_lost;
use wasm_split_helpers::SplitLoaderError;

use crate::language::{english, t};
use crate::ui::progress::Failure;

thread_local! {
    /// How much is on its way: parts of the page, networks, answers to a view's own questions.
    static UNDER_WAY: Cell<usize> = const { Cell::new(0) };
}

/// Whether something that the page shows when it is there is on its way.
pub fn is_any_under_way() -> bool {
    UNDER_WAY.get() > 0
}

/// Waits for something of the page's own that is on its way.
pub async fn under_way<T>(arriving: impl Future<Output = T>) -> T {
    UNDER_WAY.set(UNDER_WAY.get() + 1);
    let arrived = arriving.await;
    UNDER_WAY.set(UNDER_WAY.get() - 1);
    arrived
}

/// What makes a part, once it is here.
pub type Making = Box<dyn FnOnce() -> AnyView>;

/// A part on its way. What gives it is a function with `#[wasm_split(views, fallible)]`: what only such functions need is in
/// the file `views`.
pub type Arriving = Pin<Box<dyn Future<Output = Result<Making, SplitLoaderError>>>>;

/// The place of a part on the page, empty until it is wanted. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Lazy {
    load: StoredValue<Box<dyn Fn() -> Arriving + Send + Sync>>,
    state: RwSignal<State>,
    /// What has arrived and is not shown yet.
    view: StoredValue<Option<AnyView>, LocalStorage>,
    owner: StoredValue<Owner>,
}

#[derive(Clone, PartialEq)]
enum State {
    Unwanted,
    UnderWay,
    Here,
    /// Why, in sentences.
    Lost(String),
}

impl Lazy {
    /// The place of what `load` brings, which is made for the view that calls this.
    pub fn new(load: impl Fn() -> Arriving + Send + Sync + 'static) -> Self {
        Self {
            load: StoredValue::new(Box::new(load)),
            state: RwSignal::new(State::Unwanted),
            view: StoredValue::new_local(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Loads the part, unless it is here or on its way.
    pub fn want(self) {
        if self.state.with_untracked(|state| matches!(state, State::UnderWay | State::Here)) {
            return;
        }
        self.state.set(State::UnderWay);
        let arriving = self.load.with_value(|load| load());
        spawn_local(async move {
            let made = under_way(async {
                let making = arriving.await;
                // Its place may be gone by now, and with it what the part would find there.
                let owner = self.owner.try_get_value()?;
                Some(making.map(|make| owner.with(make)))
            });
            let Some(made) = made.await else { return };
            let state = if made.is_ok() { State::Here } else { State::Lost(why_lost()) };
            self.view.try_set_value(made.ok());
            self.state.try_set(state);
        });
    }

    /// The part, or what has become of it. In a page that is made anew, the part is, too.
    pub fn view(self) -> AnyView {
        self.owner.set_value(Owner::current().unwrap_or_default());
        if self.state.with_untracked(|state| *state == State::Here) && self.view.with_value(Option::is_none) {
            self.state.set(State::Unwanted);
            self.want();
        }
        let show = move || match self.state.get() {
            State::Unwanted => ().into_any(),
            State::UnderWay => view! { <p class="quiet">{t!("Loading …")}</p> }.into_any(),
            State::Here => self.view.try_update_value(Option::take).flatten().unwrap_or_else(|| ().into_any()),
            State::Lost(why) => {
                let why = english!("This part of the page did not arrive. {why}");
                view! { <Failure why=why retry=Box::new(move || self.want()) /> }.into_any()
            }
        };
        view! { {move || show()} }.into_any()
    }
}
