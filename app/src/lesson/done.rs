//! When the task of a stop is done: predicates by name.
//!
//! `clicked`: a click more than when the stop began. `inspected`: another product is inspected. `switched`: another network
//! answers. The others are what a view tells of itself, by [`Session::did`].

use leptos::prelude::*;

use crate::explain::networks::Network;
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
pub fn is_done(name: &str, beginning: &Beginning, session: Session) -> bool {
    match name {
        "clicked" => {
            session.shop_untracked().clicks.scoped().track();
            let (now, newest) = clicks(session);
            newest != beginning.newest && now >= beginning.clicks
        }
        "inspected" => {
            let inspect = session.inspect.scoped().get();
            inspect != beginning.inspect && matches!(inspect, Focus::Item(_))
        }
        "switched" => session
            .answered
            .scoped()
            .with(|answer| answer.as_ref().is_some_and(|answer| answer.now.network != beginning.network)),
        _ => session.told.scoped().get().is_some_and(|told| told == name),
    }
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
    let by_session = ["clicked", "inspected", "switched"];
    let told = [
        "equation",
        "stage",
        "looked-up",
        "stepped",
        "sampled",
        "path",
        "setting",
        "reversed",
        "muted",
        "set-training",
    ];
    by_session.contains(&name) || told.contains(&name)
}
