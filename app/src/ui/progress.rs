//! What is on its way, and what did not arrive.

use leptos::prelude::*;

use super::format;

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
        Some(total) => format!("Loading {what}: {} of {}", format::bytes(received), format::bytes(total)),
        None => format!("Loading {what}: {}", format::bytes(received)),
    };
    view! {
        <div class="progress" translate="no">
            <p class="numbers">{text}</p>
            <progress aria-label=format!("Loading {what}") max="1" value=total.map(|total| received as f64 / total.max(1) as f64)></progress>
        </div>
    }
}

/// What failed, with a way to try again.
#[component]
pub fn Failure(
    /// What went wrong, in a sentence.
    why: String,
    /// Tries again.
    retry: Box<dyn Fn() + Send + Sync>,
) -> impl IntoView {
    view! {
        <div class="failure" translate="no" role="alert">
            <p>{format::sentence(&why)}</p>
            <button type="button" data-testid="retry" on:click=move |_| retry()>
                "Try again"
            </button>
        </div>
    }
}
