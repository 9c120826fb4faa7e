//! Where the card of the tour comes, and the bar of lecture mode, once somebody asks for them.

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::card::Card;
use super::lecture::Lecture;
use super::lecturing::Lecturing;
use super::tour::Tour;
use crate::browser::lazy::Lazy;
use crate::ui::view::when;

/// The place of the card: empty while no tour is on.
#[component]
pub fn Place() -> impl IntoView {
    let tour = expect_context::<Tour>();
    when(
        move || tour.stop.with(Option::is_some),
        || {
            let card = Lazy::new(|owner| Box::pin(card(owner)));
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
            let bar = Lazy::new(|owner| Box::pin(bar(owner)));
            bar.want();
            bar.view()
        },
    )
}

/// Where the part of the file `lesson` that a lecture needs begins.
#[wasm_split(lesson, fallible)]
fn bar(owner: Owner) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Lecturing /> }.into_any()))
}

/// Where the part of the file `lesson` that the tour needs begins.
#[wasm_split(lesson, fallible)]
fn card(owner: Owner) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Card /> }.into_any()))
}
