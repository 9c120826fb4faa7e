//! DIEN's auxiliary task: after each click the interest state shall tell the product that was clicked next from others.

mod shown;
mod task;

use std::sync::Arc;

use leptos::prelude::*;

use self::shown::Shown;
use self::task::{Task, no_extractor, table};
use crate::explain::math::math;
use crate::explain::networks::Network;
use crate::inside::charts::frame::Frame;
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::inside::inspected::if_none_left;
use crate::inside::switch_to::switch_to;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "auxiliary",
        name: t!("Next click"),
        title: t!("Next click, the auxiliary task"),
        sentence: t!(
            "The interest state after a click shall predict the next click: here is the probability that it gave to the product that was really clicked next, and to others that were not."
        ),
        missing: no_extractor,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Auxiliary /> }.into_any()
}

/// The view.
#[component]
pub fn Auxiliary() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let round = RwSignal::new(0u32);
    expect_context::<Fields>().add(
        "sample",
        move || Some(round.get()).filter(|round| *round > 0).map(|round| (round + 1).to_string()),
        move |text| {
            // As many as anybody will have asked for.
            let sample = text.parse::<u32>().ok().filter(|sample| (1..=9999).contains(sample))?;
            round.set(sample - 1);
            Some(())
        },
    );
    let task = memo(move || {
        let round = round.get();
        scene.with(|scene| Arc::new(scene.as_ref().map_or_else(|| Ok(Task::default()), |scene| Task::of(scene, round))))
    });
    let refusal = memo(move || task.with(|task| task.as_ref().as_ref().err().cloned()));
    let count = memo(move || task.with(|task| task.as_ref().as_ref().map_or(0, |task| task.steps.len())));
    let is_shown = memo(move || count.get() > 0);
    let table = memo(move || task.with(|task| table(session, task.as_ref().as_ref().unwrap_or(&Task::default()))));
    let is_inspected = move || scene.with(|scene| scene.as_ref().is_none_or(|scene| scene.inspected().is_some()));
    let too_few = move || {
        let has_click = scene.with(|scene| scene.as_ref().is_some_and(|scene| !scene.answer.now.clicks.is_empty()));
        if has_click {
            t!("The only click has no next one yet, so there is nothing to tell. Click another product.")
        } else {
            t!(
                "Without clicks there is nothing to tell. Two are needed: the state after the one says how likely the other is next."
            )
        }
    };
    let other = move || {
        view! {
            <p class="empty">
                {move || refusal.get()} " " {t!("The auxiliary task is a part of DIEN’s training.")} " "
                {switch_to(session, Network::START)}
            </p>
        }
        .into_any()
    };
    let controls = when(
        move || is_shown.get(),
        move || {
            view! {
                <p class="auxiliary-equation">
                    <span inner_html=move || math(equation(task.with(|task| task.as_ref().as_ref().is_ok_and(|task| task.is_mlp))))></span>
                    <button
                        type="button"
                        class="text-tool"
                        translate="yes"
                        data-testid="sample-again"
                        on:click=move |_| {
                            round.update(|round| *round += 1);
                            session.did("sampled");
                        }
                    >
                        {t!("Sample other products")}
                    </button>
                </p>
            }
            .into_any()
        },
    );
    view! {
        <Frame entry=entry() controls=controls table=table>
            {when(move || refusal.with(Option::is_some), move || other())}
            {if_none_left(scene)}
            {when(
                move || !is_shown.get() && refusal.with(Option::is_none) && is_inspected(),
                move || view! { <p class="empty">{move || too_few()}</p> }.into_any(),
            )}
            {when(
                move || is_shown.get(),
                move || view! { <Shown task=memo(move || task.with(|task| task.as_ref().clone().unwrap_or_default())) /> }.into_any(),
            )}
        </Frame>
    }
}

fn equation(is_mlp: bool) -> &'static str {
    if is_mlp { "p_t(e) = σ(MLP([h_t, e]))" } else { "p_t(e) = σ(h_t·e)" }
}
