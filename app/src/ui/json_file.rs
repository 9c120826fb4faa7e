//! A JSON file that comes with the page, and what is shown of it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::browser::Parsed;

use super::progress::Failure;
use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::language::{english, t};

/// What `show` makes of a file once it is here.
#[component]
pub fn JsonFile(
    /// Its address, relative to the page.
    file: &'static str,
    /// What is shown of it.
    show: fn(&Parsed) -> AnyView,
) -> impl IntoView {
    let text = RwSignal::new(Transfer::<String>::START);
    let load = move || {
        text.set(Transfer::START);
        spawn_local(async move {
            let arrived = match fetch(file, NO_LIMIT, &|_, _| ()).await {
                Ok(bytes) => match String::from_utf8(bytes).ok().filter(|text| Parsed::new(text).is_some()) {
                    Some(text) => Transfer::Ready(text),
                    None => Transfer::Failed(english!("{file} is no JSON")),
                },
                Err(error) => Transfer::Failed(error.to_string()),
            };
            // Its place may be gone by now.
            text.try_set(arrived);
        });
    };
    load();
    let view = move || match text.get() {
        Transfer::UnderWay { .. } => view! { <p class="quiet">{t!("Loading the table …")}</p> }.into_any(),
        Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(load) /> }.into_any(),
        Transfer::Ready(text) => Parsed::new(&text).map_or_else(|| ().into_any(), |json| show(&json)),
    };
    view! { {view} }
}
