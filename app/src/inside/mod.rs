//! Views of the network's inside, of which one at a time is open. The page calls [`place_of`] and nothing else in here.
//!
//! # How a view is written
//!
//! - It reads the session through [`Scene`], which [`scene`](crate::session::scene::scene) gives: the answer on the page and the network that gave it. That
//!   memo belongs to the view and goes with it. Signals that outlive the view, such as
//!   [`Session::lit`](crate::session::Session), are read through [`Scoped`](crate::ui::scoped::Scoped).
//! - Its root is one [`Frame`](charts::frame::Frame): heading, sentence, the switch to the table, and saving. It gets the chart as its
//!   children, and the same numbers as a [`Table`](charts::table::Table) in a memo, which is computed only when somebody looks at it.
//! - Numbers become colours by a [`Scale`](charts::scale::Scale), with a [`ScaleLegend`](charts::scale::ScaleLegend) beside them.
//!   [`HeatMap`](charts::heat::HeatMap) draws [step, hidden] with it, [`strip`](charts::heat::strip) a vector.
//! - A view about one step of the history walks with a [`Walk`](charts::walk::Walk) and its [`Walker`](charts::walk::Walker).
//! - A view that asks the network more than the page does has engines of its own: [`ask`](ask::ask).
//! - Equations are written in one line, [`math`](crate::explain::math::math) makes MathML of it.
//! - A plane of points is drawn with the helpers of [`plane`](charts::plane); [`zoom`](charts::zoom) moves and zooms in it, and many points are a
//!   [`cloud`](charts::cloud), which the GPU draws where there is one.
//! - Whatever is drawn in the frame is saved as it is on the screen, but what has the attribute `data-passing`: see
//!   [`svg_export`](charts::svg_export).
//!
//! A view is made once, when it is opened: what changes in it is a closure or a memo, as everywhere on the page.

mod ask;
pub mod charts;
pub mod evolving;
mod nearest;
pub mod views;

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::views::View;
use crate::browser::lazy::Lazy;
use crate::session::Session;
use crate::session::scene::Scene;
use crate::ui::view::memo;

/// The place of a view, made anew: it is loaded when it is first wanted.
pub fn place_of(view: View) -> Lazy {
    Lazy::new(move |owner| Box::pin(loaded(owner, view)))
}

/// Where the part of the file `views` that the inside needs begins.
#[wasm_split(views, fallible)]
fn loaded(owner: Owner, view: View) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| made(view)))
}

fn made(view: View) -> AnyView {
    let session = expect_context::<Session>();
    provide_context(memo(move || Scene::now(session)));
    match view {
        View::Model => view! { <views::model::Dataflow /> }.into_any(),
        View::Steps => view! { <views::steps::Steps /> }.into_any(),
        View::WhatIf => view! { <views::what_if::WhatIf /> }.into_any(),
        View::Compare => view! { <views::compare::Compare /> }.into_any(),
        View::Map => view! { <views::map::Map /> }.into_any(),
        View::Auxiliary => view! { <views::next_click::Auxiliary /> }.into_any(),
        View::Embedding => view! { <views::embeddings::Embedding /> }.into_any(),
        View::Shader => view! { <views::shaders::Shader /> }.into_any(),
    }
}
