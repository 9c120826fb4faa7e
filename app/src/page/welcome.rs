//! What a visitor who knows nothing needs first: what this is, and what to do.

use crate::language::t;
use leptos::prelude::*;

/// Both in a sentence each.
#[component]
pub fn Orientation() -> impl IntoView {
    view! {
        <p class="orientation" translate="yes" data-testid="orientation">
            {t!(
                "A neural network guesses what is bought next. <link>Click a product</link> and watch its guess change.",
                link = |words| view! { <a href="#shop">{words}</a> }.into_any()
            )}
        </p>
    }
}
