//! Embedding space: every product of the catalogue in two dimensions.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent, TouchEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;
use shaders::CloudPoint;

use crate::browser::dom::lowercase;
use crate::explain::layers::embed;
use crate::inside::charts::cloud::on_gpu;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::plane::{Point, area, dots, exact, line, place, view_box};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::charts::zoom::{ZOOM, Zoom};
use crate::inside::entry::Entry;
use crate::inside::nearest::{cosine, nearest};
use crate::session::Session;
use crate::session::projection::Projection;
use crate::session::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub const ENTRY: Entry = Entry {
    id: "embedding",
    name: "Embeddings",
    title: "Embedding space",
    sentence: "Every product as the network knows it, its embedding, in two dimensions. Products that the same people \
               buy have come to lie close together.",
    missing: |_| None,
};

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Embedding /> }.into_any()
}

/// Categories with a colour of their own; the rest share one.
const COLOURS: usize = 6;
/// Products that a search lists.
const FOUND: usize = 8;
/// Where buttons and keys zoom.
const MIDDLE: [f32; 2] = [0.5, 0.5];

/// Products of one colour.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    /// The category.
    name: String,
    /// Rows of the catalogue.
    items: Vec<u32>,
}

/// The catalogue's embeddings.
#[derive(Debug, Clone, PartialEq, Default)]
struct Space {
    /// Of each product, `[items]`.
    points: Vec<Point>,
    /// The largest category first; the last one is all others, where there are any.
    groups: Vec<Group>,
    /// The group of each product, `[items]`.
    group_of: Vec<usize>,
    /// Whether this page fitted the projection.
    fitted_here: bool,
    /// Numbers in an embedding.
    width: usize,
}

impl Space {
    fn of(scene: &Scene) -> Self {
        let (weights, items) = (scene.model.weights(), scene.products.items());
        let vectors: Vec<Vec<f32>> = (0..items.len() as u32).map(|item| embed(weights, scene.rows(item))).collect();
        let projection = Projection::of_embeddings(weights, &vectors);
        let mut categories: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, item) in (0..).zip(items) {
            categories.entry(item.category).or_default().push(row);
        }
        let mut groups: Vec<Group> = categories
            .into_iter()
            .map(|(category, items)| Group {
                name: scene.products.categories().get(category as usize).cloned().unwrap_or_default(),
                items,
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.items.len()));
        if groups.len() > COLOURS + 1 {
            let rest = groups.split_off(COLOURS);
            let name = format!("{} other categories", rest.len());
            groups.push(Group { name, items: rest.into_iter().flat_map(|group| group.items).collect() });
        }
        let mut group_of = vec![0; items.len()];
        for (place, group) in groups.iter().enumerate() {
            group.items.iter().for_each(|&item| group_of[item as usize] = place);
        }
        Self {
            points: vectors.iter().map(|vector| projection.point(vector)).collect(),
            groups,
            group_of,
            fitted_here: projection.fitted_here,
            width: weights.config().width(),
        }
    }

    /// The groups and their places, from the bottom up: the largest one hides nothing.
    fn layers(&self) -> Vec<(usize, &Group)> {
        let mut layers: Vec<_> = self.groups.iter().enumerate().collect();
        layers.sort_by_key(|(_, group)| std::cmp::Reverse(group.items.len()));
        layers
    }

    /// The points of each layer, the lowest first.
    fn cloud(&self) -> Vec<CloudPoint> {
        let of_layer = |(layer, (_, group)): (u32, (usize, &Group))| {
            let point = |&item: &u32| CloudPoint { at: self.points[item as usize], group: layer };
            group.items.iter().map(point).collect::<Vec<_>>()
        };
        (0..).zip(self.layers()).flat_map(of_layer).collect()
    }

    /// The product that is closest to a point.
    fn closest(&self, [x, y]: Point) -> Option<u32> {
        let distance = |point: &Point| (point[0] - x).powi(2) + (point[1] - y).powi(2);
        let closest = (0..).zip(&self.points).min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
        closest.map(|(item, _)| item)
    }
}

