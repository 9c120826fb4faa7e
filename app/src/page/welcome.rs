//! What a visitor who knows nothing needs first: what this is, and what to do.

use leptos::prelude::*;

/// Both in a sentence each.
#[component]
pub fn Orientation() -> impl IntoView {
    view! {
        <p class="orientation" translate="yes" data-testid="orientation">
            "A neural network guesses what is bought next. "
            <a href="#shop">"Click a product"</a>
            " and watch its guess change."
        </p>
    }
}
