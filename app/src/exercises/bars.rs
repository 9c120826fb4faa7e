//! The attention of each click, to be drawn as bars: by a slider that takes the pointer and the arrow keys, and by buttons.

use leptos::ev::Event;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::judge::{Guess, Judged, Truth};
use super::question::Question;
use super::room::Room;
use super::score::{TOP, shares};
use crate::ui::format;
use crate::ui::icons::{self, Icon};

/// How much higher or lower a bar is after a button.
const STEP: f32 = 10.0;
const MINUS: &str = "M5 12h14";

/// A bar for each click.
pub fn predict(room: Room, question: &Question, guess: RwSignal<Guess>) -> AnyView {
    let row = |(place, &item): (usize, &u32)| {
        let height = move || {
            guess.with(|guess| match guess {
                Guess::Bars(bars) => bars.get(place).copied().unwrap_or_default(),
                _ => 0.0,
            })
        };
        let set = move |to: f32| {
            guess.update(|guess| {
                if let Guess::Bars(bars) = guess
                    && let Some(bar) = bars.get_mut(place)
                {
                    *bar = to.clamp(0.0, TOP as f32);
                }
            });
        };
        let slide = move |event: Event| set(event_target::<HtmlInputElement>(&event).value_as_number() as f32);
        let share = move || {
            let share = guess.with(|guess| match guess {
                Guess::Bars(bars) if guess.is_whole() => shares(bars).get(place).copied(),
                _ => None,
            });
            share.map(|share| format::percent(share as f32))
        };
        let title = room.session.title(item);
        let button = |word: &'static str, path: &'static str, by: f32| {
            view! {
                <button
                    type="button"
                    class="tool"
                    data-testid=format!("exercise-{word}")
                    aria-label=room.say(word, &[("product", title.clone())])
                    on:click=move |_| set(height() + by)
                >
                    <Icon path=path />
                </button>
            }
            .into_any()
        };
        let (less, more) = (button("less", MINUS, -STEP), button("more", icons::PLUS, STEP));
        view! {
            <li data-testid="exercise-bar" data-item=room.session.id(item)>
                <span class="numbers place">{place + 1}</span>
                <span class="title">{title.clone()}</span>
                <span class="numbers share">{move || share()}</span>
                <span class="exercise-slider">
                    {less}
                    <input
                        type="range"
                        min="0"
                        max=TOP
                        step="1"
                        aria-label=title
                        aria-valuetext=move || share().unwrap_or_else(|| "0".to_owned())
                        prop:value=move || height().to_string()
                        on:input=slide
                    />
                    {more}
                </span>
            </li>
        }
        .into_any()
    };
    let rows = question.history.iter().enumerate().map(row).collect_view();
    view! {
        <legend>{room.word("bars_hint")}</legend>
        <ol class="exercise-bars">{rows}</ol>
    }
    .into_any()
}

/// Both bars of each click, one under the other.
pub fn reveal(room: Room, question: &Question, guess: &Guess, judged: &Judged) -> AnyView {
    let (Guess::Bars(drawn), Truth::Bars(weights, truth)) = (guess, &judged.truth) else { return ().into_any() };
    let mine = shares(drawn);
    let most = truth.iter().chain(&mine).copied().fold(f64::MIN_POSITIVE, f64::max);
    let network = question.network.name();
    let names =
        [("network", network.to_owned()), ("share", format::percent(super::score::in_common(&mine, truth) as f32))];
    let sentence = room.say("bars_said", &names);
    let row = |(place, &item): (usize, &u32)| {
        let at = |of: &[f64]| of.get(place).copied().unwrap_or_default();
        let bar = |class: &'static str, who: String, share: f64| {
            view! {
                <span class="gap-row">
                    <span class="quiet who">{who}</span>
                    <span class="gap-bars" aria-hidden="true">
                        <span class=class style=format!("width:{}%", 100.0 * share / most)></span>
                    </span>
                    <span class="numbers">{format::percent(share as f32)}</span>
                </span>
            }
            .into_any()
        };
        let weight = weights.get(place).copied().unwrap_or_default();
        view! {
            <li data-item=room.session.id(item) data-attention=format::exact(weight)>
                <span class="numbers place">{place + 1}</span>
                <span class="title">{room.session.title(item)}</span>
                {bar("own-bar-of-two", room.word("you"), at(&mine))}
                {bar("network-bar", network.to_owned(), at(truth))}
            </li>
        }
        .into_any()
    };
    view! {
        <p>{sentence}</p>
        <ol class="exercise-bars said">{question.history.iter().enumerate().map(row).collect_view()}</ol>
    }
    .into_any()
}
