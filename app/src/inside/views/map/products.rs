//! The products whose paths are drawn: which are there by themselves, and how a visitor changes them.

use std::sync::Arc;

use leptos::prelude::*;

use super::paths::{PATHS, Path};
use crate::inside::fields::Fields;
use crate::language::t;
use crate::page::pictogram::Pictogram;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::session::shop::products::{ids, quoted};
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// Products that can be added at once, the best of the ranking.
const OFFERED: usize = 30;

/// The catalogue of which the visitor has chosen products for the map, if any.
pub type Chosen = StoredValue<Option<usize>>;

/// What tells one catalogue from another.
fn catalogue(scene: &Scene) -> usize {
    Arc::as_ptr(&scene.products) as usize
}

/// Adds the best products of other categories to the two that are inspected anyway, until the visitor chooses others, and takes
/// them away with the view.
pub fn follow_best(session: Session, scene: Memo<Option<Scene>>, chosen: Chosen) {
    Effect::new(move || {
        let Some(scene) = scene.get().filter(|scene| chosen.get_value() != Some(catalogue(scene))) else { return };
        let mut seen: Vec<u32> = [&scene.answer.inspected, &scene.answer.compared]
            .into_iter()
            .flatten()
            .map(|one| scene.rows(one.item).1)
            .collect();
        let mut more = Vec::new();
        session.ranks.with_untracked(|ranks| {
            for &item in ranks.order() {
                let (_, category) = scene.rows(item);
                if !seen.contains(&category) && more.len() + 2 < PATHS {
                    seen.push(category);
                    more.push(item);
                }
            }
        });
        session.inspect_more(more);
    });
    on_cleanup(move || session.inspect_more(Vec::new()));
}

/// The products whose paths are drawn: to choose one, to take one away, and to add another.
#[component]
pub fn Products(
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The place of the path whose states are read.
    chosen: RwSignal<usize>,
    /// What the page shows.
    scene: Memo<Option<Scene>>,
    /// Whether the visitor has chosen products.
    chosen_by_visitor: Chosen,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let choose = move |products: Vec<u32>| {
        chosen_by_visitor.set_value(scene.with_untracked(|scene| scene.as_ref().map(catalogue)));
        session.inspect_more(products);
    };
    let fields: Fields = expect_context();
    fields.add(
        "products",
        move || {
            let more = session.more.get();
            let now = scene.with(|scene| scene.as_ref().map(catalogue))?;
            let is_chosen = chosen_by_visitor.get_value() == Some(now);
            is_chosen.then(|| more.into_iter().map(|item| quoted(&session.id(item))).collect::<Vec<_>>().join(","))
        },
        move |list| {
            let products = session.shop_untracked().products()?;
            let rows: Vec<u32> = ids(list).iter().map(|id| products.row(id)).collect::<Option<_>>()?;
            (rows.len() <= PATHS).then(|| choose(rows))
        },
    );
    fields.add(
        "path",
        move || Some(chosen.get()).filter(|place| *place > 0).map(|place| (place + 1).to_string()),
        move |text| {
            let place = text.parse::<usize>().ok()?.checked_sub(1)?;
            (place < PATHS).then(|| chosen.set(place))
        },
    );
    let items = memo(move || paths.with(|paths| paths.iter().map(|path| path.item).collect::<Vec<_>>()));
    Effect::new(move || {
        let last = items.with(Vec::len).saturating_sub(1);
        if chosen.get_untracked() > last {
            chosen.set(0);
        }
    });
    let product = move |(place, item): (usize, u32)| {
        let remove = move |_| {
            choose(session.more.get_untracked().into_iter().filter(|other| *other != item).collect());
        };
        let title = session.title(item);
        let label = t!("Take {title} off the map");
        // The row stays where a product that was added is inspected, too, or no longer.
        let can_go = when(
            move || session.more.scoped().with(|more| more.contains(&item)),
            move || {
                let label = label.clone();
                view! {
                    <button type="button" class="tool small" data-testid="map-remove" aria-label=label title=t!("Take off the map") on:click=remove>
                        "×"
                    </button>
                }
                .into_any()
            },
        );
        view! {
            <li>
                <button
                    type="button"
                    class=format!("map-product path-{}", place + 1)
                    data-testid="map-product"
                    data-item=session.id(item)
                    aria-pressed=move || (chosen.scoped().get() == place).to_string()
                    on:click=move |_| {
                        chosen.set(place);
                        session.did("path");
                    }
                >
                    <span class="map-number numbers">{place + 1}</span>
                    <Pictogram item=Box::new(move || item) />
                    {title}
                </button>
                {can_go}
            </li>
        }
        .into_any()
    };
    let offers = move || {
        let items = items.get();
        session.ranks.with(|ranks| {
            let others = ranks.order().iter().filter(|item| !items.contains(item)).take(OFFERED);
            others.map(|&item| view! { <option value=item>{session.title(item)}</option> }.into_any()).collect_view()
        })
    };
    let add = move |event| {
        if let Ok(item) = event_target_value(&event).parse::<u32>() {
            let mut more = session.more.get_untracked();
            more.push(item);
            choose(more);
        }
    };
    view! {
        <ul class="map-products" aria-label=t!("Products on the map")>
            {move || items.get().into_iter().enumerate().map(product).collect_view()}
            {when(
                move || items.with(Vec::len) < PATHS,
                move || {
                    view! {
                        <li>
                            <select data-testid="map-add" aria-label=t!("Add a product of the ranking to the map") on:change=add>
                                <option value="" translate="yes">{t!("Add a product …")}</option>
                                {move || offers()}
                            </select>
                        </li>
                    }
                        .into_any()
                },
            )}
        </ul>
    }
}
