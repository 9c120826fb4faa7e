//! For networks whose interest does not evolve: the way to one whose does.

use leptos::prelude::*;

use crate::explain::networks::Network;
use crate::session::Session;

/// The way to a network whose interest evolves.
pub fn switch_to_evolving(session: Session) -> AnyView {
    let name = Network::START.name();
    let words =
        if session.is_your_shop() { format!("Switch to the demo’s {name}") } else { format!("Switch to {name}") };
    view! {
        <button type="button" class="link" on:click=move |_| session.switch(Network::START)>
            {words}
        </button>
    }
    .into_any()
}
