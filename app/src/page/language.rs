//! The switch to the page's other language.

use js_sys::Array;
use leptos::prelude::*;

use crate::browser::arrival::call;
use crate::language::choice::{BUTTON, Languages};
use crate::language::{self, t};
use crate::ui::format;

/// The button that switches, named as the other language calls itself.
#[component]
pub fn Language() -> impl IntoView {
    let languages = expect_context::<Languages>();
    let other = match languages.now.get_untracked() {
        language::Language::Chinese => language::Language::English,
        _ => language::Language::Chinese,
    };
    let name = call("nameOf", &Array::of1(&other.id().into())).and_then(|name| name.as_string());
    languages.refocus();
    view! {
        <span class="language">
            <button
                type="button"
                id=BUTTON
                class="text-tool"
                translate="no"
                lang=other.tag()
                data-testid="language"
                title=t!("Language")
                on:click=move |_| languages.choose(other)
            >
                {name.unwrap_or_else(|| other.id().to_owned())}
            </button>
            <span role="status">
                {move || languages.problem.get().map(|why| format::sentence(&why))}
            </span>
        </span>
    }
}
