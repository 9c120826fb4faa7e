//! Attention, gates and states of the interest evolution over the same steps.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::numbers::{Evolutions, OneEvolution};
use crate::browser::dom::{focus, roving};
use crate::explain::{Curves, labels};
use crate::language::t;
use crate::session::shop::clicks::Click;
use crate::session::{Model, Session};
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scale::{SHADES, Scale, shade_paths};
use crate::ui::scoped::Scoped;
use crate::ui::term::{term, with_terms};
use crate::ui::view::{each, memo};

/// Attention and gates as small charts over the same steps, and the states below them.
#[component]
pub(super) fn Gates(
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
                <strong>{t!("Step {step} of {steps}: {title}", step = step + 1, steps = all.clicks.len(), title = session.title(all.clicks[step].item))}</strong>
                <span>{term("attention", "a")}{format!(" {}", number(&one.attention))}</span>
                <span>{t!("mean <u>u</u> {number}", number = number(&one.update), u = |words| term("update", words))}</span>
                <span>
                    {t!("mean <u>ũ</u> {number}", number = number(&one.attentional_update), u = |words| term("attentional-update", words))}
                </span>
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
                    in_glossary="attention"
                    label=t!("Attention a")
                    detail=Signal::derive(move || words.get().attention)
                    evolutions=evolutions
                    values=|one| &one.attention
                    axis=axis
                />
                <Chart
                    in_glossary="update"
                    label=t!("Update gate u")
                    detail=Signal::derive(move || words.get().update)
                    evolutions=evolutions
                    values=|one| &one.update
                    axis=memo(|| [0.0, 1.0])
                />
                <Chart
                    in_glossary="attentional-update"
                    label=Signal::derive(move || words.get().gate)
                    detail=Signal::derive(move || words.get().gate_detail)
                    evolutions=evolutions
                    values=|one| &one.attentional_update
                    axis=axis
                />
                <States evolutions=evolutions end=state_end />
                <div class="steps-layer">
                    {move || lit()}
                    <ol class="steps" aria-label=t!("Steps of the interest evolution. Arrow keys move.")>
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
    /// What the number is, in the glossary.
    in_glossary: &'static str,
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
        // A path of no points is none.
        one.filter(|one| !values(one).is_empty()).map(|one| {
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
                <span data-testid="evolution-curve">{move || term(in_glossary, label.get())}</span> " "
                <span class="quiet">{move || with_terms(detail.get())}</span>
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
                {with_terms(t!("Evolution state h′"))} " "
                <span class="quiet">{move || with_terms(&t!("{count} hidden unit, one line each" | "{count} hidden units, one line each", count = hidden()))}</span>
                <span class="scale numbers" role="img" aria-label=move || t!("colours from minus {end} to {end}", end = format::tick(end.get()))>
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
        evolutions.with(|all| all.inspected.as_ref().and_then(|one| values(one).get(index.get()).copied()))
    };
    let attention = move || number(|one| &one.attention);
    let update = move || number(|one| &one.update);
    let attentional = move || number(|one| &one.attentional_update);
    let text = move |value: Option<f32>| value.map(format::weight).unwrap_or_default();
    let label = move || {
        t!(
            "Step {step} of {steps}: {title}; attention {attention}, mean update gate {update}, mean {gate} {written}",
            step = index.get() + 1,
            steps = count.get(),
            title = session.title(click.item),
            attention = text(attention()),
            update = text(update()),
            gate = words.get().gate_name,
            written = text(attentional())
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
