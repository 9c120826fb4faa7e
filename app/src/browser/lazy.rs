//! Views that are loaded when they are first wanted: they are in a wasm file of their own, so that the page starts without them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::page::header::Failure;
use crate::page::tabs::View;
use crate::page::{about, proof};
use crate::{inside, your_model};

/// What is loaded later.
#[derive(Clone, Copy)]
pub enum Part {
    /// How the networks work.
    About,
    /// The visitor's own model.
    Own,
    /// The comparison of both implementations, in a dialog that is open or not.
    Proof(RwSignal<bool>),
    /// A view of the network's inside.
    Inside(View),
}

/// Where the file of these views begins: what only this function needs is in it.
#[wasm_split(views, fallible)]
fn view_of(owner: Owner, part: Part) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| match part {
        Part::About => about::contents().into_any(),
        Part::Own => your_model::contents().into_any(),
        Part::Proof(open) => proof::contents(open).into_any(),
        Part::Inside(view) => inside::view(view),
    }))
}

/// The place of a part on the page, empty until it is wanted. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Later {
    part: Part,
    state: RwSignal<State>,
    /// What has arrived and is not shown yet.
    view: StoredValue<Option<AnyView>, LocalStorage>,
    owner: StoredValue<Owner>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unwanted,
    UnderWay,
    Here,
    Lost,
}

impl Later {
    /// The place of `part`, for the view that calls this.
    pub fn new(part: Part) -> Self {
        let owner = StoredValue::new(Owner::current().unwrap_or_default());
        Self { part, state: RwSignal::new(State::Unwanted), view: StoredValue::new_local(None), owner }
    }

    /// Loads it, unless it is here or on its way.
    pub fn want(self) {
        if matches!(self.state.get_untracked(), State::UnderWay | State::Here) {
            return;
        }
        self.state.set(State::UnderWay);
        let owner = self.owner.get_value();
        spawn_local(async move {
            let view = view_of(owner, self.part).await;
            let state = if view.is_ok() { State::Here } else { State::Lost };
            // Its place may be gone by now.
            self.view.try_set_value(view.ok());
            self.state.try_set(state);
        });
    }

    /// The part, or what has become of it.
    pub fn view(self) -> AnyView {
        let show = move || match self.state.get() {
            State::Unwanted => ().into_any(),
            State::UnderWay => view! { <p class="quiet">"Loading …"</p> }.into_any(),
            State::Here => self.view.try_update_value(Option::take).flatten().unwrap_or_else(|| ().into_any()),
            State::Lost => {
                let why = "This part of the page did not arrive: the connection failed".to_owned();
                view! { <Failure why=why retry=Box::new(move || self.want()) /> }.into_any()
            }
        };
        view! { {move || show()} }.into_any()
    }
}
