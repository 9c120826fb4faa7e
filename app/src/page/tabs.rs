//! The tabs: the ranking, and the views that look inside the network.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::browser::dom::{focus, roving, show_in_strip};
use crate::inside::place_of;
use crate::inside::views::View;
use crate::language::t;
use crate::page::link::Link;

/// A tab for the ranking and one for each view.
#[component]
pub fn Tabs() -> impl IntoView {
    let link: Link = expect_context();
    let tabs = || std::iter::once(None).chain(View::ALL.iter().copied().map(Some));
    let tab = move |(place, view): (usize, Option<View>)| {
        let (id, name) = view.map_or(("ranking", t!("Ranking")), |view| (view.entry().id, view.entry().name));
        let is_open = move || link.opened() == view;
        let on_key = move |event: KeyboardEvent| {
            if let Some(next) = roving(&event.key(), place, tabs().count()).and_then(|next| tabs().nth(next)) {
                event.prevent_default();
                link.open(next, false);
                focus(format!("tab-{}", next.map_or("ranking", |view| view.entry().id)));
            }
        };
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{id}")
                data-testid=format!("open-{id}")
                aria-selected=move || is_open().to_string()
                aria-controls=if view.is_some() { "inside" } else { "outside" }
                tabindex=move || if is_open() { "0" } else { "-1" }
                title=view.map(|view| view.entry().title)
                on:click=move |_| link.open(view, true)
                on:keydown=on_key
            >
                {name}
            </button>
        }
        .into_any()
    };
    Effect::new(move || {
        let name = link.opened().map(|view| t!("{view} – Interest Lens", view = view.entry().name));
        document()
            .set_title(name.as_deref().unwrap_or(t!("Interest Lens: look into DIN, DIEN and TIN as they rank a shop")));
    });
    // Where the tabs do not fit, they scroll: the open one is in sight, whoever opened it.
    Effect::new(move |ran: Option<()>| {
        let view = link.opened();
        // The ranking, with which the page begins, is the first: nobody need wait for where it lies.
        if view.is_none() && ran.is_none() {
            return;
        }
        show_in_strip(format!("tab-{}", view.map_or("ranking", |view| view.entry().id)));
    });
    view! {
        <div class="tabs" translate="yes" data-strip role="tablist" aria-label=t!("Ranking, and views of the network’s inside")>
            {tabs().enumerate().map(tab).collect_view()}
        </div>
    }
}

/// What the tab of the ranking shows. It stays while a view is open, out of sight.
#[component]
pub fn Outside(
    /// The parts of the page.
    children: Children,
) -> impl IntoView {
    let link: Link = expect_context();
    view! {
        <div id="outside" class="outside" role="tabpanel" aria-labelledby="tab-ranking" hidden=move || link.opened().is_some()>
            {children()}
        </div>
    }
}

/// What the tab of a view shows.
#[component]
pub fn Inside() -> impl IntoView {
    let link: Link = expect_context();
    view! {
        <div
            id="inside"
            class="inside"
            role=(!link.is_embedded()).then_some("tabpanel")
            aria-labelledby=move || link.opened().filter(|_| !link.is_embedded()).map(|view| format!("tab-{}", view.entry().id))
            hidden=move || link.opened().is_none()
        >
            {move || {
                link
                    .opened()
                    .map(|view| {
                        let place = place_of(view);
                        place.want();
                        place.view()
                    })
            }}
        </div>
    }
}

/// The way from the ranking to the first view.
#[component]
pub fn Invitation() -> impl IntoView {
    let link: Link = expect_context();
    let first = View::Model;
    view! {
        <p class="invitation-inside" translate="yes">
            {t!("Why this order? Every probability here can be taken apart.")} " "
            <button
                type="button"
                class="link"
                data-testid="look-inside"
                on:click=move |_| {
                    link.open(Some(first), true);
                    // This goes out of sight with the ranking.
                    focus(format!("tab-{}", first.entry().id));
                }
            >
                {t!("Look inside the network")}
            </button>
        </p>
    }
}
