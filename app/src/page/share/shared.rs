//! What is said once somebody has copied the page's address, and the line of HTML with which another page shows one of its views.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Url;

use crate::browser::dom::copy;
use crate::inside::views::View;
use crate::language::t;
use crate::page::addressing::{RANKING, view};
use crate::page::link::Link;
use crate::ui::format::escaped;

/// The height that a frame has until the page in it tells its own, in CSS pixels.
const HEIGHT: u32 = 640;

/// Copies the page's address now and whenever that is `asked` for, and says what became of it.
#[component]
pub fn Shared(
    /// Counts how often somebody asked.
    asked: RwSignal<u32>,
) -> impl IntoView {
    let link: Link = expect_context();
    let said = RwSignal::new(None::<&'static str>);
    Effect::new(move || {
        asked.track();
        said.set(None);
        spawn_local(async move { said.set(Some(link.page().copy().await)) });
    });
    view! {
        <p role="status" translate="yes">{move || said.get()}</p>
        <details>
            <summary data-testid="frame-line">{t!("Show it in another page")}</summary>
            <Line />
        </details>
    }
}

/// The line of HTML, and how to get it.
#[component]
fn Line() -> impl IntoView {
    let link: Link = expect_context();
    let chosen = RwSignal::new(None::<View>);
    // With every opening of another view that is the one to show.
    Effect::new(move || chosen.set(link.opened()));
    let line = move || {
        link.track();
        frame_line(chosen.get(), &link.page().alone(chosen.get()))
    };
    let said = RwSignal::new(None::<&'static str>);
    let on_copy = move |_| {
        spawn_local(async move {
            let is_copied = copy(&untrack(line)).await;
            said.set(Some(if is_copied {
                t!("The line is copied.")
            } else {
                t!("The browser does not let this page copy. Select the line.")
            }));
        });
    };
    let option = move |view: Option<View>| {
        let (id, name) = named(view);
        view! { <option value=id prop:selected=move || chosen.get() == view>{name}</option> }.into_any()
    };
    let views = std::iter::once(None).chain(View::ALL.iter().copied().map(Some));
    view! {
        <p class="quiet">
            {t!(
                "One view alone, live, in slides, a course or an article. It begins with the network, the clicks and the settings of \
                 now."
            )}
        </p>
        <label>
            {t!("View")} " "
            <select data-testid="frame-line-view" on:change=move |event| chosen.set(view(&event_target_value(&event)))>
                {views.map(option).collect_view()}
            </select>
        </label>
        <textarea
            readonly
            rows="6"
            spellcheck="false"
            translate="no"
            class="code"
            aria-label=t!("Line of HTML")
            data-testid="frame-line-html"
            prop:value=move || line()
        ></textarea>
        <p>
            <button type="button" class="button" data-testid="frame-line-copy" on:click=on_copy>
                {t!("Copy the line")}
            </button>
            " "
            <span role="status">{move || said.get()}</span>
        </p>
    }
}

/// The id of a view in an address, and its name.
fn named(view: Option<View>) -> (&'static str, &'static str) {
    view.map_or((RANKING, t!("Ranking")), |view| (view.entry().id, view.entry().name))
}

/// The line for a view at an address that begins at the server.
fn frame_line(view: Option<View>, address: &str) -> String {
    let here = window().location().href().unwrap_or_default();
    let address = Url::new_with_base(address, &here).map_or_else(|_| address.to_owned(), |url| url.href());
    format!(
        "<iframe src=\"{}\" title=\"Interest Lens: {}\" style=\"border: 0; width: 100%\" height=\"{HEIGHT}\" loading=\"lazy\"></iframe>",
        escaped(&address),
        named(view).1,
    )
}