/// The products whose embeddings have the smallest angle with that of `item`, and its cosine.
fn nearest_to(scene: &Scene, item: u32) -> Vec<(u32, f32)> {
    let here = embed(scene.model.weights(), scene.rows(item));
    nearest(scene, Some(item), |there| cosine(&here, there))
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
    Effect::new(move || {
        key.get();
        chosen.set(None);
    });
    let whole = memo(move || space.with(|space| area(space.points.iter().copied())));
    let zoom = Zoom::new(whole);
    // A product that was searched for comes to the middle, and closer.
    let go_to = move |item: u32| {
        chosen.set(Some(item));
        let point = space.with_untracked(|space| space.points.get(item as usize).copied());
        point.into_iter().for_each(|point| zoom.go_to(point));
    };
    let table = memo(move || {
        space.with(|space| scene.with(|scene| scene.as_ref().map(|scene| table(space, scene)).unwrap_or_default()))
    });
    let controls = view! {
        <div class="embedding-tools">
            <Search go_to=Callback::new(go_to) />
            <span class="embedding-zoom" role="group" aria-label="Zoom">
                <button type="button" class="tool" data-testid="zoom-in" aria-label="Closer" title="Closer (+)" on:click=move |_| zoom.closer(ZOOM, MIDDLE)>
                    "+"
                </button>
                <button type="button" class="tool" data-testid="zoom-out" aria-label="Further" title="Further (−)" on:click=move |_| zoom.closer(1.0 / ZOOM, MIDDLE)>
                    "−"
                </button>
                <button type="button" class="text-tool" data-testid="zoom-all" title="All products (0)" on:click=move |_| zoom.all()>
                    "All"
                </button>
            </span>
        </div>
    }
    .into_any();
    view! {
        <Frame entry=&ENTRY controls=controls table=table>
            {when(
                move || space.with(|space| space.points.is_empty()),
                || view! { <p class="empty">"It appears with the first answer."</p> }.into_any(),
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

/// Finds products by their titles.
#[component]
fn Search(
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
        <div class="embedding-search" role="search">
            <input
                type="search"
                placeholder="Find a product"
                aria-label="Find a product in the embedding space"
                data-testid="embedding-search"
                autocomplete="off"
                prop:value=words
                on:input=move |event| words.set(event_target_value(&event))
            />
            {when(
                move || found.with(|found| !found.is_empty()),
                move || view! { <ul class="embedding-found" aria-label="Products found">{move || results()}</ul> }.into_any(),
            )}
        </div>
    }
}

/// The plane with all products.
#[component]
fn Plane(
    /// The products.
    space: Memo<Arc<Space>>,
    /// The answer, whose history and inspected product are marked.
    scene: Memo<Option<Scene>>,
    /// The product that is read.
    chosen: RwSignal<Option<u32>>,
    /// What is shown of the plane.
    zoom: Zoom,
) -> impl IntoView {
    let shown = zoom.shown;
    let session = expect_context::<Session>();
    let node = NodeRef::<html::Div>::new();
    // The group that is shown alone.
    let alone = RwSignal::new(None::<usize>);
    let pointed = RwSignal::new(None::<u32>);
    // Share of width and, from below, of height.
    let share = move |event: &MouseEvent| {
        let area = node.get_untracked()?.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - area.left()) / area.width();
        let y = (area.bottom() - f64::from(event.client_y())) / area.height();
        Some([x as f32, y as f32])
    };
    let on_move = move |event: PointerEvent| {
        let Some(at) = share(&event) else { return };
        if !zoom.pull(event.pointer_id(), at) {
            pointed.set(space.with_untracked(|space| space.closest(zoom.point(at))));
        }
    };
    let let_go = move |event: PointerEvent| zoom.let_go(event.pointer_id());
    // Where it changes nothing any more, the wheel scrolls the page.
    let on_wheel = move |event: WheelEvent| {
        // A wheel may count in lines or in pages.
        let pixels = [1.0, 16.0, 400.0].get(event.delta_mode() as usize).map_or(0.0, |unit| unit * event.delta_y());
        if share(&event).is_some_and(|at| zoom.wheel(pixels as f32, at)) {
            event.prevent_default();
        }
    };
    // One finger up or down scrolls the page, two hold the plane alone.
    let on_touch = move |event: TouchEvent| {
        if event.touches().length() > 1 {
            event.prevent_default();
        }
    };
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => zoom.step([-0.125, 0.0]),
            "ArrowRight" => zoom.step([0.125, 0.0]),
            "ArrowUp" => zoom.step([0.0, 0.125]),
            "ArrowDown" => zoom.step([0.0, -0.125]),
            "+" | "=" => return zoom.closer(ZOOM, MIDDLE),
            "-" => return zoom.closer(1.0 / ZOOM, MIDDLE),
            "0" => return zoom.all(),
            _ => return,
        }
        event.prevent_default();
    };
    let (canvas, drawing) = (NodeRef::new(), NodeRef::new());
    let points = memo(move || Arc::new(space.with(|space| space.cloud())));
    let on_gpu = on_gpu(canvas, drawing, points);
    let clouds = move || {
        space.with(|space| {
            let cloud = |(place, group): (usize, &Group)| {
                let points: Vec<Point> = group.items.iter().map(|&item| space.points[item as usize]).collect();
                view! {
                    <path
                        class=format!("cloud group-{}", colour(place))
                        class:faint=move || alone.scoped().get().is_some_and(|alone| alone != place)
                        d=dots(&points)
                    />
                }
                .into_any()
            };
            space.layers().into_iter().map(cloud).collect_view()
        })
    };
    let history = memo(move || {
        space.with(|space| {
            scene.with(|scene| {
                let clicks = scene.iter().flat_map(|scene| scene.clicks());
                clicks.filter_map(|(item, _)| space.points.get(item as usize).copied()).collect::<Vec<_>>()
            })
        })
    });
    let place_of = move |item: Option<u32>| {
        let point = space.with(|space| space.points.get(item? as usize).copied())?;
        Some(place(shown.get(), point))
    };
    let inspected =
        memo(move || scene.with(|scene| scene.as_ref().and_then(|scene| scene.inspected()).map(|one| one.item)));
    let marks = move || {
        let numbers = history.with(|history| {
            let mark = |(t, point): (usize, &Point)| {
                view! { <b class="embedding-click numbers" style=place(shown.get(), *point)>{t + 1}</b> }.into_any()
            };
            history.iter().enumerate().map(mark).collect_view()
        });
        let ring = |class: &'static str, item: Option<u32>| {
            place_of(item)
                .map(|style| view! { <span class=format!("embedding-ring {class}") style=style></span> }.into_any())
        };
        (numbers, ring("inspected", inspected.get()), ring("chosen", chosen.get()), ring("pointed", pointed.get()))
    };
    let legend = move || {
        space.with(|space| {
            let entry = |(place, group): (usize, &Group)| {
                view! {
                    <button
                        type="button"
                        class=format!("text-tool group-{}", colour(place))
                        data-testid="embedding-group"
                        aria-pressed=move || (alone.scoped().get() == Some(place)).to_string()
                        on:click=move |_| alone.update(|alone| *alone = if *alone == Some(place) { None } else { Some(place) })
                    >
                        <i></i>
                        {group.name.clone()}
                        " "
                        <span class="quiet numbers">{format::count(group.items.len())}</span>
                    </button>
                }
                .into_any()
            };
            space.groups.iter().enumerate().map(entry).collect_view()
        })
    };
    let readout = move || {
        let item = pointed.get().or(chosen.get())?;
        let category = space
            .with(|space| space.groups.get(*space.group_of.get(item as usize)?).map(|group| group.name.clone()))?;
        Some(format!("{} ({category})", session.title(item)))
    };
    let caption = move || {
        let (width, fitted) = space.with(|space| (space.width, space.fitted_here));
        let whence = if fitted { "were fitted on this page" } else { "came with the weights" };
        format!(
            "{width} numbers of each product, item ‖ category, along the two directions in which they differ most, which {whence}. \
             Blue: your clicks in their order; ring: the inspected product."
        )
    };
    view! {
        <figure class="evolution-map">
            <div
                class="map-area embedding-area"
                class:on-gpu=move || on_gpu.get()
                node_ref=node
                role="group"
                tabindex="0"
                aria-label="Embedding space. Arrow keys move, plus and minus zoom, 0 shows all; products can be found by the search"
                data-testid="embedding-plane"
                on:pointermove=on_move
                on:pointerdown=move |event: PointerEvent| {
                    if let Some(at) = share(&event) {
                        zoom.hold(event.pointer_id(), at);
                    }
                }
                on:pointerup=let_go
                on:pointercancel=let_go
                on:pointerleave=move |event: PointerEvent| {
                    let_go(event);
                    pointed.set(None);
                }
                on:wheel=on_wheel
                on:touchstart=on_touch
                on:touchmove=on_touch
                on:click=move |event: MouseEvent| {
                    if let (Some(at), false) = (share(&event), zoom.was_dragged()) {
                        chosen.set(space.with_untracked(|space| space.closest(zoom.point(at))));
                    }
                }
                on:dblclick=move |event: MouseEvent| {
                    if let Some(at) = share(&event) {
                        zoom.closer(ZOOM * ZOOM, at);
                    }
                }
                on:keydown=on_key
            >
                <canvas node_ref=canvas data-testid="embedding-canvas" aria-hidden="true"></canvas>
                <svg node_ref=drawing viewBox=move || view_box(shown.get()) aria-hidden="true">
                    {move || clouds()}
                    <path class="embedding-path" data-testid="embedding-path" data-path=move || history.with(|all| exact(all)) d=move || history.with(|all| line(all)) />
                </svg>
                {move || marks()}
            </div>
            <p class="embedding-readout" data-testid="embedding-readout">{move || readout()}</p>
            <div class="embedding-legend" role="group" aria-label="Categories, to show one alone">{move || legend()}</div>
            <figcaption class="quiet">{move || caption()}</figcaption>
        </figure>
    }
}

