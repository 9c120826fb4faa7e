//! Views of the network's inside, of which one at a time is open. The page calls [`view`] and nothing else in here.
//!
//! # How a view is written
//!
//! - It reads the session through [`Scene`], which [`scene`] gives: the answer on the page and the network that gave it. That
//!   memo belongs to the view and goes with it. Signals that outlive the view, such as
//!   [`Session::lit`](crate::session::Session), are read through [`Passing`](crate::ui::scoped::Passing).
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
mod nearest;
mod views;

use std::sync::Arc;

use leptos::prelude::*;
use model::Inspection;

use crate::page::tabs::View;
use crate::session::products::Products;
use crate::session::{Answered, Model, Session};
use crate::ui::scoped::Passing;
use crate::ui::view::memo;

/// The view, made anew.
pub fn view(kind: View) -> AnyView {
    let session = expect_context::<Session>();
    provide_context(memo(move || Scene::now(session)));
    match kind {
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

/// What a view shows.
#[derive(Clone)]
pub struct Scene {
    /// The answer on the page.
    pub answer: Arc<Answered>,
    /// The network that gave it.
    pub model: Model,
    /// The products that it knows.
    products: Arc<Products>,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.answer, &other.answer) && Arc::ptr_eq(self.model.weights(), other.model.weights())
    }
}

impl Scene {
    fn now(session: Session) -> Option<Self> {
        let answer = session.answered.passing().get()?;
        let model = session.models[answer.now.network.index()].passing().with(|model| model.ready().cloned())?;
        Some(Self { answer, model, products: session.here().products()? })
    }

    /// The inspected product, with everything that the network computed for it.
    pub fn inspected(&self) -> Option<&Inspection> {
        self.answer.inspected.as_ref()
    }

    /// The rows of an item and of its category in the embedding tables.
    pub fn rows(&self, item: u32) -> (u32, u32) {
        (item, self.products.items().get(item as usize).map_or(0, |product| product.category))
    }

    /// The same of the clicks, oldest first.
    pub fn clicks(&self) -> impl Iterator<Item = (u32, u32)> {
        self.answer.now.clicks.iter().map(|click| self.rows(click.item))
    }
}

/// What the view is to show; none before the first answer.
pub fn scene() -> Memo<Option<Scene>> {
    expect_context()
}
