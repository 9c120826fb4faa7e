//! What the views of the inside show: the answer on the page, with the network that gave it.

use std::sync::Arc;

use leptos::prelude::*;
use model::Inspection;

use super::Answered;
use crate::explain::inputs::Inputs;
use crate::session::shop::products::Products;
use crate::session::{Model, Session};
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;

/// What a view shows.
#[derive(Clone)]
pub struct Scene {
    /// The answer on the page.
    pub answer: Arc<Answered>,
    /// The network that gave the answer.
    pub model: Model,
    /// The products that the network knows.
    pub products: Arc<Products>,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.answer, &other.answer) && Arc::ptr_eq(self.model.weights(), other.model.weights())
    }
}

impl Scene {
    /// What there is to show now; none before the first answer. Reactive.
    pub fn now(session: Session) -> Option<Self> {
        let answer = session.answered.scoped().get()?;
        let model = session.models[answer.now.network.index()].scoped().with(|model| model.ready().cloned())?;
        Some(Self { answer, model, products: session.shop_untracked().products()? })
    }

    /// The inspected product, with everything that the network computed for it.
    pub fn inspected(&self) -> Option<&Inspection> {
        self.answer.inspected.as_ref()
    }

    /// The rows of an item and of its category in the embedding tables.
    pub fn rows(&self, item: u32) -> (u32, u32) {
        (item, self.products.items().get(item as usize).map_or(0, |product| product.category))
    }

    /// What explains the inspected product; none where nothing is inspected.
    pub fn inputs(&self) -> Option<Inputs<'_>> {
        let inspection = self.inspected()?;
        Some(Inputs::new(self.model.weights(), inspection, self.rows(inspection.item), self.clicks()))
    }

    /// The rows of each click in the embedding tables, the oldest first.
    pub fn clicks(&self) -> impl Iterator<Item = (u32, u32)> {
        self.answer.now.clicks.iter().map(|click| self.rows(click.item))
    }
}

/// What the view is to show; none before the first answer.
pub fn scene() -> Memo<Option<Scene>> {
    expect_context()
}
