//! What helps somebody who sees the page for the first time: words that explain themselves, pictograms of the products, whose
//! history it is, and a sentence on what a click changed. All of it comes after the first answer, in a file of its own.

mod answer_strip;
mod changed;
mod glossary;
mod pictograms;
mod whose;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::answer_strip::answer_strip;
use self::pictograms::Drawing;
use crate::browser::clock::pause;
use crate::browser::lazy::{Lazy, Making};
use crate::browser::time_slices;
use crate::session::Session;

/// What has come of it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Aids {
    /// The drawings; none before they are here.
    pub drawing: RwSignal<Option<Drawing>>,
    /// What the last change of history or network changed in the ranking, in a sentence; before the first, what will stand there.
    pub changed: RwSignal<String>,
    /// Whose history it is, where it begins with that of a ready-made shopper; else empty.
    pub whose: RwSignal<String>,
}

impl Aids {
    /// What is there before anything has come.
    pub fn none() -> Self {
        let changed = RwSignal::new(changed::nothing_yet().to_owned());
        Self { drawing: RwSignal::new(None), changed, whose: RwSignal::default() }
    }
}

/// The strip with the answer for phones, and all other aids with it, once there is an answer. Where they do not arrive, the page goes on
/// without.
#[component]
pub fn AnswerStrip() -> impl IntoView {
    let session = expect_context::<Session>();
    let aids = expect_context::<Aids>();
    let strip = Lazy::new(move || Box::pin(begin(session, aids)));
    Effect::new(move || {
        if session.answered.with(Option::is_none) {
            return;
        }
        spawn_local(async move {
            // The answer shows first.
            pause(0).await;
            while time_slices::is_behind() {
                pause(0).await;
            }
            strip.want();
        });
    });
    view! { <div class="answer-place">{strip.view()}</div> }
}

/// Where the file `aids` begins.
#[wasm_split(aids, fallible)]
fn begin(session: Session, aids: Aids) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || {
        changed::follow(session, aids.changed);
        whose::follow(session, aids.whose);
        glossary::listen();
        pictograms::load(aids.drawing);
        answer_strip(session, aids.changed)
    }))
}
