//! The page as one view, or one exercise, alone, in a frame of somebody else's page, with which it speaks: `docs/embedding.md` has what both say. All of
//! it comes as a part of its own.

mod foot;
mod height;
mod keys;
mod messages;

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::foot::Foot;
use self::height::Height;
use super::header::Problem;
use super::link::Link;
use super::ranking::Ranking;
use super::tabs::Inside;
use crate::browser::frame;
use crate::browser::lazy::{Lazy, Making};
use crate::exercises;
use crate::language::choice::Languages;
use crate::session::Session;
use crate::ui::view::when;
use crate::your_model::Dialog;

/// The page as one view, or the ranking, alone.
pub fn page() -> AnyView {
    let page = Lazy::new(|| Box::pin(alone()));
    page.want();
    page.view()
}

/// Where the part of the page that a frame needs begins.
#[wasm_split(embed, fallible)]
fn alone() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Alone /> }.into_any()))
}

/// All of the page, and what speaks with the page around, where there is one.
#[component]
fn Alone() -> impl IntoView {
    let session: Session = expect_context();
    let link: Link = expect_context();
    let languages: Languages = expect_context();
    if let Some(around) = frame::around() {
        let height = Height::told(around.clone(), session);
        keys::pass_on(around.clone());
        messages::speak(around, session, link, height);
    }
    languages.anew(|| view! { <Shown /> }.into_any())
}

/// All that one sees, in the language of now.
#[component]
fn Shown() -> impl IntoView {
    let link: Link = expect_context();
    view! {
        <Problem />
        <main translate="no" hidden=move || link.exercise().is_some()>
            {when(move || link.opened().is_none(), || view! { <Ranking /> }.into_any())}
            <Inside />
        </main>
        <exercises::Place alone=true />
        <Foot />
        <Dialog />
    }
}
