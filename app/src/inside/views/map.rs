//! Interest evolution map: the paths of the evolution state for several products in two dimensions.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::{DienAttention, DienTrace, Inspection, NetworkConfig};
use shaders::EngineError;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom::roving;
use crate::explain::card;
use crate::explain::layers::product;
use crate::inside::ask::{Engines, Source, ask};
use crate::inside::charts::frame::Frame;
use crate::inside::charts::plane::{Area, Point, area, dots, exact, holds, line, place, union, view_box};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::charts::walk::{Walk, Walker};
use crate::inside::entry::Entry;
use crate::inside::nearest::{cosine, dot, nearest};
use crate::session::Session;
use crate::session::projection::Projection;
use crate::session::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub const ENTRY: Entry = Entry {
    id: "map",
    name: "Map",
    title: "Interest evolution map",
    sentence: "The path that the evolution state takes from click to click, for each product that it is asked about: the \
               same history, but attention lets it move towards each of them by other clicks.",
    missing: |kind| card(kind).no_evolution.map(str::to_owned),
};

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Map /> }.into_any()
}

/// Paths on the map; each has a colour, a dash and a number.
const PATHS: usize = 5;
/// Products that can be added at once, the best of the ranking.
const OFFERED: usize = 30;

/// One product's path.
#[derive(Debug, Clone, PartialEq)]
struct Path {
    item: u32,
    /// The points of h'_0 = 0 and of h'_t, `[step + 1]`.
    points: Vec<Point>,
    /// h'_t, `[step, hidden]`.
    states: Vec<Vec<f32>>,
}

impl Path {
    fn of(inspection: &Inspection, projection: &Projection) -> Option<Self> {
        let states = DienTrace::of(&inspection.trace)?.evolution_states;
        let points = projection.path(&states);
        Some(Self { item: inspection.item, points, states: states.iter().map(<[f32]>::to_vec).collect() })
    }
}

/// The paths of an answer, that of the inspected product first.
fn paths(scene: &Scene) -> Vec<Path> {
    let Some(projection) = &scene.model.projection else { return Vec::new() };
    let Scene { answer, .. } = scene;
    let mut paths: Vec<Path> = Vec::new();
    for inspection in answer.inspected.iter().chain(&answer.compared).chain(&answer.more) {
        if paths.len() < PATHS && paths.iter().all(|path| path.item != inspection.item) {
            paths.extend(Path::of(inspection, projection));
        }
    }
    paths
}

/// Another shopper's path for the inspected product.
#[derive(Debug, Clone, PartialEq)]
struct Other {
    name: String,
    /// As those of a [`Path`].
    points: Vec<Point>,
}

/// Whose paths lie behind those of the visitor.
#[derive(Clone, PartialEq)]
struct Background {
    source: Source,
    projection: Arc<Projection>,
    /// The inspected product.
    item: u32,
    /// Names and products of the ready-made shoppers.
    histories: Vec<(String, Vec<u32>)>,
}

impl Background {
    fn of(session: Session, scene: &Scene) -> Option<Self> {
        let shoppers = session.shop_untracked().shoppers.get_untracked();
        Some(Self {
            source: Source::shown(scene),
            projection: scene.model.projection.clone()?,
            item: scene.inspected()?.item,
            histories: shoppers.iter().map(|shopper| (shopper.name.clone(), shopper.rows(&scene.products))).collect(),
        })
    }

    async fn paths(self, session: Session, engines: &mut Engines) -> Result<Vec<Other>, EngineError> {
        let mut found = Vec::new();
        for (name, history) in self.histories {
            let inspection = engines.inspect(session, &self.source, &history, self.item).await?;
            let path = inspection.and_then(|inspection| Path::of(&inspection, &self.projection));
            found.extend(path.map(|path| Other { name, points: path.points }));
        }
        Ok(found)
    }
}

/// What is compared with a state to find the products near to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// The score of the network's attention.
    Attention,
    /// The cosine of the angle between the state and the embedding.
    Cosine,
}

impl Measure {
    fn of(scene: &Scene) -> Option<Self> {
        let config = scene.model.config();
        let NetworkConfig::Dien(dien) = &config.network else { return None };
        match dien.attention {
            DienAttention::Bilinear => Some(Self::Attention),
            _ if dien.hidden == config.width() => Some(Self::Cosine),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Attention => {
                "by the attention score h′·W·q, the measure by which this network compares a state with a product"
            }
            Self::Cosine => "by the cosine of the angle between the state h′ and the product’s embedding e",
        }
    }

