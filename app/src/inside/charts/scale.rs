//! The legend of a scale, and the switch between scales.

use leptos::prelude::*;

use crate::inside::fields::Fields;
use crate::language::t;
use crate::ui::format;
pub use crate::ui::scale::{SHADES, Scale, shade_paths};

/// The colours of a scale between its ends.
#[component]
pub fn ScaleLegend(
    /// The scale.
    #[prop(into)]
    scale: Signal<Scale>,
) -> impl IntoView {
    let ends = move || scale.get().ends().map(format::weight);
    view! {
        <span class="scale numbers" role="img" aria-label=move || t!("colours from {least} to {most}", least = ends()[0], most = ends()[1])>
            {move || ends()[0].clone()}
            {move || {
                let scale = scale.get();
                (0..SHADES).map(|shade| view! { <i class=scale.class(shade)></i> }.into_any()).collect_view()
            }}
            {move || ends()[1].clone()}
        </span>
    }
}

/// The switch between a scale for each vector and one for all that are alike.
#[component]
pub fn SharedScale(
    /// Whether vectors that are alike share a scale.
    is_shared: RwSignal<bool>,
) -> impl IntoView {
    expect_context::<Fields>().add_switch("scale", "shared", is_shared);
    view! {
        <label class="quiet" translate="yes">
            <input
                type="checkbox"
                data-testid="shared-scale"
                prop:checked=is_shared
                on:change=move |event| is_shared.set(event_target_checked(&event))
            />
            {t!("one scale for gates and weights, one for the rest")}
        </label>
    }
}
