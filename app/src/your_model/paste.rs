//! A table to paste, where there is no file to choose.

use leptos::prelude::*;

use super::source::Source;

/// A text to paste and a button that takes it, behind a line that opens them.
#[component]
pub fn Paste(
    /// The line.
    summary: &'static str,
    /// Name of the text in tests.
    test_id: &'static str,
    /// What the text is, for screen readers.
    label: &'static str,
    /// The columns.
    placeholder: &'static str,
    /// Name of the button in tests.
    button_id: &'static str,
    /// What the button does.
    button: &'static str,
    /// Why the button does nothing yet, in a sentence; none where it does. Reactive.
    not_yet: impl Fn() -> Option<&'static str> + Copy + Send + Sync + 'static,
    /// Takes the text.
    take: impl Fn(Source) + 'static,
) -> impl IntoView {
    let pasted = RwSignal::new(String::new());
    view! {
        <details>
            <summary>{summary}</summary>
            <textarea
                data-testid=test_id
                aria-label=label
                rows="5"
                spellcheck="false"
                placeholder=placeholder
                prop:value=pasted
                on:input=move |event| pasted.set(event_target_value(&event))
            ></textarea>
            <button
                type="button"
                class="button"
                data-testid=button_id
                disabled=move || not_yet().is_some() || pasted.with(|text| text.trim().is_empty())
                on:click=move |_| take(Source::Text(pasted.get_untracked()))
            >
                {button}
            </button>
            {move || not_yet().map(|why| view! { <p class="quiet">{why}</p> }.into_any())}
        </details>
    }
}
