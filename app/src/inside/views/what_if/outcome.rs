//! What comes of the changed history: the inspected product's probability and place, before and after.

use leptos::prelude::*;

use super::answer::Answer;
use crate::inside::ask::Asked;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::ranks::Ranks;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::scoped::Scoped;
use crate::ui::term::with_terms;
use crate::ui::view::memo;

/// A number before a change, and after it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Change<T> {
    before: T,
    after: T,
}

/// What a changed history does to the inspected product.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    title: String,
    probability: Change<f32>,
    /// Its place in the ranking; none where it is left out.
    place: Change<Option<u32>>,
}

impl Outcome {
    fn of(answer: &Answer, session: Session, hide_clicked: bool) -> Option<Self> {
        let Answer { question, probabilities: after, .. } = answer;
        let page = &question.scene.answer;
        let item = page.inspected.as_ref()?.item;
        let place = |probabilities: &[f32], clicked: &[u32]| {
            Ranks::new(probabilities, if hide_clicked { clicked } else { &[] }).place(item)
        };
        let history: Vec<u32> = page.now.clicks.iter().map(|click| click.item).collect();
        let before = &page.now.probabilities;
        let of = |probabilities: &[f32]| probabilities.get(item as usize).copied();
        Some(Self {
            title: session.title(item),
            probability: Change { before: of(before)?, after: of(after)? },
            place: Change { before: place(before, &history), after: place(after, &question.draft) },
        })
    }
}

/// What comes of the changed history.
#[component]
pub fn Comes(
    /// The answer.
    asked: Asked<Answer>,
    /// Whether the history is changed at all.
    is_changed: Memo<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let outcome = memo(move || {
        let hide_clicked = session.hide_clicked.scoped().get();
        asked.answer.with(|answer| answer.as_ref().and_then(|answer| Outcome::of(answer, session, hide_clicked)))
    });
    let place = |place: Option<u32>| place.map_or_else(|| "–".to_owned(), |place| format::count(place as usize));
    let shown = move |Outcome { title, probability, place: of }: Outcome| {
        let moved = match (of.before, of.after) {
            (Some(before), Some(after)) if after < before => format!("▲{}", format::count((before - after) as usize)),
            (Some(before), Some(after)) if after > before => format!("▼{}", format::count((after - before) as usize)),
            (Some(_), Some(_)) => t!("the same").to_owned(),
            (_, None) => t!("left out: it is in the history").to_owned(),
            (None, _) => t!("new in the ranking").to_owned(),
        };
        view! {
            <p class="quiet">
                {if is_changed.get() {
                    t!("For {title}, with the history changed like this:")
                } else {
                    t!("For {title}, with nothing changed yet:")
                }}
            </p>
            <dl class="figures numbers">
                <div>
                    <dt translate="yes">{t!("click probability")}</dt>
                    <dd data-testid="what-if-probability" data-before=format::exact(probability.before) data-after=format::exact(probability.after)>
                        {format!("{} → {}", format::percent(probability.before), format::percent(probability.after))}
                        <small>{with_terms(&t!("{points} percentage points", points = format::points(probability.after - probability.before)))}</small>
                    </dd>
                </div>
                <div>
                    <dt translate="yes">{t!("place in the ranking")}</dt>
                    <dd data-testid="what-if-place" data-before=place(of.before) data-after=place(of.after)>
                        {format!("{} → {}", place(of.before), place(of.after))} <small>{moved}</small>
                    </dd>
                </div>
            </dl>
        }
        .into_any()
    };
    view! { <div class="what-if-outcome" aria-live="polite">{move || outcome.get().map(shown)}</div> }
}
