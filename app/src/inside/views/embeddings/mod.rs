//! Embedding space: every product of the catalogue in two dimensions.

mod plane;
mod product;
mod search;
mod space;

use std::sync::Arc;

use leptos::prelude::*;

use self::plane::Plane;
use self::product::Product;
use self::search::Search;
use self::space::{Space, table};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::plane::area;
use crate::inside::charts::zoom::{MIDDLE, ZOOM, Zoom};
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "embedding",
        name: t!("Embeddings"),
        title: t!("Embeddings in space"),
        sentence: t!(
            "Every product as the network sees it, its embedding, in two dimensions. Two that lie close together here may be far apart in all of them."
        ),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Embedding /> }.into_any()
}

/// The view.
#[component]
pub fn Embedding() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    // Another answer of the same network has the same embeddings.
    let key = memo(move || {
        scene.with(|scene| {
            let scene = scene.as_ref()?;
            Some((Arc::as_ptr(scene.model.weights()) as usize, Arc::as_ptr(&scene.products) as usize))
        })
    });
    let space = memo(move || {
        key.get();
        Arc::new(scene.with_untracked(|scene| scene.as_ref().map(Space::of).unwrap_or_default()))
    });
    let chosen = RwSignal::new(None::<u32>);
    Effect::new(move |before: Option<Option<(usize, usize)>>| {
        let now = key.get();
        if before.flatten().is_some_and(|before| Some(before) != now) {
            chosen.set(None);
        }
        now
    });
    let whole = memo(move || space.with(|space| area(space.points.iter().copied())));
    let zoom = Zoom::new(whole);
    let fields: Fields = expect_context();
    fields.add(
        "product",
        move || chosen.get().map(|item| session.id(item)),
        move |id| {
            let row = session.shop_untracked().products()?.row(id)?;
            chosen.set(Some(row));
            Some(())
        },
    );
    fields.add("area", move || zoom.text(), move |text| zoom.read(text));
    // A product that was searched for comes to the middle, and closer.
    let go_to = move |item: u32| {
        chosen.set(Some(item));
        session.did("looked-up");
        let point = space.with_untracked(|space| space.points.get(item as usize).copied());
        point.into_iter().for_each(|point| zoom.go_to(point));
    };
    let table = memo(move || {
        space.with(|space| scene.with(|scene| scene.as_ref().map(|scene| table(space, scene)).unwrap_or_default()))
    });
    let controls = view! {
        <div class="embedding-tools">
            <Search go_to=Callback::new(go_to) />
            <span class="embedding-zoom" role="group" aria-label=t!("Zoom")>
                <button type="button" class="tool" data-testid="zoom-in" aria-label=t!("Closer") title=t!("Closer (+)") on:click=move |_| zoom.closer(ZOOM, MIDDLE)>
                    "+"
                </button>
                <button type="button" class="tool" data-testid="zoom-out" aria-label=t!("Further") title=t!("Further (−)") on:click=move |_| zoom.closer(1.0 / ZOOM, MIDDLE)>
                    "−"
                </button>
                <button type="button" class="text-tool" data-testid="zoom-all" translate="yes" title=t!("All products (0)") on:click=move |_| zoom.all()>
                    {t!("All")}
                </button>
            </span>
        </div>
    }
    .into_any();
    view! {
        <Frame entry=entry() controls=controls table=table>
            {when(
                move || space.with(|space| space.points.is_empty()),
                || view! { <p class="empty" translate="yes">{t!("It appears with the first answer.")}</p> }.into_any(),
            )}
            {when(
                move || space.with(|space| !space.points.is_empty()),
                move || {
                    view! {
                        <div class="evolution-map-parts">
                            <Plane space=space scene=scene chosen=chosen zoom=zoom />
                            <Product scene=scene chosen=chosen go_to=Callback::new(go_to) session=session />
                        </div>
                    }
                        .into_any()
                },
            )}
        </Frame>
    }
}
