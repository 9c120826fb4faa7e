//! A product's drawing.

use leptos::prelude::*;

use crate::page::aids::Aids;
use crate::session::Session;
use crate::ui::icons;
use crate::ui::scoped::Scoped;

/// A product's drawing, for eyes only: its category's, until the pictograms are here, and where none fits its title.
#[component]
pub fn Pictogram(
    /// Row of the product in the catalogue in use.
    item: Box<dyn Fn() -> u32 + Send + Sync>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let aids = expect_context::<Aids>();
    let drawing = move || {
        let drawing = aids.drawing.scoped().get();
        session.shop_untracked().catalogue.with_untracked(|catalogue| {
            let catalogue = catalogue.ready()?;
            let product = catalogue.items().get(item() as usize)?;
            let own = drawing.and_then(|drawing| drawing(&product.title));
            Some(own.unwrap_or_else(|| icons::of_category(catalogue.category(product)).to_owned()))
        })
    };
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || drawing() />
        </svg>
    }
}