/// The colour of a group, from 1; 0 is that of all others together.
fn colour(place: usize) -> usize {
    if place < COLOURS { place + 1 } else { 0 }
}

/// What is known of the product that was chosen.
#[component]
fn Product(
    /// The answer.
    scene: Memo<Option<Scene>>,
    /// The product; none, and it is the inspected one.
    chosen: RwSignal<Option<u32>>,
    /// Shows a product.
    go_to: Callback<u32>,
    /// Where it can be clicked and inspected.
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
            products.items().get(item as usize).map(|product| products.category(product).to_owned())
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
    view! {
        <section class="map-nearest">
            <h3 data-testid="embedding-chosen" data-item=move || item.get().map(|item| session.id(item))>{move || title()}</h3>
            <p class="quiet">{move || category()}</p>
            <p class="embedding-actions">
                <button type="button" class="text-tool" on:click=move |_| if let Some(item) = item.get_untracked() { session.click(item) }>
                    "Click it"
                </button>
                <button type="button" class="text-tool" on:click=move |_| if let Some(item) = item.get_untracked() { session.inspect(item) }>
                    "Inspect it"
                </button>
            </p>
            <p class="quiet">"Nearest in all dimensions, by the cosine of the angle between the embeddings:"</p>
            <ol data-testid="embedding-nearest">{move || rows()}</ol>
        </section>
    }
}

