//! When the task of a stop is done: predicates by name.
//!
//! `clicked`: a click more than when the stop began. `inspected`: another product is inspected. `switched`: another network
//! answers. `network=ID`, `view=ID`: that network answers, that view is open. The others are what a view tells of itself, by
//! [`Session::did`].

use leptos::prelude::*;

use crate::explain::networks::Network;
use crate::page::addressing::Page;
use crate::session::Session;
use crate::session::answer::ranks::Focus;
use crate::ui::scoped::Scoped;

/// The session as a stop begins.
#[derive(Clone, Copy)]
pub struct Beginning {
    clicks: usize,
    newest: Option<u32>,
    inspect: Focus,
    network: Network,
}

impl Beginning {
    /// The session as it is now; what views have told is forgotten. Not reactive.
    pub fn now(session: Session) -> Self {
        session.told.set(None);
        let (clicks, newest) = clicks(session);
        Self { clicks, newest, inspect: session.inspect.get_untracked(), network: session.network.get_untracked() }
    }
}

/// Whether the predicate `name` holds of what happened since `beginning`. Reactive.
pub fn is_done(name: &str, beginning: &Beginning, page: Page) -> bool {
    let session = page.session;
    match (name, name.split_once('=')) {
        (_, Some(("network", id))) => answering(session).is_some_and(|network| network.id() == id),
        (_, Some(("view", id))) => page.opened.scoped().get().is_some_and(|view| view.entry().id == id),
        ("clicked", _) => {
            session.shop_untracked().clicks.scoped().track();
            let (now, newest) = clicks(session);
            newest != beginning.newest && now >= beginning.clicks
        }
        ("inspected", _) => {
            let inspect = session.inspect.scoped().get();
            inspect != beginning.inspect && matches!(inspect, Focus::Item(_))
        }
        ("switched", _) => answering(session).is_some_and(|network| network != beginning.network),
        _ => session.told.scoped().get().is_some_and(|told| told == name),
    }
}

/// The network that gave the answer on the page. Reactive.
fn answering(session: Session) -> Option<Network> {
    session.answered.scoped().with(|answer| answer.as_ref().map(|answer| answer.now.network))
}

/// How many clicks there are, and the key of the newest. Not reactive.
fn clicks(session: Session) -> (usize, Option<u32>) {
    session.shop_untracked().clicks.with_untracked(|clicks| {
        let now = clicks.now();
        (now.len(), now.last().map(|click| click.key))
    })
}

/// Whether there is a predicate of this name.
#[cfg(test)]
pub fn is_known(name: &str) -> bool {
    match name.split_once('=') {
        Some(("network", id)) => Network::shipped().any(|network| network.id() == id),
        Some(("view", id)) => crate::inside::views::View::ALL.iter().any(|view| view.entry().id == id),
        Some(_) => false,
        None => {
            let by_session = ["clicked", "inspected", "switched"];
            let told = ["equation", "stage", "looked-up", "stepped", "sampled", "path", "setting", "reversed", "muted"];
            by_session.contains(&name) || told.contains(&name)
        }
    }
}
