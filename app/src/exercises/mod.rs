//! Exercises: predict what a network will say, commit, see the gap between both, explain it, and try a variant.
//!
//! An exercise is data: `assets/lesson/exercises.json` has the questions, as states of the page with their parameters, and
//! `exercises.<language>.json` beside it the words. Nothing there is an answer. Those come from the network that is asked once a
//! prediction is committed ([`judge`]), so that a visitor's own model answers, too; for it, questions are [`draw`]n by the rule
//! by which the page's own were found. As long as exercises are open, the page itself shows no answer, and neither does
//! `window.interestLens`.
//!
//! Before they are wanted, this file and [`link`](crate::page::link) are all that there is of them.

mod bars;
mod card;
mod draw;
mod draws;
mod find;
mod judge;
mod notice;
mod order;
mod question;
mod results;
mod room;
mod score;
mod texts;
mod way;
mod whole;
mod why;

#[cfg(test)]
mod tests;

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::lazy::{Lazy, Making};
use crate::language::t;
use crate::page::link::Link;
use crate::session::Session;
use crate::ui::icons::{self, Icon};
use crate::ui::view::memo;

/// The first exercise, in the address.
const FIRST: &str = "1";

/// The button that opens the exercises.
#[component]
pub fn Open() -> impl IntoView {
    let link = expect_context::<Link>();
    view! {
        <button
            type="button"
            class="tool"
            data-testid="open-exercises"
            aria-label=t!("Exercises")
            title=t!("Exercises: predict what a network says")
            on:click=move |_| link.show_exercise(Some(FIRST.to_owned()))
        >
            <Icon path=icons::EXERCISES />
        </button>
    }
}

/// The place of the exercises. As long as the address names one, it is shown, and the page's answers are withheld.
#[component]
pub fn Place(
    /// Whether there is nothing beside the exercise: no way to another one, and none back to the page.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let link = expect_context::<Link>();
    let room = Lazy::new(move || Box::pin(room(alone)));
    let is_shown = memo(move || link.exercise().is_some());
    let show = move |is_shown: bool| {
        session.withhold(is_shown);
        if is_shown {
            room.want();
        }
    };
    // At once, so that no answer is there before.
    show(is_shown.get_untracked());
    Effect::new(move || show(is_shown.get()));
    view! {
        <div class="exercises-place" hidden=move || !is_shown.get()>
            {room.view()}
        </div>
    }
}

/// Where the file `exercises` begins.
#[wasm_split(exercises, fallible)]
fn room(alone: bool) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <whole::Whole alone=alone /> }.into_any()))
}