/// A row for each product.
fn table(space: &Space, scene: &Scene) -> Table {
    let columns = ["product", "id", "category", "x", "y"];
    let products = scene.products.items().iter().zip(&space.points);
    let rows = products.map(|(item, [x, y])| {
        vec![
            Cell::Text(item.title.clone()),
            Cell::Text(item.id.clone()),
            Cell::Text(scene.products.category(item).to_owned()),
            Cell::Number(*x),
            Cell::Number(*y),
        ]
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_product_is_found() {
        let space = Space { points: vec![[0.0, 0.0], [2.0, 1.0], [-3.0, 0.5]], ..Space::default() };
        assert_eq!(
            [[0.4, 0.1], [2.0, 3.0], [-9.0, 0.0]].map(|point| space.closest(point)),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!(Space::default().closest([0.0, 0.0]), None);
    }

    #[test]
    fn the_largest_group_lies_at_the_bottom_whatever_its_place() {
        let group = |items: &[u32]| Group { name: String::new(), items: items.to_vec() };
        let space = Space {
            points: vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]],
            groups: vec![group(&[2]), group(&[0, 1, 3])],
            ..Space::default()
        };
        let places: Vec<usize> = space.layers().into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [1, 0]);
        let cloud: Vec<(f32, u32)> = space.cloud().into_iter().map(|point| (point.at[0], point.group)).collect();
        assert_eq!(cloud, [(0.0, 0), (1.0, 0), (3.0, 0), (2.0, 1)]);
    }
}
