//! The search in the embedding space.

use leptos::prelude::*;

use crate::browser::dom::lowercase;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::view::{memo, when};

/// Products that a search lists.
const FOUND: usize = 8;

/// Finds products by their titles.
#[component]
pub fn Search(
    /// Shows a product.
    go_to: Callback<u32>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let words = RwSignal::new(String::new());
    let found = memo(move || {
        let words = lowercase(&words.get());
        let words: Vec<&str> = words.split_whitespace().collect();
        if words.is_empty() {
            return Vec::new();
        }
        scene.with(|scene| {
            let items = scene.iter().flat_map(|scene| (0u32..).zip(scene.products.items()));
            let has_all = |title: &str| {
                let title = lowercase(title);
                words.iter().all(|word| title.contains(word))
            };
            items.filter(|(_, item)| has_all(&item.title)).map(|(row, _)| row).take(FOUND).collect()
        })
    });
    let results = move || {
        let result = |item: u32| {
            view! {
                <li>
                    <button
                        type="button"
                        class="text-tool"
                        data-testid="embedding-found"
                        data-item=session.id(item)
                        on:click=move |_| {
                            words.set(String::new());
                            go_to.run(item);
                        }
                    >
                        {session.title(item)}
                    </button>
                </li>
            }
            .into_any()
        };
        found.get().into_iter().map(result).collect_view()
    };
    view! {
        <div class="embedding-search" role="search" aria-label=t!("Products in the plane")>
            <input
                type="search"
                placeholder=t!("Find a product")
                aria-label=t!("Find a product in the embedding space")
                data-testid="embedding-search"
                autocomplete="off"
                prop:value=words
                on:input=move |event| words.set(event_target_value(&event))
            />
            {when(
                move || found.with(|found| !found.is_empty()),
                move || view! { <ul class="embedding-found" aria-label=t!("Products found")>{move || results()}</ul> }.into_any(),
            )}
        </div>
    }
}
