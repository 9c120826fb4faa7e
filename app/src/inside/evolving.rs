//! For networks whose interest does not evolve: the way to one whose does.

use leptos::prelude::*;

use crate::explain::networks::Network;
use crate::session::Session;

/// The way to a network whose interest evolves.
pub fn switch_to_evolving(session: Session) -> AnyView {
    let evolving = Network::evolving();
    view! {
        <button type="button" class="link" on:click=move |_| session.switch(evolving)>
            {format!("Switch to {}{}", if session.is_your_shop() { "the demo’s " } else { "" }, evolving.name())}
        </button>
    }
    .into_any()
}