    /// The products with the highest values for a state h' `[hidden]`, the highest first.
    fn nearest(self, scene: &Scene, state: &[f32]) -> Vec<(u32, f32)> {
        match self {
            Self::Attention => {
                let direction = product(scene.model.weights().values("attention.weight"), state);
                nearest(scene, None, |embedding| dot(&direction, embedding))
            }
            Self::Cosine => nearest(scene, None, |embedding| cosine(state, embedding)),
        }
    }
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
    begin_with_best(session, scene);
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
                <Products paths=paths chosen=chosen />
            }
            .into_any()
        },
    );
    view! {
        <Frame entry=&ENTRY controls=controls table=table on_key=on_key>
            {when(
                move || !has_projection.get(),
                || view! { <p class="empty">"These weights come without a projection to two dimensions."</p> }.into_any(),
            )}
            {when(
                move || walk.count() == 0,
                || view! { <p class="empty">"Without clicks the state is where it begins. The first click moves it."</p> }.into_any(),
            )}
            {when(
                move || is_shown.get(),
                move || {
                    view! {
                        <div class="evolution-map-parts">
                            <Drawing paths=paths background=background step=walk.step chosen=chosen titles=walk.titles />
                            <Nearest scene=scene paths=paths step=walk.step chosen=chosen titles=walk.titles />
                        </div>
                    }
                        .into_any()
                },
            )}
        </Frame>
    }
}

