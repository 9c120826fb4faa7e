//! Clicks to be found that make a product the first of the ranking.

use leptos::prelude::*;

use super::judge::{Guess, Judged, Truth};
use super::question::Question;
use super::room::Room;
use crate::browser::dom::focus;
use crate::ui::format;
use crate::ui::icons::{self, Icon};
use crate::ui::view::{Entry, each, when};

/// What there is to click, and what was.
pub fn predict(room: Room, offers: &[u32], most: usize, guess: RwSignal<Guess>) -> AnyView {
    let clicks = move || {
        guess.with(|guess| match guess {
            Guess::Clicks(clicks) => clicks.clone(),
            _ => Vec::new(),
        })
    };
    let offer = |&item: &u32| {
        let turn = move |_| {
            guess.update(|guess| {
                let Guess::Clicks(clicks) = guess else { return };
                match clicks.iter().position(|one| *one == item) {
                    Some(place) => drop(clicks.remove(place)),
                    None if clicks.len() < most => clicks.push(item),
                    None => {}
                }
            });
        };
        let is_clicked = move || clicks().contains(&item);
        view! {
            <button
                type="button"
                id=format!("exercise-offer-{item}")
                class="button"
                data-testid="exercise-offer"
                data-item=room.session.id(item)
                aria-pressed=move || is_clicked().to_string()
                aria-disabled=move || (!is_clicked() && clicks().len() >= most).to_string()
                on:click=turn
            >
                {room.session.title(item)}
            </button>
        }
        .into_any()
    };
    let row = move |_: ReadSignal<usize>, Entry { item, .. }: Entry| {
        let title = room.session.title(item);
        let take_back = move |_| {
            guess.update(|guess| {
                if let Guess::Clicks(clicks) = guess {
                    clicks.retain(|one| *one != item);
                }
            });
            focus(format!("exercise-offer-{item}"));
        };
        view! {
            <li data-testid="exercise-clicked" data-item=room.session.id(item)>
                {title.clone()}
                <button
                    type="button"
                    class="tool"
                    aria-label=room.say("take_back", &[("product", title)])
                    on:click=take_back
                >
                    <Icon path=icons::CROSS />
                </button>
            </li>
        }
        .into_any()
    };
    let entries = move || clicks().into_iter().map(|item| Entry { key: item, item }).collect();
    view! {
        <legend>{room.say("offers", &[("most", most.to_string())])}</legend>
        <div class="exercise-offers">{offers.iter().map(offer).collect_view()}</div>
        <h4>{room.word("chosen")}</h4>
        {when(move || clicks().is_empty(), move || view! { <p class="quiet">{room.word("nothing_chosen")}</p> }.into_any())}
        <ol class="exercise-clicks">{each(entries, row)}</ol>
    }
    .into_any()
}

/// The first of the ranking, and the place of the product.
pub fn reveal(room: Room, question: &Question, judged: &Judged) -> AnyView {
    let Truth::Place { place, count, first } = &judged.truth else { return ().into_any() };
    let product = question.product().unwrap_or_default();
    let names =
        [("product", room.session.title(product)), ("place", place.to_string()), ("count", format::count(*count))];
    let sentence = room.say("place_said", &names);
    let row = |(index, (item, probability)): (usize, &(u32, f32))| {
        let is_wanted = *item == product;
        view! {
            <li class:wanted=is_wanted data-item=room.session.id(*item)>
                <span class="numbers place">{if is_wanted { *place } else { index + 1 }}</span>
                <span class="title">{room.session.title(*item)}</span>
                <span class="numbers">{format::percent(*probability)}</span>
                <span class="gap-bars" aria-hidden="true">
                    <span class="network-bar" style=format!("width:{}%", 100.0 * probability)></span>
                </span>
            </li>
        }
        .into_any()
    };
    view! {
        <p data-testid="exercise-place" data-place=*place>{sentence}</p>
        <ul class="exercise-order said">{first.iter().enumerate().map(row).collect_view()}</ul>
    }
    .into_any()
}
