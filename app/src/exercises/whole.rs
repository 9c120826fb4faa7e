//! The exercises as a whole: the list of them, the one that is open, and the results.

use leptos::prelude::*;

use super::card::card;
use super::results::{Results, points};
use super::room::{Place, Room};
use crate::browser::dom::focus;
use crate::explain::networks::Network;
use crate::language::t;
use crate::page::link::Link;
use crate::session::Session;
use crate::ui::progress::Failure;
use crate::ui::view::{memo, when};

/// The exercises.
#[component]
pub fn Whole(
    /// Whether there is nothing beside the exercise that is open.
    alone: bool,
) -> impl IntoView {
    let room = Room::new(expect_context::<Session>());
    let shown = move || match room.arrived.get() {
        None => view! { <p class="quiet">{t!("Loading …")}</p> }.into_any(),
        Some(Err(why)) => view! { <Failure why=why retry=Box::new(move || room.load()) /> }.into_any(),
        Some(Ok(_)) => arrived(room, alone),
    };
    view! {
        <section id="exercises" class="exercises" class:alone=alone data-testid="exercises" tabindex="-1" translate="no">
            {move || shown()}
        </section>
    }
}

/// What is shown once the exercises are here.
fn arrived(room: Room, alone: bool) -> AnyView {
    let link = expect_context::<Link>();
    let address = memo(move || link.exercise());
    let place = memo(move || address.get().and_then(|address| room.place(&address)));
    // Another network is another question.
    let is_yours = memo(move || room.session.network.get() == Network::Yours);
    let open = move |place: Place| {
        link.show_exercise(Some(room.address(place)));
        focus("exercise-title".to_owned());
    };
    let shown = move || {
        is_yours.track();
        match (place.get(), address.get()) {
            (Some(place), _) => card(room, place, alone, Callback::new(open)),
            (None, Some(id)) => {
                view! { <p class="empty" role="alert">{room.say("unknown", &[("id", id)])}</p> }.into_any()
            }
            (None, None) => ().into_any(),
        }
    };
    let head = move || {
        view! {
            <header class="exercises-head">
                <h2>{room.word("title")}</h2>
                <p class="quiet">{room.word("intro")}</p>
                <button
                    type="button"
                    class="button"
                    data-testid="exercises-leave"
                    on:click=move |_| link.show_exercise(None)
                >
                    {room.word("leave")}
                </button>
            </header>
            <nav class="exercise-list" aria-label=room.word("all")>
                <ol>{(0..room.count()).map(|index| entry(room, index, place, Callback::new(open))).collect_view()}</ol>
            </nav>
        }
        .into_any()
    };
    view! {
        {(!alone).then(head)}
        {move || shown()}
        {when(move || !alone, move || view! { <Results room=room /> }.into_any())}
    }
    .into_any()
}

/// An exercise in the list.
fn entry(room: Room, index: usize, place: crate::ui::memo::Memo<Option<Place>>, open: Callback<Place>) -> AnyView {
    let title = room
        .exercise(index)
        .and_then(|exercise| Some(room.asked(&exercise.id, exercise.variants.first()?).0))
        .unwrap_or_default();
    let best = move || {
        room.results.with(|results| {
            let scores = results.iter().filter(|one| one.place.0 == index).map(|one| one.score);
            scores.reduce(f64::max)
        })
    };
    let said = move || match best() {
        Some(score) => room.say("points", &[("points", points(score))]),
        None => room.word("not_done"),
    };
    let is_open = move || place.get().is_some_and(|(exercise, _)| exercise == index);
    view! {
        <li>
            <button
                type="button"
                data-testid="exercise-entry"
                aria-current=move || is_open().then_some("true")
                aria-label=move || format!("{}. {title}: {}", index + 1, said())
                class:done=move || best().is_some()
                on:click=move |_| open.run((index, 0))
            >
                {index + 1}
            </button>
        </li>
    }
    .into_any()
}
