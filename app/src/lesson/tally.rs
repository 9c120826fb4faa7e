//! What the class predicted, typed in by the lecturer, beside what the network says.

use std::sync::Arc;

use leptos::prelude::*;

use crate::language::t;
use crate::session::{Answered, Session};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// A change of so little is none, in percentage points: half of the last digit that the page shows of a large probability.
const NONE_BELOW: f32 = 0.05;

/// What a probability can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    More,
    Less,
    Same,
}

/// The courses with their names in the tests.
const COURSES: [(Course, &str); 3] = [(Course::More, "more"), (Course::Less, "less"), (Course::Same, "same")];

impl Course {
    /// What the probability did on the way from the one to the other.
    fn of(before: f32, after: f32) -> Self {
        match 100.0 * (after - before) {
            change if change.abs() < NONE_BELOW => Self::Same,
            change if change > 0.0 => Self::More,
            _ => Self::Less,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::More => t!("More"),
            Self::Less => t!("Less"),
            Self::Same => t!("The same"),
        }
    }
}

/// The question, the votes and the answer.
#[component]
pub fn Tally() -> impl IntoView {
    let session = expect_context::<Session>();
    // The answer about which the class is asked.
    let asked = RwSignal::new(session.answered.get_untracked());
    let votes = COURSES.map(|_| RwSignal::new(0u32));
    let all = move || votes.iter().map(|votes| votes.get()).sum::<u32>();
    let question = move || {
        let asked = asked.get()?;
        let inspected = asked.inspected.as_ref()?;
        Some(t!(
            "{product} has {probability}. What will it have next?",
            product = session.title(inspected.item),
            probability = format::percent(inspected.probability)
        ))
    };
    // Of the product that was asked about, the probability before and now, once that is another answer's.
    let outcome = memo(move || {
        let now = session.answered.scoped().get()?;
        let asked = asked.get().filter(|asked| is_another(asked, &now))?;
        let item = asked.inspected.as_ref()?.item;
        let of = |answer: &Answered| answer.now.probabilities.get(item as usize).copied();
        Some((of(&asked)?, of(&now)?))
    });
    let network = move || match outcome.get() {
        None => t!("Collect the votes. Then change the history, or let another network answer.").to_owned(),
        Some((before, after)) => t!(
            "{network} says {probability}: {points} points.",
            network = untrack(|| session.answering()).name(),
            probability = format::percent(after),
            points = format::points(after - before)
        ),
    };
    let row = move |(place, (course, name)): (usize, (Course, &'static str))| {
        let (votes, label) = (votes[place], course.label());
        let is_so = move || outcome.get().is_some_and(|(before, after)| Course::of(before, after) == course);
        let share = move || 100.0 * f64::from(votes.get()) / f64::from(all().max(1));
        view! {
            <li class="tally-row" class:so=move || is_so() data-testid="tally-row" data-course=name data-so=move || is_so().to_string()>
                <span class="tally-course">{move || if is_so() { "✓ " } else { "" }} {label}</span>
                <input
                    type="number"
                    min="0"
                    inputmode="numeric"
                    aria-label=t!("{label}: votes")
                    prop:value=move || votes.get().to_string()
                    on:input=move |event| votes.set(event_target_value(&event).parse().unwrap_or_default())
                />
                <button type="button" class="tool" aria-label=t!("{label}: one vote more") on:click=move |_| votes.update(|votes| *votes += 1)>
                    "+"
                </button>
                <span class="tally-bar" aria-hidden="true"><i style=move || format!("width:{:.1}%", share())></i></span>
                <span class="numbers">{move || format!("{:.0}%", share())}</span>
            </li>
        }
        .into_any()
    };
    let again = move |_| {
        asked.set(session.answered.get_untracked());
        votes.iter().for_each(|votes| votes.set(0));
    };
    view! {
        <section class="tally" data-testid="tally" aria-label=t!("Votes of the class")>
            <p data-testid="tally-question">{move || question()}</p>
            <ul>{COURSES.into_iter().enumerate().map(row).collect_view()}</ul>
            <p class="tally-network" aria-live="polite" data-testid="tally-network">{move || network()}</p>
            <button type="button" class="button" data-testid="tally-again" on:click=again>{t!("New question")}</button>
        </section>
    }
}

/// Whether the answer is about another history, or another network's.
fn is_another(asked: &Arc<Answered>, now: &Arc<Answered>) -> bool {
    asked.now.network != now.now.network || asked.now.clicks != now.now.clicks
}

#[cfg(test)]
mod tests {
    use super::Course;

    #[test]
    fn what_the_page_shows_as_the_same_number_is_the_same() {
        assert_eq!(Course::of(0.5, 0.51), Course::More);
        assert_eq!(Course::of(0.5, 0.49), Course::Less);
        assert_eq!(Course::of(0.5, 0.5004), Course::Same);
    }
}
