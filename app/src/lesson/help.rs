//! The buttons that open the tour: its first stop, or the one about a part of the page.

use leptos::prelude::*;

use super::tour::{FIRST, Tour};
use crate::language::t;
use crate::ui::icons::{self, Icon};

/// The button that opens the first stop.
#[component]
pub fn OpenTour() -> impl IntoView {
    let tour = expect_context::<Tour>();
    view! {
        <button
            type="button"
            class="tool"
            id="open-tour"
            data-testid="open-tour"
            aria-label=t!("Guided tour")
            title=t!("Guided tour")
            on:click=move |_| tour.open(FIRST, "open-tour".to_owned())
        >
            <Icon path=icons::TOUR />
        </button>
    }
}

/// The button beside the heading of a part of the page.
#[component]
pub fn Help(
    /// The id of the stop about it.
    stop: &'static str,
) -> impl IntoView {
    // In a figure of the article, and in a view alone, there is no tour.
    use_context::<Tour>().map(|tour| {
        let id = format!("help-{stop}");
        view! {
            <button
                type="button"
                class="help"
                id=id.clone()
                data-testid="help"
                data-stop=stop
                translate="no"
                aria-label=t!("What is this? A stop of the guided tour")
                title=t!("What is this? A stop of the guided tour")
                on:click=move |_| tour.open(stop, id.clone())
            >
                "?"
            </button>
        }
        .into_any()
    })
}
