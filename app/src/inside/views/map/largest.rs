//! The products near to a state, by the measure that the network has for it.

use leptos::prelude::*;
use model::{DienAttention, NetworkConfig};

use super::paths::Path;
use crate::explain::layers::product;
use crate::inside::nearest::{cosine, dot, nearest};
use crate::session::Session;
use crate::session::scene::Scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// What is compared with a state to find the products near to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// The score of the network's attention.
    Attention,
    /// The cosine of the angle between the state and the embedding.
    Cosine,
}

impl Measure {
    fn of(scene: &Scene) -> Option<Self> {
        let config = scene.model.config();
        let NetworkConfig::Dien(dien) = &config.network else { return None };
        match dien.attention {
            DienAttention::Bilinear => Some(Self::Attention),
            _ if dien.hidden == config.width() => Some(Self::Cosine),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Attention => {
                "by the attention score h′·W·q, the measure by which this network compares a state with a product"
            }
            Self::Cosine => "by the cosine of the angle between the state h′ and the product’s embedding e",
        }
    }

    /// The products with the highest values for a state h' `[hidden]`, the highest first.
    fn nearest(self, scene: &Scene, state: &[f32]) -> Vec<(u32, f32)> {
        match self {
            Self::Attention => {
                let direction = product(scene.model.weights().values("attention.weight"), state);
                nearest(scene, None, |embedding| dot(&direction, embedding))
            }
            Self::Cosine => nearest(scene, None, |embedding| cosine(state, embedding)),
        }
    }
}

/// The products near to the state of the chosen path at the current step.
#[component]
pub fn Nearest(
    /// What is shown.
    scene: Memo<Option<Scene>>,
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The current step, from 0.
    step: RwSignal<usize>,
    /// The place of the path whose states are read.
    chosen: RwSignal<usize>,
    /// What was clicked.
    titles: Memo<Vec<String>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // The step under the pointer, else the current one.
    let read =
        memo(move || session.lit.scoped().get().filter(|lit| *lit < titles.with(Vec::len)).unwrap_or(step.get()));
    let measure = memo(move || scene.with(|scene| scene.as_ref().and_then(Measure::of)));
    let nearest = memo(move || {
        let state = paths.with(|paths| paths.get(chosen.get()).and_then(|path| path.states.get(read.get()).cloned()));
        scene.with(|scene| match (scene, measure.get(), state) {
            (Some(scene), Some(measure), Some(state)) => measure.nearest(scene, &state),
            _ => Vec::new(),
        })
    });
    let heading = move || {
        let step = read.get();
        let of = paths.with(|paths| paths.get(chosen.get()).map(|path| session.title(path.item)).unwrap_or_default());
        titles.with(|titles| {
            format!(
                "Path {}, {of}: after click {} on {}",
                chosen.get() + 1,
                step + 1,
                titles.get(step).cloned().unwrap_or_default()
            )
        })
    };
    let rows = move || {
        let row = |(item, value): (u32, f32)| {
            view! {
                <li data-item=session.id(item) data-value=format::exact(value)>
                    <span>{session.title(item)}</span>
                    <span class="numbers">{format::weight(value)}</span>
                </li>
            }
            .into_any()
        };
        nearest.get().into_iter().map(row).collect_view()
    };
    let words = move || {
        match measure.get() {
        Some(measure) => format!("Nearest products, {}:", measure.words()),
        None => "This network has no measure between a state and a product: its attention is a perceptron, and their widths differ."
            .to_owned(),
    }
    };
    view! {
        <section class="map-nearest" aria-live="polite">
            <h3>{move || heading()}</h3>
            <p class="quiet">{move || words()}</p>
            <ol data-testid="map-nearest">{move || rows()}</ol>
        </section>
    }
}
