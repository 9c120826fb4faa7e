//! Where the card of the tour comes, and the bar of lecture mode, once somebody asks for them.

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::card::Card;
use super::lecture::Lecture;
use super::lecturing::Lecturing;
use super::tour::Tour;
use crate::browser::lazy::{Lazy, Making};
use crate::ui::view::when;

/// The place of the card: empty while no tour is on.
#[component]
pub fn Place() -> impl IntoView {
    let tour = expect_context::<Tour>();
    when(
        move || tour.stop.with(Option::is_some),
        || {
            let card = Lazy::new(|| Box::pin(card()));
            card.want();
            view! { <div class="lesson">{card.view()}</div> }.into_any()
        },
    )
}

/// The place of the bar: empty while there is no lecture.
#[component]
pub fn LecturePlace() -> impl IntoView {
    let lecture = expect_context::<Lecture>();
    when(
        move || lecture.is_on.get(),
        || {
            let bar = Lazy::new(|| Box::pin(bar()));
            bar.want();
            bar.view()
        },
    )
}

/// Where the part of the file `lesson` that a lecture needs begins.
#[wasm_split(lesson, fallible)]
fn bar() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Lecturing /> }.into_any()))
}

/// Where the part of the file `lesson` that the tour needs begins.
#[wasm_split(lesson, fallible)]
fn card() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Card /> }.into_any()))
}
