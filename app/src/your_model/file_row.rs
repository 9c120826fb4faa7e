//! A file to choose, as a line of a list.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::source::{Source, files};
use crate::language::{self, t};
use crate::ui::icons::{self, Icon};
use crate::ui::view::either;

/// One file to choose.
#[component]
pub fn FileRow(
    /// Name of the input in tests.
    test_id: &'static str,
    /// Endings of the file's name.
    accept: &'static str,
    /// What the button does.
    label: &'static str,
    /// What kind of file it is, in words.
    what: &'static str,
    /// The file, if there is one.
    source: RwSignal<Option<Source>, LocalStorage>,
    /// Takes what was chosen.
    take: impl Fn(Vec<File>) + 'static,
    /// Hears that the file is forgotten.
    forgotten: impl Fn() + Clone + Send + 'static,
) -> impl IntoView {
    let name = move || source.with(|source| source.as_ref().map(|source| language::said(&source.name())));
    let choose = move |event: ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        take(files(input.files()));
        // So that the same file can be chosen again, after it was changed.
        input.set_value("");
    };
    view! {
        <li class:chosen=move || name().is_some()>
            <label class="button">
                <input type="file" multiple class="visually-hidden" accept=accept data-testid=test_id on:change=choose />
                {label}
            </label>
            {either(
                move || source.with(Option::is_some),
                move || view! { <span class="file-name" translate="no">{move || name()}</span> }.into_any(),
                move || view! { <span class="file-name">{what}</span> }.into_any(),
            )}
            {move || {
                let forgotten = forgotten.clone();
                name()
                    .map(|name| {
                        view! {
                            <button
                                type="button"
                                class="tool"
                                aria-label=t!("Forget {name}")
                                title=t!("Forget this file")
                                on:click=move |_| {
                                    source.set(None);
                                    forgotten();
                                }
                            >
                                <Icon path=icons::CROSS />
                            </button>
                        }
                            .into_any()
                    })
            }}
        </li>
    }
}
