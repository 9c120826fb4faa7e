//! Embedding space: every product of the catalogue in two dimensions.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;

use super::frame::Frame;
use super::layers::embed;
use super::nearest::{cosine, nearest};
use super::plane::{Area, Point, area, dots, exact, line, place, view_box};
use super::table::{Cell, Column, Table};
use super::{Scene, scene};
use crate::dom::lowercase;
use crate::format;
use crate::passing::Passing;
use crate::projection::Projection;
use crate::session::Session;
use crate::tabs::View;
use crate::view::{memo, when};

/// Categories with a colour of their own; the rest share one.
const COLOURS: usize = 6;
/// Products that a search lists.
const FOUND: usize = 8;
/// How much closer, or further, one step of the zoom is.
const ZOOM: f32 = 1.5;
/// How close it gets.
const CLOSEST: f32 = 60.0;

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
    /// Of each product, [items].
    points: Vec<Point>,
    /// The largest category first; the last one is all others, where there are any.
    groups: Vec<Group>,
    /// The group of each product, [items].
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

/// The area, `closer` times as close, around the same `centre`, which is given by its share of width and height.
fn zoomed([low, high]: Area, closer: f32, centre: [f32; 2]) -> Area {
    let mut area = [low, high];
    for axis in 0..2 {
        let size = high[axis] - low[axis];
        let at = low[axis] + centre[axis] * size;
        area[0][axis] = at - centre[axis] * size / closer;
        area[1][axis] = area[0][axis] + size / closer;
    }
    area
}

