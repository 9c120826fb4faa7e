//! Numbers as colours: `[step, hidden]` as a map, a vector as a strip.

use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use model::Steps;

use super::scale::{Scale, shade_paths};
use super::walk::Walk;
use crate::language::t;
use crate::ui::format;
use crate::ui::memo::Memo;

/// The values as shapes.
fn shapes(values: &Steps<'_>, scale: Scale, place: fn(usize, usize) -> (usize, usize)) -> Vec<AnyView> {
    let paths = shade_paths(values, scale, place).into_iter().enumerate();
    paths.map(|(shade, d)| view! { <path class=scale.class(shade) d=d /> }.into_any()).collect()
}

/// A vector `[hidden]`, the first unit at the left.
pub fn strip(values: &[f32], scale: Scale) -> AnyView {
    let steps = Steps::new(values.len().max(1), values.to_vec());
    view! {
        <svg
            class="strip"
            viewBox=format!("0 0 {} 1", values.len().max(1))
            preserveAspectRatio="none"
            shape-rendering="crispEdges"
            aria-hidden="true"
        >
            {shapes(&steps, scale, |_, unit| (unit, 0))}
        </svg>
    }
    .into_any()
}

/// What a cell is, in words: "Reset gate r, step 3 of 11 (Spaceboy Lunch Box), unit 5: 0.412".
type Words = Arc<dyn Fn(usize, usize) -> String + Send + Sync>;

/// A map `[step, hidden]`: a column a step, a line a hidden unit. The number under the pointer is read out, and with the
/// keyboard's focus that of the current step; the up and down keys go from unit to unit.
#[component]
pub fn HeatMap(
    /// What is drawn.
    values: Memo<Steps<'static>>,
    /// The colours of the cells.
    scale: Memo<Scale>,
    /// The walk, whose current step has faint ones after it. A click on another one makes it current.
    walk: Walk,
    /// What a map of this quantity is called.
    #[prop(into)]
    label: String,
    /// What the cell of a step and a unit is, in words.
    words: Words,
    /// Where the number under the pointer or the focus is written.
    readout: RwSignal<Option<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let unit = RwSignal::new(0usize);
    let size = move || values.with(|values| (values.len().max(1), values.width().max(1)));
    let cell_of = move |event: &MouseEvent| {
        let area = node.get_untracked()?.get_bounding_client_rect();
        let (steps, units) = values.with_untracked(|values| (values.len(), values.width()));
        let at = |share: f64, count: usize| ((share * count as f64).max(0.0) as usize).min(count.saturating_sub(1));
        let cell = (
            at((f64::from(event.client_x()) - area.left()) / area.width(), steps),
            at((f64::from(event.client_y()) - area.top()) / area.height(), units),
        );
        (steps > 0).then_some(cell)
    };
    let read = {
        let words = words.clone();
        move |t: usize, unit: usize| {
            let value = values.with_untracked(|values| values.iter().nth(t).and_then(|step| step.get(unit).copied()));
            readout.set(value.map(|value| format!("{}: {}", words(t, unit), format::exact(value))));
        }
    };
    let (on_move, on_focus, on_key) = (read.clone(), read.clone(), read);
    let marked = move || {
        let (steps, units) = size();
        let step = walk.step.get().min(steps - 1);
        view! {
            <rect class="later" x=step + 1 y="0" width=steps - step - 1 height=units />
            <rect class="current" x=step y="0" width="1" height=units />
        }
        .into_any()
    };
    let spoken = {
        let label = label.clone();
        move || {
            let (steps, units) = size();
            t!(
                "{label}: {steps}, {units}",
                steps = t!("{count} step" | "{count} steps", count = steps),
                units = t!("{count} unit" | "{count} units", count = units)
            )
        }
    };
    view! {
        <div
            class="heat-map"
            role="img"
            tabindex="0"
            aria-label=spoken
            node_ref=node
            on:pointermove=move |event| {
                if let Some((t, unit)) = cell_of(&event) {
                    on_move(t, unit);
                }
            }
            on:pointerleave=move |_| readout.set(None)
            on:click=move |event| {
                if let Some((t, _)) = cell_of(&event) {
                    walk.choose(t);
                }
            }
            on:focus=move |_| on_focus(walk.step.get_untracked(), unit.get_untracked())
            on:blur=move |_| readout.set(None)
            on:keydown=move |event: KeyboardEvent| {
                let last = values.with_untracked(Steps::width).saturating_sub(1);
                let next = match event.key().as_str() {
                    "ArrowUp" => unit.get_untracked().saturating_sub(1),
                    "ArrowDown" => (unit.get_untracked() + 1).min(last),
                    _ => return,
                };
                event.prevent_default();
                unit.set(next);
                on_key(walk.step.get_untracked(), next);
            }
        >
            <svg
                viewBox=move || format!("0 0 {} {}", size().0, size().1)
                preserveAspectRatio="none"
                shape-rendering="crispEdges"
                aria-hidden="true"
            >
                {move || values.with(|values| shapes(values, scale.get(), |t, unit| (t, unit)))}
                {move || marked()}
            </svg>
        </div>
    }
}
