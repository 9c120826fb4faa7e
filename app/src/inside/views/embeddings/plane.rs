//! The plane with all products: drawn by the GPU where there is one, moved and zoomed by pointers, wheel and keys.

use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent, TouchEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;

use super::space::{Group, Space, colour};
use crate::inside::charts::cloud::on_gpu;
use crate::inside::charts::plane::{Point, dots, exact, line, place, view_box};
use crate::inside::charts::zoom::{MIDDLE, ZOOM, Zoom};
use crate::inside::fields::Fields;
use crate::language::{self, t};
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// The plane with all products.
#[component]
pub fn Plane(
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
    expect_context::<Fields>().add(
        "category",
        move || alone.get().map(|place| (place + 1).to_string()),
        move |text| {
            let place = text.parse::<usize>().ok()?.checked_sub(1)?;
            space.with_untracked(|space| place < space.groups.len()).then(|| alone.set(Some(place)))
        },
    );
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
                        {language::said(&group.name)}
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
        Some(t!("{title} ({category})", title = session.title(item), category = language::said(&category)))
    };
    let caption = move || {
        let (width, fitted) = space.with(|space| (space.width, space.fitted_here));
        if fitted {
            t!(
                "{width} numbers of each product along two directions, which were fitted on this page: those in which products differ \
                 most. Blue: the clicks in their order; ring: the inspected product."
            )
        } else {
            t!(
                "{width} numbers of each product along two directions, which came with the weights. Blue: the clicks in their order; \
                 ring: the inspected product."
            )
        }
    };
    view! {
        <figure class="evolution-map">
            <div
                class="map-area embedding-area"
                class:on-gpu=move || on_gpu.get()
                node_ref=node
                role="group"
                tabindex="0"
                aria-label=t!("Embedding space. Arrow keys move, plus and minus zoom, 0 shows all; products can be found by the search")
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
            <div class="embedding-legend" role="group" aria-label=t!("Categories, to show one alone")>{move || legend()}</div>
            <figcaption class="quiet">{move || caption()}</figcaption>
        </figure>
    }
}