fn moved([low, high]: Area, by: Point) -> Area {
    [low, high].map(|corner| [corner[0] + by[0], corner[1] + by[1]])
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
    let shown = RwSignal::new([[0.0, 0.0], [1.0, 1.0]]);
    Effect::new(move || shown.set(whole.get()));
    let zoom = move |closer: f32, centre: [f32; 2]| {
        let all = whole.get_untracked();
        shown.update(|shown| {
            let next = zoomed(*shown, closer, centre);
            let times = (all[1][0] - all[0][0]) / (next[1][0] - next[0][0]);
            *shown = if times <= 1.0 {
                all
            } else if times > CLOSEST {
                *shown
            } else {
                next
            };
        });
    };
    // A product that was searched for comes to the middle, and closer.
    let go_to = move |item: u32| {
        chosen.set(Some(item));
        let Some(point) = space.with_untracked(|space| space.points.get(item as usize).copied()) else { return };
        let [low, high] = zoomed(whole.get_untracked(), 4.0, [0.5, 0.5]);
        let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
        shown.set(moved([low, high], [point[0] - middle[0], point[1] - middle[1]]));
    };
    let table = memo(move || {
        space.with(|space| scene.with(|scene| scene.as_ref().map(|scene| table(space, scene)).unwrap_or_default()))
    });
    let controls = view! {
        <div class="embedding-tools">
            <Search go_to=Callback::new(go_to) />
            <span class="embedding-zoom" role="group" aria-label="Zoom">
                <button type="button" class="tool" data-testid="zoom-in" aria-label="Closer" title="Closer (+)" on:click=move |_| zoom(ZOOM, [0.5, 0.5])>
                    "+"
                </button>
                <button type="button" class="tool" data-testid="zoom-out" aria-label="Further" title="Further (−)" on:click=move |_| zoom(1.0 / ZOOM, [0.5, 0.5])>
                    "−"
                </button>
                <button type="button" class="text-tool" data-testid="zoom-all" title="All products (0)" on:click=move |_| shown.set(whole.get_untracked())>
                    "All"
                </button>
            </span>
        </div>
    }
    .into_any();
    view! {
        <Frame view=View::Embedding controls=controls table=table>
            {when(
                move || space.with(|space| space.points.is_empty()),
                || view! { <p class="empty">"It appears with the first answer."</p> }.into_any(),
            )}
            {when(
                move || space.with(|space| !space.points.is_empty()),
                move || {
                    view! {
                        <div class="evolution-map-parts">
                            <Plane space=space scene=scene shown=shown chosen=chosen zoom=Callback::new(move |(closer, centre)| zoom(closer, centre)) />
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
    /// What is shown of the plane.
    shown: RwSignal<Area>,
    /// The product that is read.
    chosen: RwSignal<Option<u32>>,
    /// Goes so many times closer around a place.
    zoom: Callback<(f32, [f32; 2])>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let node = NodeRef::<html::Div>::new();
    // The group that is shown alone.
    let alone = RwSignal::new(None::<usize>);
    let pointed = RwSignal::new(None::<u32>);
    // Where the pointer that drags was last.
    let dragged = StoredValue::new(None::<[f32; 2]>);
    // Share of width and, from below, of height.
    let share = move |event: &MouseEvent| {
        let area = node.get_untracked()?.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - area.left()) / area.width();
        let y = (area.bottom() - f64::from(event.client_y())) / area.height();
        Some([x as f32, y as f32])
    };
    let point = move |[x, y]: [f32; 2]| {
        let [low, high] = shown.get_untracked();
        [low[0] + x * (high[0] - low[0]), low[1] + y * (high[1] - low[1])]
    };
    let on_move = move |event: PointerEvent| {
        let Some(at) = share(&event) else { return };
        if let Some(before) = dragged.get_value() {
            let ([x, y], [from_x, from_y]) = (point(at), point(before));
            shown.update(|shown| *shown = moved(*shown, [from_x - x, from_y - y]));
            dragged.set_value(Some(at));
        } else {
            pointed.set(space.with_untracked(|space| space.closest(point(at))));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let [low, high] = shown.get_untracked();
        let (dx, dy) = ((high[0] - low[0]) / 8.0, (high[1] - low[1]) / 8.0);
        let by = match event.key().as_str() {
            "ArrowLeft" => [-dx, 0.0],
            "ArrowRight" => [dx, 0.0],
            "ArrowUp" => [0.0, dy],
            "ArrowDown" => [0.0, -dy],
            "+" | "=" => return zoom.run((ZOOM, [0.5, 0.5])),
            "-" => return zoom.run((1.0 / ZOOM, [0.5, 0.5])),
            "0" => return zoom.run((f32::MIN_POSITIVE, [0.5, 0.5])),
            _ => return,
        };
        event.prevent_default();
        shown.update(|shown| *shown = moved(*shown, by));
    };
    let clouds = move || {
        space.with(|space| {
            let cloud = |(place, group): (usize, &Group)| {
                let points: Vec<Point> = group.items.iter().map(|&item| space.points[item as usize]).collect();
                view! {
                    <path
                        class=format!("cloud group-{}", colour(place))
                        class:faint=move || alone.passing().get().is_some_and(|alone| alone != place)
                        d=dots(&points)
                    />
                }
                .into_any()
            };
            // The largest group lies at the bottom.
            space.groups.iter().enumerate().map(cloud).collect_view()
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
                        aria-pressed=move || (alone.passing().get() == Some(place)).to_string()
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
                node_ref=node
                role="group"
                tabindex="0"
                aria-label="Embedding space. Arrow keys move, plus and minus zoom, 0 shows all; products can be found by the search"
                data-testid="embedding-plane"
                on:pointermove=on_move
                on:pointerdown=move |event: PointerEvent| dragged.set_value(share(&event))
                on:pointerup=move |_| dragged.set_value(None)
                on:pointerleave=move |_| {
                    dragged.set_value(None);
                    pointed.set(None);
                }
                on:click=move |event: MouseEvent| {
                    if let Some(at) = share(&event) {
                        chosen.set(space.with_untracked(|space| space.closest(point(at))));
                    }
                }
                on:dblclick=move |event: MouseEvent| {
                    if let Some(at) = share(&event) {
                        zoom.run((ZOOM * ZOOM, at));
                    }
                }
                on:keydown=on_key
            >
                <svg viewBox=move || view_box(shown.get()) aria-hidden="true">
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
    fn zooming_keeps_the_place_under_the_pointer() {
        let area = zoomed([[0.0, 0.0], [8.0, 4.0]], 2.0, [0.25, 0.5]);
        assert_eq!(area, [[1.0, 1.0], [5.0, 3.0]]);
        assert_eq!(moved(area, [1.0, -1.0]), [[2.0, 0.0], [6.0, 2.0]]);
    }

    #[test]
    fn the_closest_product_is_found() {
        let space = Space { points: vec![[0.0, 0.0], [2.0, 1.0], [-3.0, 0.5]], ..Space::default() };
        assert_eq!(
            [[0.4, 0.1], [2.0, 3.0], [-9.0, 0.0]].map(|point| space.closest(point)),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!(Space::default().closest([0.0, 0.0]), None);
    }
}
