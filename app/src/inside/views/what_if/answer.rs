//! What the engines are asked about the changed history, and what they say.

use std::sync::Arc;

use leptos::prelude::*;
use shaders::EngineError;

use crate::explain::networks::Network;
use crate::inside::ask::{Engines, Source};
use crate::session::Session;
use crate::session::answer::scene::Scene;

/// The scene, and the inspected product's probabilities without each click of the history in it, `[history]`.
pub type Known = (Scene, Arc<Vec<f32>>);

/// What the engines are asked.
#[derive(Clone, PartialEq)]
pub struct Question {
    /// The answer on the page.
    pub scene: Scene,
    /// Rows of the products in the changed history, oldest first.
    pub draft: Vec<u32>,
    /// The networks that read the history in reverse.
    pub readers: Vec<(Network, Source)>,
}

/// What the engines say of the inspected product.
#[derive(Clone, PartialEq)]
pub struct Answer {
    /// What they were asked.
    pub question: Question,
    /// Click probability of every product after the changed history, `[items]`.
    pub probabilities: Arc<Vec<f32>>,
    /// Click probability of the inspected product without each click of the real history, `[history]`.
    pub without: Arc<Vec<f32>>,
    /// What each reader says of the inspected product after the real history, and after its reverse.
    pub reversed: Vec<(Network, [f32; 2])>,
}

/// What `engines` say; the probabilities without each click are those in `kept`, as long as they are of the same scene.
pub async fn answer(
    session: Session,
    engines: &mut Engines,
    question: Question,
    kept: StoredValue<Option<Known>, LocalStorage>,
) -> Result<Answer, EngineError> {
    let scene = &question.scene;
    let item = scene.inspected().map_or(0, |inspection| inspection.item);
    let source = Source::shown(scene);
    let history: Vec<u32> = scene.clicks().map(|(item, _)| item).collect();
    let known = kept.try_get_value().flatten().filter(|(of, _)| of == scene).map(|(_, without)| without);
    let without = match known {
        Some(without) => without,
        None => {
            let without = Arc::new(engines.leave_one_out(session, &source, &history, item).await?);
            kept.try_set_value(Some((scene.clone(), without.clone())));
            without
        }
    };
    let probabilities = if question.draft == history {
        scene.answer.now.probabilities.clone()
    } else {
        Arc::new(engines.rank(session, &source, &question.draft, &[]).await?.probabilities)
    };
    let mut reversed = Vec::new();
    for (network, reader) in &question.readers {
        let mut history = history.clone();
        let before = engines.inspect(session, reader, &history, item).await?;
        history.reverse();
        let after = engines.inspect(session, reader, &history, item).await?;
        reversed.extend(before.zip(after).map(|(before, after)| (*network, [before.probability, after.probability])));
    }
    Ok(Answer { probabilities, without, reversed, question })
}
