//! What is on its way, and what did not arrive.

use leptos::prelude::*;

use super::format;
use crate::browser::arrival::look_for_new_version;
use crate::language::t;

/// Bytes on their way.
#[component]
pub fn Progress(
    /// What is coming, in words.
    what: &'static str,
    /// Bytes so far.
    received: u64,
    /// Bytes in all, where known.
    total: Option<u64>,
) -> impl IntoView {
    let text = match total {
        Some(total) => t!(
            "Loading {what}: {received} of {total}",
            received = format::bytes(received),
            total = format::bytes(total)
        ),
        None => t!("Loading {what}: {received}", received = format::bytes(received)),
    };
    view! {
        <div class="progress" translate="no">
            <p class="numbers">{text}</p>
            <progress aria-label=t!("Loading {what}") max="1" value=total.map(|total| received as f64 / total.max(1) as f64)></progress>
        </div>
    }
}

/// What failed, with a way to try again, and one to a newer version of the page where the server has one.
#[component]
pub fn Failure(
    /// What went wrong, in a sentence.
    why: String,
    /// Tries again.
    retry: Box<dyn Fn() + Send + Sync>,
) -> impl IntoView {
    // Then the same try may fail for ever.
    look_for_new_version();
    view! {
        <div class="failure" translate="no" role="alert">
            <p>{format::sentence(&why)}</p>
            <NewVersion />
            <button type="button" data-testid="retry" on:click=move |_| retry()>
                {t!("Try again")}
            </button>
        </div>
    }
}

/// That the server has a newer version of the page, and the way to it. index.html shows this where it is so.
#[component]
pub fn NewVersion() -> impl IntoView {
    view! {
        <p class="new-version" translate="yes" data-testid="new-version">
            {t!("A newer version of this page is on the server.")} " "
            <button type="button" class="button" onclick="location.reload()">
                {t!("Open the new version")}
            </button>
        </p>
    }
}