/// Adds the best products of other categories to the two that are inspected anyway, once for each catalogue, and takes them
/// away with the view.
fn begin_with_best(session: Session, scene: Memo<Option<Scene>>) {
    let catalogue = memo(move || scene.with(|scene| scene.as_ref().map(|scene| Arc::as_ptr(&scene.products) as usize)));
    Effect::new(move || {
        if catalogue.get().is_none() {
            return;
        }
        let Some(scene) = scene.get_untracked() else { return };
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

/// The paths of the ready-made shoppers, for the inspected product, once they are computed. The map is the same without.
fn backgrounds(session: Session, scene: Memo<Option<Scene>>) -> Memo<Vec<Other>> {
    let question = memo(move || scene.with(|scene| Background::of(session, scene.as_ref()?)));
    let asked = ask(question, async move |engines: &mut Engines, background: Background| {
        background.paths(session, engines).await
    });
    memo(move || asked.answer.with(|paths| paths.clone().unwrap_or_default()))
}

/// The products whose paths are drawn: to choose one, to take one away, and to add another.
#[component]
fn Products(
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The one whose states are read.
    chosen: RwSignal<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let items = memo(move || paths.with(|paths| paths.iter().map(|path| path.item).collect::<Vec<_>>()));
    Effect::new(move || {
        let last = items.with(Vec::len).saturating_sub(1);
        if chosen.get_untracked() > last {
            chosen.set(0);
        }
    });
    let product = move |(place, item): (usize, u32)| {
        let remove = move |_| {
            session.inspect_more(session.more.get_untracked().into_iter().filter(|other| *other != item).collect());
        };
        let is_more = session.more.with_untracked(|more| more.contains(&item));
        let title = session.title(item);
        let label = format!("Take {title} off the map");
        view! {
            <li>
                <button
                    type="button"
                    class=format!("map-product path-{}", place + 1)
                    data-testid="map-product"
                    data-item=session.id(item)
                    aria-pressed=move || (chosen.scoped().get() == place).to_string()
                    on:click=move |_| chosen.set(place)
                >
                    <span class="map-number numbers">{place + 1}</span>
                    {title}
                </button>
                {is_more.then(|| view! {
                    <button type="button" class="tool small" data-testid="map-remove" aria-label=label title="Take off the map" on:click=remove>
                        "×"
                    </button>
                }
                .into_any())}
            </li>
        }
        .into_any()
    };
    let offers = move || {
        let items = items.get();
        session.ranks.scoped().with(|ranks| {
            let others = ranks.order().iter().filter(|item| !items.contains(item)).take(OFFERED);
            others.map(|&item| view! { <option value=item>{session.title(item)}</option> }.into_any()).collect_view()
        })
    };
    let add = move |event| {
        if let Ok(item) = event_target_value(&event).parse::<u32>() {
            let mut more = session.more.get_untracked();
            more.push(item);
            session.inspect_more(more);
        }
    };
    view! {
        <ul class="map-products" aria-label="Products on the map">
            {move || items.get().into_iter().enumerate().map(product).collect_view()}
            {when(
                move || items.with(Vec::len) < PATHS,
                move || {
                    view! {
                        <li>
                            <select data-testid="map-add" aria-label="Add a product of the ranking to the map" on:change=add>
                                <option value="">"Add a product …"</option>
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

/// The map itself.
#[component]
fn Drawing(
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// Those of others.
    background: Memo<Vec<Other>>,
    /// The current step, from 0.
    step: RwSignal<usize>,
    /// The path whose states are read.
    chosen: RwSignal<usize>,
    /// What was clicked.
    titles: Memo<Vec<String>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // What is shown only ever grows, so that a place keeps its meaning.
    let shown = Memo::new(move |before: Option<&Area>| {
        let here = paths.with(|paths| {
            background.with(|others| {
                let others = others.iter().flat_map(|other| other.points.iter().copied());
                area(paths.iter().flat_map(|path| path.points.iter().copied()).chain(others))
            })
        });
        match before {
            Some(before) if here.iter().all(|corner| holds(*before, *corner)) => *before,
            Some(before) => union([*before, here]),
            None => here,
        }
    });
    let grid_step = memo(move || {
        let [[left, _], [right, _]] = shown.get();
        format::axis_end((right - left) / 10.0)
    });
    let grid = move || {
        let [low, high] = shown.get();
        let apart = grid_step.get();
        let lines = |axis: usize| {
            let first = (low[axis] / apart).ceil() as i32;
            (first..=(high[axis] / apart).floor() as i32).map(move |line| line as f32 * apart)
        };
        let vertical = lines(0).map(|x| (x == 0.0, format!("M{x} {}V{}", -low[1], -high[1])));
        let horizontal = lines(1).map(|y| (y == 0.0, format!("M{} {}H{}", low[0], -y, high[0])));
        vertical
            .chain(horizontal)
            .map(|(is_axis, d)| view! { <path class=if is_axis { "axis" } else { "grid" } d=d /> }.into_any())
            .collect_view()
    };
    let behind = move || {
        let other = |other: &Other| {
            view! {
                <path class="other" data-testid="map-shopper" data-path=exact(&other.points) d=line(&other.points)>
                    <title>{other.name.clone()}</title>
                </path>
                <path class="other-dots" d=dots(&other.points[1.min(other.points.len())..]) />
            }
            .into_any()
        };
        background.with(|others| others.iter().map(other).collect_view())
    };
    let drawn = move || {
        paths.with(|paths| {
            let path = |(place, path): (usize, &Path)| {
                let points = &path.points;
                let until = points.clone();
                let past = move || line(&until[..(step.scoped().get() + 2).min(until.len())]);
                let steps = points.iter().enumerate().skip(1).map(|(t, point)| {
                    let title = titles.with_untracked(|titles| titles.get(t - 1).cloned().unwrap_or_default());
                    view! {
                        <path
                            class="dot"
                            class:later=move || { t > step.scoped().get() + 1 }
                            d=dots([point])
                            on:pointerenter=move |_| {
                                chosen.set(place);
                                session.lit.set(Some(t - 1));
                            }
                            on:pointerleave=move |_| session.lit.set(None)
                            on:click=move |_| step.set(t - 1)
                        >
                            <title>{format!("{}, after click {t} on {title}", session.title(path.item))}</title>
                        </path>
                    }
                    .into_any()
                });
                view! {
                    <g class=format!("track path-{}", place + 1) class:chosen=move || chosen.scoped().get() == place>
                        <path
                            class="whole"
                            data-testid="map-path"
                            data-item=session.id(path.item)
                            data-path=exact(points)
                            d=line(points)
                        />
                        <path class="past" d=move || past() />
                        {steps.collect_view()}
                    </g>
                }
                .into_any()
            };
            // The first lies on top.
            paths.iter().enumerate().rev().map(path).collect_view()
        })
    };
    let at = move |point: Point| place(shown.get(), point);
    let numbers = move || {
        let now = step.get() + 1;
        paths.with(|paths| {
            let number = |(place, path): (usize, &Path)| {
                let point = path.points.get(now).or(path.points.last()).copied()?;
                Some(
                    view! { <b class=format!("map-number numbers path-{}", place + 1) style=at(point)>{place + 1}</b> }
                        .into_any(),
                )
            };
            paths.iter().enumerate().rev().filter_map(number).collect_view()
        })
    };
    let start = move || {
        paths.with(|paths| {
            Some(view! { <b class="map-start" style=at(*paths.first()?.points.first()?)>"○"</b> }.into_any())
        })
    };
    let caption = move || {
        let fitted = paths.with(|paths| paths.len());
        let others = background.with(Vec::len);
        format!(
            "{} from the state before any click, ○, to the newest. Lines of the grid are {} apart. {}",
            format::plural(fitted, "path", "paths"),
            format::tick(grid_step.get()),
            if others > 0 {
                format!(
                    "Faint: the paths of {} for product 1.",
                    format::plural(others, "ready-made shopper", "ready-made shoppers")
                )
            } else {
                String::new()
            },
        )
    };
    view! {
        <figure class="evolution-map">
            <div class="map-area">
                <svg viewBox=move || view_box(shown.get()) role="img" aria-label="Paths of the evolution state in two dimensions; the table has the numbers">
                    {move || grid()}
                    {move || behind()}
                    {move || drawn()}
                </svg>
                {move || start()}
                {move || numbers()}
            </div>
            <figcaption class="quiet">{move || caption()}</figcaption>
        </figure>
    }
}

/// The products near to the state of the chosen path at the current step.
#[component]
fn Nearest(
    /// What is shown.
    scene: Memo<Option<Scene>>,
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The current step, from 0.
    step: RwSignal<usize>,
    /// The path whose states are read.
    chosen: RwSignal<usize>,
    /// What was clicked.
    titles: Memo<Vec<String>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // The step under the pointer, else the current one.
    let read =
        memo(move || session.lit.scoped().get().filter(|lit| *lit < titles.with(Vec::len)).unwrap_or(step.get()));
    let measure = memo(move || scene.with(|scene| scene.as_ref().and_then(Measure::of)));
    let nearest = memo(move || {
        let state = paths.with(|paths| paths.get(chosen.get()).and_then(|path| path.states.get(read.get()).cloned()));
        scene.with(|scene| match (scene, measure.get(), state) {
            (Some(scene), Some(measure), Some(state)) => measure.nearest(scene, &state),
            _ => Vec::new(),
        })
    });
    let heading = move || {
        let step = read.get();
        let of = paths.with(|paths| paths.get(chosen.get()).map(|path| session.title(path.item)).unwrap_or_default());
        titles.with(|titles| {
            format!(
                "Path {}, {of}: after click {} on {}",
                chosen.get() + 1,
                step + 1,
                titles.get(step).cloned().unwrap_or_default()
            )
        })
    };
    let rows = move || {
        let row = |(item, value): (u32, f32)| {
            view! {
                <li data-item=session.id(item) data-value=format::exact(value)>
                    <span>{session.title(item)}</span>
                    <span class="numbers">{format::weight(value)}</span>
                </li>
            }
            .into_any()
        };
        nearest.get().into_iter().map(row).collect_view()
    };
    let words = move || {
        match measure.get() {
        Some(measure) => format!("Nearest products, {}:", measure.words()),
        None => "This network has no measure between a state and a product: its attention is a perceptron, and their widths differ."
            .to_owned(),
    }
    };
    view! {
        <section class="map-nearest" aria-live="polite">
            <h3>{move || heading()}</h3>
            <p class="quiet">{move || words()}</p>
            <ol data-testid="map-nearest">{move || rows()}</ol>
        </section>
    }
}

/// A row for each state of each path.
fn table(session: Session, paths: &[Path], titles: &[String]) -> Table {
    let columns = ["path", "product", "step", "click", "x", "y"];
    let rows = paths.iter().enumerate().flat_map(|(place, path)| {
        path.points.iter().enumerate().map(move |(t, [x, y])| {
            let click = match t {
                0 => "before any click".to_owned(),
                t => titles.get(t - 1).cloned().unwrap_or_default(),
            };
            vec![
                Cell::Count(place + 1),
                Cell::Text(session.title(path.item)),
                Cell::Count(t),
                Cell::Text(click),
                Cell::Number(*x),
                Cell::Number(*y),
            ]
        })
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}
