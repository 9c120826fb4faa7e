//! Views of the network's inside, of which one at a time is open. The page calls [`place_of`] and nothing else in here.
//!
//! # How a view is written
//!
//! - A view reads the session through [`Scene`], which [`scene`](crate::session::answer::scene::scene) gives: the answer on the page
//!   and the network that gave it. That memo belongs to the view and goes with it. Signals that outlive the view, such as
//!   [`Session::lit`](crate::session::Session), are read through [`Scoped`](crate::ui::scoped::Scoped).
//! - The root of a view is one [`Frame`](charts::frame::Frame): heading, sentence, the switch to the table, and saving. It gets
//!   the chart as its children, and the same numbers as a [`Table`](charts::table::Table) in a memo, which is computed only
//!   when somebody looks at it.
//! - Numbers become colours by a [`Scale`](charts::scale::Scale), with a [`ScaleLegend`](charts::scale::ScaleLegend) beside
//!   them. [`HeatMap`](charts::heat::HeatMap) draws `[step, hidden]` with it, [`strip`](charts::heat::strip) a vector.
//! - A view about one step of the history walks with a [`Walk`](charts::walk::Walk) and its [`Walker`](charts::walk::Walker).
//! - A view that asks the network more than the page does has engines of its own: [`ask`](ask::ask).
//! - Equations are written in one line, [`math`](crate::explain::math::math) makes MathML of it.
//! - A plane of points is drawn with the helpers of [`plane`](charts::plane); [`zoom`](charts::zoom) moves and zooms in it, and
//!   many points are a [`cloud`](charts::cloud), which the GPU draws where there is one.
//! - Whatever is drawn in the frame is saved as it is on the screen, but what has the attribute `data-passing`: see
//!   [`svg_export`](charts::svg_export).
//! - What can be set in a view is a field of its address: [`Fields`](fields::Fields).
//! - The view has an [`Entry`](entry::Entry), which says among other things of which networks there is nothing to show, and a
//!   line in the registry of [`views`].
//!
//! A view is made once, when it is opened: what changes in it is a closure or a memo, as everywhere on the page.

pub mod ask;
pub mod charts;
mod entry;
pub mod fields;
pub mod inspected;
mod nearest;
pub mod switch_to;
pub mod views;

use leptos::prelude::*;
use model::NetworkKind;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::charts::frame::Frame;
use self::charts::table::Table;
use self::switch_to::switch_to;
use self::views::View;
use crate::browser::lazy::{Lazy, Making};
use crate::explain::networks::Network;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::view::{either, memo};

/// The place of a view, made anew: it is loaded when it is first wanted.
pub fn place_of(view: View) -> Lazy {
    Lazy::new(move || Box::pin(loaded(view)))
}

/// Where the part of the file `views` that the inside needs begins.
#[wasm_split(views, fallible)]
fn loaded(view: View) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || made(view)))
}

/// The view or, of a network of which it has nothing to show, why, and the way to one of which it has.
fn made(view: View) -> AnyView {
    let session = expect_context::<Session>();
    let scene = memo(move || Scene::now(session));
    provide_context(scene);
    let missing = move |kind: NetworkKind| (view.entry().missing)(kind);
    let why = memo(move || scene.with(|scene| missing(scene.as_ref()?.model.config().network.kind())));
    let other = move || {
        let found = Network::shipped().find(|network| network.kind().is_some_and(|kind| missing(kind).is_none()));
        let table = memo(Table::default);
        view! {
            <Frame entry=view.entry() table=table>
                <p class="empty">{move || why.get()} " " {found.map(|network| switch_to(session, network))}</p>
            </Frame>
        }
        .into_any()
    };
    either(move || why.with(Option::is_none), move || view.made(), other)
}
