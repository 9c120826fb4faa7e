//! The path of the evolution states in two dimensions.

use std::sync::Arc;

use leptos::prelude::*;

use super::numbers::{Evolutions, OneEvolution};
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::term::with_terms;
use crate::ui::view::memo;

/// The paths of the evolution states in two dimensions.
#[component]
pub(super) fn Map(
    /// What is shown.
    evolutions: Memo<Evolutions>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let projection = memo(move || session.answering_model().and_then(|model| model.projection));
    let paths = memo(move || {
        let Some(projection) = projection.get() else { return Vec::new() };
        evolutions.with(|all| {
            // The inspected product's path lies on top.
            let drawn = [("compared", &all.compared), ("inspected", &all.inspected)];
            let path = |(class, one): (&'static str, &Option<Arc<OneEvolution>>)| {
                one.as_ref().map(|one| (class, one.item, projection.path(&one.states)))
            };
            drawn.into_iter().filter_map(path).collect::<Vec<_>>()
        })
    });
    // The axes are fixed: they begin wide enough for what is usual, and only ever grow.
    let extent = Memo::new(move |before: Option<&f32>| {
        let most = paths.with(|paths| {
            let coordinates = paths.iter().flat_map(|(_, _, path)| path.iter().flatten());
            coordinates.fold(0.0f32, |most, coordinate| most.max(coordinate.abs()))
        });
        map_extent(most, before.copied())
    });
    let drawn = move || {
        let extent = extent.get();
        paths
            .get()
            .into_iter()
            .map(|(class, item, path)| view! { <MapPath class=class item=item path=path extent=extent /> }.into_any())
            .collect_view()
    };
    let grid = move || {
        let extent = extent.get();
        // At most ten lines on each side, however far unnormalised attention drives the states.
        let apart = format::axis_end(extent / 10.0).max(0.5);
        (1u8..=10)
            .map(|line| f32::from(line) * apart)
            .take_while(|at| *at < extent)
            .flat_map(|at| [at, -at])
            .map(|at| {
                let at = 100.0 * at / extent;
                view! { <path class="grid" d=format!("M{at:.2} -100V100M-100 {at:.2}H100") /> }.into_any()
            })
            .collect_view()
    };
    view! {
        <figure class="map">
            <svg viewBox="-104 -104 208 208" role="img" aria-label=t!("Path of the evolution state in two dimensions")>
                {move || grid()}
                <path class="axis" d="M-100 0H100M0 -100V100" />
                <text class="axis-end" x="99" y="-3" text-anchor="end">{move || format::tick(extent.get())}</text>
                <text class="axis-end" x="3" y="-93">{move || format::tick(extent.get())}</text>
                <text class="axis-name" x="99" y="10" text-anchor="end">{t!("direction {number}", number = 1)}</text>
                <text class="axis-name" x="-3" y="-93" text-anchor="end">{t!("direction {number}", number = 2)}</text>
                {move || drawn()}
            </svg>
            <figcaption class="quiet">
                {move || with_terms(match projection.with(|projection| projection.as_ref().map(|one| one.fitted_here)) {
                    None => t!("These weights come without a projection to two dimensions."),
                    Some(true) => {
                        t!(
                            "State h′ along two directions that were fitted on this page, to the states of made-up histories. ○ start, \
                             ● newest click."
                        )
                    }
                    Some(false) => t!("State h′ along two directions that came with the weights. ○ start, ● newest click."),
                })}
            </figcaption>
        </figure>
    }
}

/// End of the map's axes: multiples of a half, or round numbers where states are far out; never less than before.
fn map_extent(most: f32, before: Option<f32>) -> f32 {
    let end = most * 1.05;
    let end = if end > 50.0 { format::axis_end(end) } else { (end * 2.0).ceil() / 2.0 };
    end.max(before.unwrap_or(0.5))
}

/// One product's path.
#[component]
fn MapPath(
    /// "inspected" or "compared".
    class: &'static str,
    /// Row of the product.
    item: u32,
    /// The points, the start first.
    path: Vec<[f32; 2]>,
    /// End of the axes.
    extent: f32,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let points: Vec<(f32, f32)> = path.iter().map(|[x, y]| (100.0 * x / extent, -100.0 * y / extent)).collect();
    let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2} {y:.2}")).collect();
    let exact: Vec<String> = path.iter().map(|[x, y]| format!("{},{}", format::exact(*x), format::exact(*y))).collect();
    let exact = exact.join(" ");
    let newest = points.len() - 1;
    let dots = points.iter().enumerate().map(|(step, &(cx, cy))| {
        let radius = match step {
            0 => 3.0,
            step if step == newest => 4.5,
            _ => 2.2,
        };
        let [x, y] = path[step];
        let what = match step {
            0 => t!("start, before any click").to_owned(),
            step => t!("after click {step} of {newest}"),
        };
        view! {
            <circle
                class:start=step == 0
                class:lit=move || session.lit.scoped().get().is_some_and(|lit| lit + 1 == step)
                cx=cx
                cy=cy
                r=radius
                on:pointerenter=move |_| session.lit.set(step.checked_sub(1))
                on:pointerleave=move |_| session.lit.set(None)
            >
                <title>{t!("{title}: {what}: {x}, {y}", title = session.title(item))}</title>
            </circle>
        }
    });
    let dots = dots.collect_view();
    view! {
        <g class=format!("path {class}")>
            <path
                data-testid="evolution-path"
                data-item=session.id(item)
                data-path=exact
                d=format!("M{}", line.join("L"))
            />
            {dots}
        </g>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_never_shrinks() {
        assert_eq!(map_extent(0.2, None), 0.5);
        assert_eq!(map_extent(0.9, Some(0.5)), 1.0);
        assert_eq!(map_extent(0.1, Some(1.0)), 1.0);
        assert_eq!(map_extent(6.0e9, Some(1.0)), 1.0e10);
    }
}
