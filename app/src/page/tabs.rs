//! The tabs: the ranking, and the views that look inside the network. Which is open stands in the page's address, as in
//! `#inside=steps`.

use leptos::ev;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser::address;
use crate::browser::dom::{focus, media_matches, roving, scroll_to, show_in_strip};
use crate::inside::place_of;
use crate::inside::views::View;

/// What is open: a view, or the ranking.
#[derive(Debug, Clone, Copy)]
pub struct Opened(RwSignal<Option<View>>);

impl Opened {
    /// What the address asks for, now and whenever it changes.
    pub fn by_address() -> Self {
        let opened = RwSignal::new(named_in_address().unwrap_or_default());
        // For as long as the page is there.
        let _ = window_event_listener(ev::popstate, move |_| {
            if let Some(view) = named_in_address() {
                opened.set(view);
            }
        });
        Self(opened)
    }

    /// Whether a view is open, in place of the ranking. Reactive.
    pub fn is_inside(self) -> bool {
        self.0.get().is_some()
    }

    /// The address of the page, what is open included, with another `value` of `name`. Reactive.
    pub fn address_with(self, name: &str, value: &str) -> String {
        self.0.track();
        address::with(name, value)
    }

    /// Opens a view or, with none, the ranking: as a new entry of the browser's history, from which Back returns, or in place
    /// of the present one.
    fn open(self, view: Option<View>, is_new_entry: bool) {
        self.0.set(view);
        let location = window().location();
        let address = match view {
            Some(view) => format!("#inside={}", view.entry().id),
            None => location.pathname().unwrap_or_default() + &location.search().unwrap_or_default(),
        };
        // A page without an address of its own, as in some frames, opens the view all the same.
        let _ = window().history().and_then(|history| {
            if is_new_entry {
                history.push_state_with_url(&JsValue::NULL, "", Some(&address))
            } else {
                history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
            }
        });
        // Where the parts follow one another, what was opened may be far from what is on the screen.
        if media_matches("(max-width: 73.6875em)") {
            scroll_to(if view.is_some() { "inside" } else { "ranking" });
        }
    }
}

/// The view or, inside, none for the ranking, that the address names; none where it names neither.
fn named_in_address() -> Option<Option<View>> {
    let hash = window().location().hash().unwrap_or_default();
    match hash.trim_start_matches('#') {
        "" | "ranking" | "evolution" => Some(None),
        hash => {
            let id = hash.strip_prefix("inside=")?;
            View::ALL.iter().copied().find(|view| view.entry().id == id).map(Some)
        }
    }
}

/// A tab for the ranking and one for each view.
#[component]
pub fn Tabs() -> impl IntoView {
    let Opened(opened) = expect_context();
    let tabs = || std::iter::once(None).chain(View::ALL.iter().copied().map(Some));
    let tab = move |(place, view): (usize, Option<View>)| {
        let (id, name) = view.map_or(("ranking", "Ranking"), |view| (view.entry().id, view.entry().name));
        let is_open = move || opened.get() == view;
        let on_key = move |event: KeyboardEvent| {
            if let Some(next) = roving(&event.key(), place, tabs().count()).and_then(|next| tabs().nth(next)) {
                event.prevent_default();
                Opened(opened).open(next, false);
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
                on:click=move |_| Opened(opened).open(view, true)
                on:keydown=on_key
            >
                {name}
            </button>
        }
        .into_any()
    };
    let name_of_page = document().title();
    Effect::new(move || {
        let name = opened.get().map(|view| format!("{} – Interest Lens", view.entry().name));
        document().set_title(name.as_deref().unwrap_or(&name_of_page));
    });
    // Where the tabs do not fit, they scroll: the open one is in sight, whoever opened it.
    Effect::new(move |ran: Option<()>| {
        let view = opened.get();
        // The ranking, with which the page begins, is the first: nobody need wait for where it lies.
        if view.is_none() && ran.is_none() {
            return;
        }
        show_in_strip(format!("tab-{}", view.map_or("ranking", |view| view.entry().id)));
    });
    view! {
        <div class="tabs" translate="yes" data-strip role="tablist" aria-label="Ranking, and views of the network’s inside">
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
    let Opened(opened) = expect_context();
    view! {
        <div id="outside" class="outside" role="tabpanel" aria-labelledby="tab-ranking" hidden=move || opened.get().is_some()>
            {children()}
        </div>
    }
}

/// What the tab of a view shows.
#[component]
pub fn Inside() -> impl IntoView {
    let Opened(opened) = expect_context();
    view! {
        <div
            id="inside"
            class="inside"
            role="tabpanel"
            aria-labelledby=move || opened.get().map(|view| format!("tab-{}", view.entry().id))
            hidden=move || opened.get().is_none()
        >
            {move || {
                opened
                    .get()
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
    let opened: Opened = expect_context();
    let first = View::Model;
    view! {
        <p class="invitation-inside" translate="yes">
            "Why this order? Every probability here can be taken apart. "
            <button
                type="button"
                class="link"
                data-testid="look-inside"
                on:click=move |_| {
                    opened.open(Some(first), true);
                    // This goes out of sight with the ranking.
                    focus(format!("tab-{}", first.entry().id));
                }
            >
                "Look inside the network"
            </button>
        </p>
    }
}
