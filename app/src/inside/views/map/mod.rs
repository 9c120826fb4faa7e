//! Interest evolution map: the paths of the evolution state for several products in two dimensions.

mod drawing;
mod largest;
mod paths;
mod products;
mod shoppers;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use self::drawing::Drawing;
use self::largest::Largest;
use self::paths::{paths, table};
use self::products::{Chosen, Products, follow_best};
use self::shoppers::backgrounds;
use crate::browser::dom::roving;
use crate::explain::card;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::walk::{Walk, Walker};
use crate::inside::entry::Entry;
use crate::inside::inspected::if_none_left;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "map",
        name: t!("Map"),
        title: t!("Map of the interest evolution"),
        sentence: t!(
            "The path of the evolution state from click to click, one for each product that is asked about. The history is the same: where the paths part, attention to the clicks differs."
        ),
        missing: |kind| card(kind).no_evolution.map(str::to_owned),
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Map /> }.into_any()
}

/// The view.
#[component]
pub fn Map() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let has_projection =
        memo(move || scene.with(|scene| scene.as_ref().is_none_or(|scene| scene.model.projection.is_some())));
    let paths = memo(move || scene.with(|scene| scene.as_ref().map(paths).unwrap_or_default()));
    let walk = Walk::new(session, scene);
    let is_shown = memo(move || has_projection.get() && walk.count() > 0 && paths.with(|paths| !paths.is_empty()));
    let chosen_by_visitor = Chosen::default();
    follow_best(session, scene, chosen_by_visitor);
    let background = backgrounds(session, scene);
    let table = memo(move || paths.with(|paths| table(session, paths, &walk.titles.get())));
    let chosen = RwSignal::new(0usize);
    let on_key = Callback::new(move |event: KeyboardEvent| {
        let target =
            event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()).map(|target| target.tag_name());
        if matches!(target.as_deref(), Some("INPUT" | "SELECT")) {
            return;
        }
        if let key @ ("ArrowLeft" | "ArrowRight" | "Home" | "End") = event.key().as_str()
            && let Some(next) = roving(key, walk.step.get_untracked(), walk.last() + 1)
        {
            event.prevent_default();
            walk.go(next);
        }
    });
    let controls = when(
        move || is_shown.get(),
        move || {
            view! {
                <Walker walk=walk on_walk=Callback::new(|()| ()) />
                <Products paths=paths chosen=chosen scene=scene chosen_by_visitor=chosen_by_visitor />
            }
            .into_any()
        },
    );
    view! {
        <Frame entry=entry() controls=controls table=table on_key=on_key>
            {when(
                move || !has_projection.get(),
                || view! { <p class="empty" translate="yes">{t!("These weights come without a projection to two dimensions.")}</p> }.into_any(),
            )}
            {when(
                move || walk.count() == 0,
                || view! { <p class="empty" translate="yes">{t!("Without clicks the state is where it begins. The first click moves it.")}</p> }.into_any(),
            )}
            {if_none_left(scene)}
            {when(
                move || is_shown.get(),
                move || {
                    view! {
                        <div class="evolution-map-parts">
                            <Drawing paths=paths background=background walk=walk chosen=chosen />
                            <Largest scene=scene paths=paths step=walk.step chosen=chosen titles=walk.titles />
                        </div>
                    }
                        .into_any()
                },
            )}
        </Frame>
    }
}
