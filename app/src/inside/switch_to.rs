//! From a network of which there is nothing to show to one of which there is.

use leptos::prelude::*;

use crate::explain::networks::Network;
use crate::language::t;
use crate::session::Session;

/// The way to a network that comes with the page.
pub fn switch_to(session: Session, network: Network) -> AnyView {
    let name = network.name();
    let words = if session.is_your_shop() { t!("Switch to the demo’s {name}") } else { t!("Switch to {name}") };
    view! {
        <button type="button" class="link" on:click=move |_| session.switch(network)>
            {words}
        </button>
    }
    .into_any()
}
