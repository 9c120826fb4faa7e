//! What is on its way, and what did not arrive.

use leptos::prelude::*;

use super::format;
use crate::browser::arrival::{is_outdated, reload};

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

/// What failed, with ways out.
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
            <WaysOut retry=retry />
        </div>
    }
}

/// What may help after a failure.
#[component]
pub fn WaysOut(
    /// Tries again.
    retry: Box<dyn Fn() + Send + Sync>,
) -> impl IntoView {
    view! {
        {is_outdated()
            .then(|| {
                view! {
                    <button type="button" data-testid="new-version" on:click=move |_| reload()>
                        "Open the new version"
                    </button>
                }
                    .into_any()
            })}
        <button type="button" data-testid="retry" on:click=move |_| retry()>
            "Try again"
        </button>
    }
}
