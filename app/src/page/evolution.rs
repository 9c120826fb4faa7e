//! DIEN's interest evolution: attention, gates and states at every step, and the path that the states take.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use model::{DienTrace, Inspection, Steps};

use crate::browser::dom::{focus, roving};
use crate::explain::networks::Network;
use crate::explain::{Curves, labels};
use crate::inside::switch_to::switch_to;
use crate::session::clicks::Click;
use crate::session::projection::step_means;
use crate::session::{Model, Session};
use crate::ui::format;
use crate::ui::scale::{SHADES, Scale, shade_paths};
use crate::ui::scoped::Scoped;
use crate::ui::view::{each, memo, when};

/// The fourth part of the page.
#[component]
pub fn Evolution() -> impl IntoView {
    let session = expect_context::<Session>();
    let evolutions = memo(move || {
        session
            .answered
            .with(|answer| {
                answer.as_ref().map(|answer| {
                    let of =
                        |inspection: &Option<Inspection>| inspection.as_ref().and_then(OneEvolution::of).map(Arc::new);
                    Evolutions {
                        clicks: answer.now.clicks.clone(),
                        inspected: of(&answer.inspected),
                        compared: of(&answer.compared),
                    }
                })
            })
            .unwrap_or_default()
    });
    // What the four parts show changes with the network chosen, not with each answer.
    let stage = memo(move || match session.no_evolution() {
        Some(why) => Stage::NoEvolution(why),
        None if evolutions.with(|all| all.inspected.is_none()) => Stage::Waiting,
        None if evolutions.with(|all| all.clicks.is_empty()) => Stage::Empty,
        None => Stage::Shown,
    });
    view! {
        <section id="evolution" class="evolution" aria-labelledby="evolution-title" tabindex="-1">
            <header class="section-head">
                <h2 id="evolution-title">"Interest evolution"</h2>
                {when(
                    move || stage.get() == Stage::Shown,
                    move || view! { <Legend evolutions=evolutions /> }.into_any(),
                )}
            </header>
            {move || match stage.get() {
                Stage::NoEvolution(why) => {
                    view! {
                        <p class="empty">
                            {why}
                            " "
                            {switch_to(session, Network::START)} " to see how the interest moves from click to click."
                        </p>
                    }
                        .into_any()
                }
                Stage::Waiting => view! { <p class="empty">"It appears with the first answer."</p> }.into_any(),
                Stage::Empty => {
                    view! { <p class="empty">"Without clicks there is no step to show. The interest begins with the first one."</p> }
                        .into_any()
                }
                Stage::Shown => {
                    view! {
                        <div class="evolution-parts">
                            <Gates evolutions=evolutions />
                            <Map evolutions=evolutions />
                        </div>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// For this reason.
    NoEvolution(&'static str),
    Waiting,
    Empty,
    Shown,
}

/// The evolution for one product, reduced to what is drawn.
#[derive(Debug, Clone, PartialEq)]
struct OneEvolution {
    item: u32,
    /// a_t, `[step]`.
    attention: Vec<f32>,
    /// Mean of u_t over hidden units, `[step]`.
    update: Vec<f32>,
    /// Mean of ũ_t over hidden units, `[step]`.
    attentional_update: Vec<f32>,
    /// h'_t, `[step, hidden]`.
    states: Steps<'static>,
}

impl OneEvolution {
    fn of(inspection: &Inspection) -> Option<Self> {
        let DienTrace { attention, update, attentional_update, evolution_states, .. } =
            DienTrace::of(&inspection.trace)?;
        Some(Self {
            item: inspection.item,
            attention: attention.to_vec(),
            update: step_means(&update),
            attentional_update: step_means(&attentional_update),
            states: evolution_states.into_owned(),
        })
    }
}

/// What this part of the page shows.
#[derive(Debug, Clone, PartialEq, Default)]
struct Evolutions {
    clicks: Vec<Click>,
    inspected: Option<Arc<OneEvolution>>,
    compared: Option<Arc<OneEvolution>>,
}

impl Evolutions {
    fn each(&self) -> impl Iterator<Item = &Arc<OneEvolution>> {
        self.inspected.iter().chain(&self.compared)
    }
}

/// Which colour is which product.
#[component]
fn Legend(
    /// What is shown.
    evolutions: Memo<Evolutions>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = move |class: &'static str, one: Option<Arc<OneEvolution>>| {
        one.map(|one| view! { <span class=class>{session.title(one.item)}</span> }.into_any())
    };
    view! {
        <p class="legend">
            {move || name("key inspected", evolutions.with(|all| all.inspected.clone()))}
            {move || name("key compared", evolutions.with(|all| all.compared.clone()))}
        </p>
    }
}

/// Attention and gates as small charts over the same steps, and the states below them.
#[component]
fn Gates(
    /// What is shown.
    evolutions: Memo<Evolutions>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let count = memo(move || evolutions.with(|all| all.clicks.len()));
    let active = RwSignal::new(0usize);
    Effect::new(move || active.set(count.get().saturating_sub(1)));
    // Attention and the gate that it scales share an axis, so that the eye sees the product. Only scores that are not
    // normalised go below zero.
    let axis = memo(move || {
        evolutions.with(|all| {
            let values = || all.each().flat_map(|one| one.attention.iter().chain(&one.attentional_update)).copied();
            let (least, most) = (values().fold(0.0, f32::min), values().fold(0.0, f32::max));
            [if least < 0.0 { -format::axis_end(-least) } else { 0.0 }, format::axis_end(most)]
        })
    });
    let words = memo(move || {
        let curves = |model: Model| labels(&model.config().network).curves();
        session.answering_model().and_then(curves).unwrap_or_default()
    });
    // The scale of the states only ever grows, so that a colour keeps its meaning.
    let state_end = Memo::new(move |before: Option<&f32>| {
        evolutions.with(|all| {
            let states = all.inspected.iter().flat_map(|one| one.states.values());
            let most = states.fold(0.0f32, |most, state| most.max(state.abs()));
            format::axis_end(most).max(before.copied().unwrap_or(0.0))
        })
    });
    let readout = move || {
        evolutions.with(|all| {
            let one = all.inspected.clone()?;
            let step = session.lit.get().filter(|step| *step < all.clicks.len()).or(all.clicks.len().checked_sub(1))?;
            let number = |values: &[f32]| values.get(step).copied().map(format::weight).unwrap_or_default();
            let readout = view! {
                <strong>{format!("Step {} of {}: {}", step + 1, all.clicks.len(), session.title(all.clicks[step].item))}</strong>
                <span>{format!("a {}", number(&one.attention))}</span>
                <span>{format!("mean u {}", number(&one.update))}</span>
                <span>{format!("mean ũ {}", number(&one.attentional_update))}</span>
            };
            Some(readout.into_any())
        })
    };
    let lit = move || {
        session.lit.get().filter(|step| *step < count.get()).map(|step| {
            let width = 100.0 / count.get() as f64;
            view! { <span class="lit-step" style=format!("left:{:.4}%;width:{width:.4}%", width * step as f64)></span> }
                .into_any()
        })
    };
    view! {
        <div class="gates">
            <div class="charts">
                <Chart
                    label="Attention a"
                    detail=Signal::derive(move || words.get().attention)
                    evolutions=evolutions
                    values=|one| &one.attention
                    axis=axis
                />
                <Chart
                    label="Update gate u"
                    detail=Signal::derive(move || words.get().update)
                    evolutions=evolutions
                    values=|one| &one.update
                    axis=memo(|| [0.0, 1.0])
                />
                <Chart
                    label=Signal::derive(move || words.get().gate)
                    detail=Signal::derive(move || words.get().gate_detail)
                    evolutions=evolutions
                    values=|one| &one.attentional_update
                    axis=axis
                />
                <States evolutions=evolutions end=state_end />
                <div class="steps-layer">
                    {move || lit()}
                    <ol class="steps" aria-label="Steps of the interest evolution. Arrow keys move.">
                        {each(
                            move || evolutions.with(|all| all.clicks.clone()),
                            move |index, click| {
                                view! {
                                    <StepTarget evolutions=evolutions words=words index=index click=click active=active count=count />
                                }
                                    .into_any()
                            },
                        )}
                    </ol>
                </div>
            </div>
            <p class="readout numbers">{move || readout()}</p>
        </div>
    }
}

/// One number a step, for both products.
#[component]
fn Chart(
    /// What the number is.
    #[prop(into)]
    label: Signal<&'static str>,
    /// What the label leaves out.
    #[prop(into)]
    detail: Signal<&'static str>,
    /// What is shown.
    evolutions: Memo<Evolutions>,
    /// The numbers, `[step]`.
    values: fn(&OneEvolution) -> &Vec<f32>,
    /// Both ends of the axis.
    axis: Memo<[f32; 2]>,
) -> impl IntoView {
    let height = move |value: f32| {
        let [least, most] = axis.get();
        100.0 - 100.0 * (value - least) / (most - least)
    };
    let line = move |class: &'static str, one: Option<&Arc<OneEvolution>>| {
        one.map(|one| {
            let points = (0..).zip(values(one));
            let points: Vec<String> =
                points.map(|(t, value): (usize, _)| format!("{:.1} {:.2}", t as f64 + 0.5, height(*value))).collect();
            // A line without length and with round ends is a dot, round in any stretch of the chart.
            let dots: String = points.iter().map(|point| format!("M{point}h0")).collect();
            let width = (6.5 - points.len() as f64 / 14.0).max(2.5);
            view! {
                <path class=format!("line {class}") d=format!("M{}", points.join("L")) />
                <path class=format!("dots {class}") style=format!("--dot:{width:.1}px") d=dots />
            }
            .into_any()
        })
    };
    view! {
        <div class="chart">
            <p class="chart-label">
                {move || label.get()} " "
                <span class="quiet">{move || detail.get()}</span>
            </p>
            <span class="tick top numbers">{move || format::tick(axis.get()[1])}</span>
            <span class="tick bottom numbers">{move || format::tick(axis.get()[0])}</span>
            <svg
                viewBox=move || evolutions.with(|all| format!("0 0 {} 100", all.clicks.len().max(1)))
                preserveAspectRatio="none"
                aria-hidden="true"
            >
                {move || {
                    let crosses = axis.get()[0] < 0.0;
                    let steps = evolutions.with(|all| all.clicks.len());
                    crosses.then(|| view! { <path class="zero" d=format!("M0 {:.2}H{steps}", height(0.0)) /> }.into_any())
                }}
                {move || evolutions.with(|all| line("compared", all.compared.as_ref()))}
                {move || evolutions.with(|all| line("inspected", all.inspected.as_ref()))}
            </svg>
        </div>
    }
}

/// The evolution states of the inspected product: a column a step, a line a hidden unit.
#[component]
fn States(
    /// What is shown.
    evolutions: Memo<Evolutions>,
    /// End of the scale in both directions.
    end: Memo<f32>,
) -> impl IntoView {
    let shades = move || {
        evolutions.with(|all| {
            all.inspected.as_ref().map(|one| {
                let scale = Scale::Diverging(end.get());
                shade_paths(&one.states, scale, |t, unit| (t, unit))
                    .into_iter()
                    .enumerate()
                    .map(|(shade, d)| view! { <path class=scale.class(shade) d=d /> }.into_any())
                    .collect_view()
            })
        })
    };
    let hidden = move || evolutions.with(|all| all.inspected.as_ref().map_or(1, |one| one.states.width()));
    view! {
        <div class="chart states">
            <p class="chart-label">
                "Evolution state h′ "
                <span class="quiet">{move || format!("{} units, one line each", hidden())}</span>
                <span class="scale numbers" role="img" aria-label=move || format!("colours from minus {0} to {0}", format::tick(end.get()))>
                    {move || format!("−{}", format::tick(end.get()))}
                    {(0..SHADES).map(|shade| view! { <i class=format!("shade-{shade}")></i> }.into_any()).collect_view()}
                    {move || format::tick(end.get())}
                </span>
            </p>
            <svg
                viewBox=move || evolutions.with(|all| format!("0 0 {} {}", all.clicks.len().max(1), hidden()))
                preserveAspectRatio="none"
                shape-rendering="crispEdges"
                aria-hidden="true"
            >
                {move || shades()}
            </svg>
        </div>
    }
}

/// A step to hover, to focus and to read.
#[component]
fn StepTarget(
    /// What is shown.
    evolutions: Memo<Evolutions>,
    /// What the numbers are called.
    words: Memo<Curves>,
    /// Position in the history, from the oldest.
    index: ReadSignal<usize>,
    /// The click of this step.
    click: Click,
    /// The position that Tab reaches.
    active: RwSignal<usize>,
    /// How many steps there are.
    count: Memo<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let number = move |values: fn(&OneEvolution) -> &Vec<f32>| {
        evolutions.scoped().with(|all| all.inspected.as_ref().and_then(|one| values(one).get(index.get()).copied()))
    };
    let attention = move || number(|one| &one.attention);
    let update = move || number(|one| &one.update);
    let attentional = move || number(|one| &one.attentional_update);
    let text = move |value: Option<f32>| value.map(format::weight).unwrap_or_default();
    let label = move || {
        format!(
            "Step {} of {}: {}; attention {}, mean update gate {}, mean {} {}",
            index.get() + 1,
            count.scoped().get(),
            session.title(click.item),
            text(attention()),
            text(update()),
            words.scoped().get().gate_name,
            text(attentional()),
        )
    };
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = roving(&event.key(), index.get_untracked(), count.get_untracked()) {
            event.prevent_default();
            active.set(next);
            focus(format!("step-{next}"));
        }
    };
    view! {
        <li
            data-testid="evolution-step"
            data-attention=move || attention().map(format::exact)
            data-update=move || update().map(format::exact)
            data-attentional-update=move || attentional().map(format::exact)
        >
            <div
                role="img"
                id=move || format!("step-{}", index.get())
                tabindex=move || if active.scoped().get() == index.get() { "0" } else { "-1" }
                aria-label=move || label()
                on:keydown=on_key
                on:pointerenter=move |_| session.lit.set(Some(index.get_untracked()))
                on:pointerleave=move |_| session.lit.set(None)
                on:focus=move |_| {
                    session.lit.set(Some(index.get_untracked()));
                    active.set(index.get_untracked());
                }
                on:blur=move |_| session.lit.set(None)
            ></div>
        </li>
    }
}

/// The paths of the evolution states in two dimensions.
#[component]
fn Map(
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
            <svg viewBox="-104 -104 208 208" role="img" aria-label="Path of the evolution state in two dimensions">
                {move || grid()}
                <path class="axis" d="M-100 0H100M0 -100V100" />
                <text class="axis-end" x="99" y="-3" text-anchor="end">{move || format::tick(extent.get())}</text>
                <text class="axis-end" x="3" y="-93">{move || format::tick(extent.get())}</text>
                {move || drawn()}
            </svg>
            <figcaption class="quiet">
                {move || match projection.with(|projection| projection.as_ref().map(|one| one.fitted_here)) {
                    None => "These weights come without a projection to two dimensions.".to_owned(),
                    Some(here) => {
                        let fitted = if here { "to the states of made-up histories, on this page" } else { "in training" };
                        format!("State h′ in two dimensions, by a projection fitted {fitted}; the axes stay. ○ start, ● newest click.")
                    }
                }}
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
            0 => "start, before any click".to_owned(),
            step => format!("after click {step} of {newest}"),
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
                <title>{format!("{}: {what}: {x}, {y}", session.title(item))}</title>
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
