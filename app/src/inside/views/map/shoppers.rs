//! The paths of the ready-made shoppers, which lie behind those of the visitor.

use std::sync::Arc;

use leptos::prelude::*;
use shaders::EngineError;

use super::paths::Path;
use crate::inside::ask::{Engines, Source, ask};
use crate::inside::charts::plane::Point;
use crate::session::Session;
use crate::session::answer::projection::Projection;
use crate::session::answer::scene::Scene;
use crate::ui::memo::Memo;
use crate::ui::view::memo;

/// Another shopper's path for the inspected product.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// Name of the shopper.
    pub name: String,
    /// The points of h'_0 = 0 and of h'_t, `[step + 1]`.
    pub points: Vec<Point>,
}

/// Whose paths lie behind those of the visitor.
#[derive(Clone, PartialEq)]
struct Background {
    source: Source,
    projection: Arc<Projection>,
    /// The inspected product.
    item: u32,
    /// Names and products of the ready-made shoppers.
    histories: Vec<(String, Vec<u32>)>,
}

impl Background {
    fn of(session: Session, scene: &Scene) -> Option<Self> {
        let shoppers = session.shop_untracked().shoppers.get_untracked();
        Some(Self {
            source: Source::shown(scene),
            projection: scene.model.projection.clone()?,
            item: scene.inspected()?.item,
            histories: shoppers.iter().map(|shopper| (shopper.name.clone(), shopper.rows(&scene.products))).collect(),
        })
    }

    async fn paths(self, session: Session, engines: &mut Engines) -> Result<Vec<Other>, EngineError> {
        let mut found = Vec::new();
        for (name, history) in self.histories {
            let inspection = engines.inspect(session, &self.source, &history, self.item).await?;
            let path = inspection.and_then(|inspection| Path::of(&inspection, &self.projection));
            found.extend(path.map(|path| Other { name, points: path.points }));
        }
        Ok(found)
    }
}

/// The paths of the ready-made shoppers, for the inspected product, once they are computed. The map is the same without.
pub fn backgrounds(session: Session, scene: Memo<Option<Scene>>) -> Memo<Vec<Other>> {
    let question = memo(move || scene.with(|scene| Background::of(session, scene.as_ref()?)));
    let asked = ask(question, async move |engines: &mut Engines, background: Background| {
        background.paths(session, engines).await
    });
    memo(move || asked.answer.with(|paths| paths.clone().unwrap_or_default()))
}
