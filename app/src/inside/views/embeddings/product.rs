//! What is known of one product: its category, and the products nearest to it.

use leptos::prelude::*;

use crate::explain::layers::embed;
use crate::inside::nearest::{cosine, nearest};
use crate::language::{self, t};
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::view::memo;

/// The products whose embeddings have the smallest angle with that of `item`, and the cosine of each.
fn nearest_to(scene: &Scene, item: u32) -> Vec<(u32, f32)> {
    let here = embed(scene.model.weights(), scene.rows(item));
    nearest(scene, Some(item), |there| cosine(&here, there))
}

/// What is known of the product that was chosen.
#[component]
pub fn Product(
    /// The answer.
    scene: Memo<Option<Scene>>,
    /// The product; none, and it is the inspected one.
    chosen: RwSignal<Option<u32>>,
    /// Shows a product.
    go_to: Callback<u32>,
    /// The session in which the product can be clicked and inspected.
    session: Session,
) -> impl IntoView {
    let item = memo(move || {
        chosen
            .get()
            .or_else(|| scene.with(|scene| scene.as_ref().and_then(|scene| scene.inspected()).map(|one| one.item)))
    });
    let nearest = memo(move || {
        item.get()
            .and_then(|item| scene.with(|scene| scene.as_ref().map(|scene| nearest_to(scene, item))))
            .unwrap_or_default()
    });
    let title = move || item.get().map(|item| session.title(item));
    let category = move || {
        let item = item.get()?;
        scene.with(|scene| {
            let products = &scene.as_ref()?.products;
            products.items().get(item as usize).map(|product| language::said(products.category(product)))
        })
    };
    let rows = move || {
        let row = |(other, cosine): (u32, f32)| {
            view! {
                <li data-item=session.id(other) data-value=format::exact(cosine)>
                    <button type="button" class="link" on:click=move |_| go_to.run(other)>{session.title(other)}</button>
                    <span class="numbers">{format::weight(cosine)}</span>
                </li>
            }
            .into_any()
        };
        nearest.get().into_iter().map(row).collect_view()
    };
    let words = move || match (item.get(), nearest.with(Vec::is_empty)) {
        (None, _) => t!("No product is inspected. Choose one in the plane or by its name."),
        (Some(_), true) => t!("There is no other product that could be near."),
        (Some(_), false) => t!("Nearest in all dimensions, by the cosine of the angle between the embeddings:"),
    };
    view! {
        <section class="map-nearest">
            <h3 data-testid="embedding-chosen" data-item=move || item.get().map(|item| session.id(item))>{move || title()}</h3>
            <p class="quiet">{move || category()}</p>
            <p class="embedding-actions" translate="yes">
                <button type="button" class="text-tool" on:click=move |_| if let Some(item) = item.get_untracked() { session.click(item) }>
                    {t!("Click it")}
                </button>
                <button type="button" class="text-tool" on:click=move |_| if let Some(item) = item.get_untracked() { session.inspect(item) }>
                    {t!("Inspect it")}
                </button>
            </p>
            <p class="quiet">{move || words()}</p>
            <ol data-testid="embedding-nearest">{move || rows()}</ol>
        </section>
    }
}
