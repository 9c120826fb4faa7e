//! The products that give the largest numbers with a state, by a measure that fits both.

use leptos::prelude::*;
use model::{Config, DienAttention, Evolution, NetworkConfig};

use super::paths::Path;
use crate::explain::layers::product;
use crate::inside::nearest::{cosine, dot, nearest};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// What is computed of a state h' and the query q, or the embedding e, of each product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// The score of an attention that looks at these states.
    Attention,
    /// h'·W·q with the matrix of an attention that looks at the extractor's states.
    Bilinear,
    /// The cosine of the angle between the state and the embedding.
    Cosine,
}

impl Measure {
    fn of(config: &Config) -> Option<Self> {
        let NetworkConfig::Dien(dien) = &config.network else { return None };
        match (&dien.attention, dien.evolution) {
            (DienAttention::Bilinear, Evolution::Gru) => Some(Self::Attention),
            (DienAttention::Bilinear, _) => Some(Self::Bilinear),
            _ if dien.hidden == config.width() => Some(Self::Cosine),
            _ => None,
        }
    }

    /// What the list is, in sentences: only what the network itself compares says anything of its ranking.
    fn words(self) -> &'static str {
        match self {
            Self::Attention => t!("The products with the largest attention score h′·W·q of this state."),
            Self::Bilinear => {
                t!(
                    "The products with the largest h′·W·q. The network itself never computes this, and does not rank by it: its \
                     attention has W between interest states h and q."
                )
            }
            Self::Cosine => {
                t!(
                    "The products whose embedding e has the largest cosine with the state h′. The network itself never computes \
                     this, and does not rank by it."
                )
            }
        }
    }

    /// The products with the highest values for a state h' `[hidden]`, the highest first.
    fn largest(self, scene: &Scene, state: &[f32]) -> Vec<(u32, f32)> {
        match self {
            Self::Attention | Self::Bilinear => {
                let direction = product(scene.model.weights().values("attention.weight"), state);
                nearest(scene, None, |embedding| dot(&direction, embedding))
            }
            Self::Cosine => nearest(scene, None, |embedding| cosine(state, embedding)),
        }
    }
}

/// The products that give the largest numbers with the state of the chosen path at the current step.
#[component]
pub fn Largest(
    /// What is shown.
    scene: Memo<Option<Scene>>,
    /// The paths.
    paths: Memo<Vec<Path>>,
    /// The current step, from 0.
    step: Memo<usize>,
    /// The place of the path whose states are read.
    chosen: RwSignal<usize>,
    /// What was clicked.
    titles: Memo<Vec<String>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // The step under the pointer, else the current one.
    let read =
        memo(move || session.lit.scoped().get().filter(|lit| *lit < titles.with(Vec::len)).unwrap_or(step.get()));
    let measure = memo(move || scene.with(|scene| scene.as_ref().and_then(|scene| Measure::of(scene.model.config()))));
    let largest = memo(move || {
        let state = paths.with(|paths| paths.get(chosen.get()).and_then(|path| path.states.get(read.get()).cloned()));
        scene.with(|scene| match (scene, measure.get(), state) {
            (Some(scene), Some(measure), Some(state)) => measure.largest(scene, &state),
            _ => Vec::new(),
        })
    });
    let heading = move || {
        let step = read.get();
        let of = paths.with(|paths| paths.get(chosen.get()).map(|path| session.title(path.item)).unwrap_or_default());
        titles.with(|titles| {
            t!(
                "Path {path}, {of}: after click {step} on {title}",
                path = chosen.get() + 1,
                step = step + 1,
                title = titles.get(step).cloned().unwrap_or_default()
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
        largest.get().into_iter().map(row).collect_view()
    };
    let words = move || {
        measure.get().map_or(
            t!("No product is compared with a state here: their widths differ, and this network’s attention is not bilinear."),
            Measure::words,
        )
    };
    view! {
        <section class="map-nearest" aria-live="polite">
            <h3>{move || heading()}</h3>
            <p class="quiet">{move || words()}</p>
            <ol data-testid="map-largest">{move || rows()}</ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use model::{Activation, DienConfig, LocalActivationConfig, NetworkKind};

    use super::*;

    #[test]
    fn only_what_the_network_compares_is_called_a_score() {
        let measure = |change: &dyn Fn(&mut DienConfig)| {
            let mut config = NetworkKind::Dien.shipped();
            if let NetworkConfig::Dien(dien) = &mut config.network {
                change(dien);
            }
            Measure::of(&config)
        };
        // A second GRU runs before attention, which looks at its states.
        assert_eq!(measure(&|dien| dien.evolution = Evolution::Gru), Some(Measure::Attention));
        for evolution in [Evolution::Aigru, Evolution::Agru, Evolution::Augru, Evolution::AugruAuthors] {
            assert_eq!(measure(&|dien| dien.evolution = evolution), Some(Measure::Bilinear));
        }
        let unit = DienAttention::LocalActivation(LocalActivationConfig::new([2], Activation::Relu));
        assert_eq!(measure(&|dien| dien.attention = unit.clone()), Some(Measure::Cosine));
        assert_eq!(measure(&|dien| (dien.attention, dien.hidden) = (DienAttention::None, 5)), None);
        assert_eq!(Measure::of(&NetworkKind::Din.shipped()), None);
        for measure in [Measure::Attention, Measure::Bilinear, Measure::Cosine] {
            let is_compared = measure == Measure::Attention;
            assert_eq!(measure.words().contains("never computes"), !is_compared);
            assert_eq!(measure.words().contains("attention score"), is_compared);
        }
    }
}
