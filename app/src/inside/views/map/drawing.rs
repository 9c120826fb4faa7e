//! The map as a drawing: a grid, the shoppers' paths, and the products' paths with their numbers.

use leptos::prelude::*;

use super::paths::Path;
use super::shoppers::Other;
use crate::inside::charts::plane::{Area, Point, area, dots, exact, holds, line, place, union, view_box};
use crate::inside::charts::walk::Walk;
use crate::language::{self, t};
use crate::session::Session;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// The map.
#[component]
pub fn Drawing(
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The paths of the ready-made shoppers.
    background: Memo<Vec<Other>>,
    /// The walk along the paths.
    walk: Walk,
    /// The place of the path whose states are read.
    chosen: RwSignal<usize>,
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
                    <title>{language::said(&other.name)}</title>
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
                let past = move || line(&until[..(walk.step.get() + 2).min(until.len())]);
                let steps = points.iter().enumerate().skip(1).map(|(t, point)| {
                    let title = walk.titles.with_untracked(|titles| titles.get(t - 1).cloned().unwrap_or_default());
                    view! {
                        <path
                            class="dot"
                            class:later=move || { t > walk.step.get() + 1 }
                            d=dots([point])
                            on:pointerenter=move |_| {
                                chosen.set(place);
                                session.lit.set(Some(t - 1));
                            }
                            on:pointerleave=move |_| session.lit.set(None)
                            on:click=move |_| walk.choose(t - 1)
                        >
                            <title>{t!("{product}, after click {t} on {title}", product = session.title(path.item))}</title>
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
        let now = walk.step.get() + 1;
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
        let apart = format::tick(grid_step.get());
        let drawn = t!(
            "{count} path from the state before any click, ○, to that after the newest. Lines of the grid are {apart} apart."
                | "{count} paths from the state before any click, ○, to that after the newest. Lines of the grid are {apart} apart.",
            count = paths.with(Vec::len)
        );
        match background.with(Vec::len) {
            0 => drawn,
            others => {
                let faint = t!(
                    "Faint: the path of {count} ready-made shopper for product 1."
                        | "Faint: the paths of {count} ready-made shoppers for product 1.",
                    count = others
                );
                [drawn, faint].join(" ")
            }
        }
    };
    view! {
        <figure class="evolution-map">
            <div class="map-area">
                <svg viewBox=move || view_box(shown.get()) role="img" aria-label=t!("Paths of the evolution state in two dimensions; the table has the numbers")>
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
