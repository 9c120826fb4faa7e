//! Which way a probability moves when a click goes or comes.

use leptos::prelude::*;

use super::judge::{Guess, Judged, Truth};
use super::question::Question;
use super::room::Room;
use crate::ui::format;

/// The two ways to choose from.
pub fn predict(room: Room, guess: RwSignal<Guess>) -> AnyView {
    let way = move |up: bool| {
        let (word, mark) = if up { ("up", "▲") } else { ("down", "▼") };
        view! {
            <label class="exercise-choice">
                <input
                    type="radio"
                    name="exercise-way"
                    data-testid=format!("exercise-way-{word}")
                    prop:checked=move || guess.with(|guess| *guess == Guess::Way(Some(up)))
                    on:change=move |_| guess.set(Guess::Way(Some(up)))
                />
                <span><span aria-hidden="true">{mark}</span> " " {room.word(word)}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <legend>{room.word("way_hint")}</legend>
        <div class="exercise-ways">{way(true)} {way(false)}</div>
    }
    .into_any()
}

/// The probability before and after, and whether it moved as predicted.
pub fn reveal(room: Room, question: &Question, guess: &Guess, judged: &Judged) -> AnyView {
    let (Guess::Way(way), Truth::Way([before, after])) = (guess, &judged.truth) else { return ().into_any() };
    let is_right = judged.score > 0.5;
    let names = [
        ("product", room.session.title(question.product().unwrap_or_default())),
        ("before", format::percent(*before)),
        ("after", format::percent(*after)),
        ("points", format::points(after - before)),
    ];
    let sentence = room.say(if is_right { "way_right" } else { "way_wrong" }, &names);
    let says_up = *way == Some(true);
    let bar = |word: &str, probability: f32, is_mine: bool| {
        let label = room.word(word);
        view! {
            <li>
                <span class="title">{label}</span>
                <span class="numbers">{format::percent(probability)}</span>
                <span class="gap-bars" aria-hidden="true">
                    <span class="network-bar" style=format!("width:{}%", 100.0 * probability)></span>
                    // The way that was predicted, from where the probability was.
                    {is_mine
                        .then(|| {
                            view! {
                                <span class="own-way" style=format!("left:{}%", 100.0 * before)>
                                    {if says_up { "▶" } else { "◀" }}
                                </span>
                            }
                                .into_any()
                        })}
                </span>
            </li>
        }
        .into_any()
    };
    let mine = format!("{}: {}", room.word("you"), room.word(if says_up { "up" } else { "down" }));
    view! {
        <p data-testid="exercise-way-said" data-before=format::exact(*before) data-after=format::exact(*after)>{sentence}</p>
        <ul class="exercise-order said">{bar("before", *before, true)} {bar("after", *after, false)}</ul>
        <p class="quiet">{mine}</p>
    }
    .into_any()
}
