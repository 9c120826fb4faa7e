//! What the last change of history or network changed in the ranking, in a sentence.

use leptos::prelude::*;

use crate::language::t;
use crate::session::answer::ranks::{Change, Ranks};
use crate::session::shop::clicks::Click;
use crate::session::{Opinion, Session};
use crate::ui::format;

/// Places that count: products further down are not on the page.
const PLACES: usize = 20;

/// What stands in place of the sentence before the first change.
pub fn nothing_yet() -> &'static str {
    t!("Click a product, and this line says what changed.")
}

/// Keeps `changed` up to date.
pub fn follow(session: Session, changed: RwSignal<String>) {
    Effect::new(move || changed.set(sentence(session).unwrap_or_else(|| nothing_yet().to_owned())));
}

/// None before the first change. Reactive.
fn sentence(session: Session) -> Option<String> {
    let risers =
        session.ranks_before.with(|before| session.ranks.with(|now| Some(Risers::of(now, before.as_deref()?))))?;
    let change = risers.in_words(&|item| session.title(item));
    session.answered.with(|answer| {
        let answer = answer.as_ref()?;
        Some(after(session, answer.before.as_ref()?, &answer.now, &change))
    })
}

/// What was done, and what changed by it.
fn after(session: Session, before: &Opinion, now: &Opinion, change: &str) -> String {
    if before.network != now.network {
        let [now, before] = [now, before].map(|opinion| opinion.network.mid_sentence());
        return t!("{now} in place of {before}: {change}.", now = format::capital(now));
    }
    match difference(&before.clicks, &now.clicks) {
        Difference::Added(item) => t!("After {title}: {change}.", title = session.title(item)),
        Difference::Removed(item) => t!("Without {title}: {change}.", title = session.title(item)),
        Difference::Other => t!("With these clicks: {change}."),
    }
}

/// How two histories differ.
#[derive(Debug, PartialEq, Eq)]
enum Difference {
    /// By a click on this product, the newest.
    Added(u32),
    /// By a click on this product that is gone.
    Removed(u32),
    /// By more than one click.
    Other,
}

fn difference(before: &[Click], now: &[Click]) -> Difference {
    if let Some((newest, others)) = now.split_last()
        && others == before
    {
        return Difference::Added(newest.item);
    }
    let place = before.iter().zip(now).take_while(|(before, now)| before == now).count();
    match before.get(place) {
        Some(gone) if before[place + 1..] == now[place..] => Difference::Removed(gone.item),
        _ => Difference::Other,
    }
}

/// The products that rose, of those that are on the page.
#[derive(Debug, Default, PartialEq, Eq)]
struct Risers {
    /// The product that rose most, measured by how many times its place was divided, with the place before and the one now.
    most: Option<(u32, u32, u32)>,
    /// How many there are.
    count: usize,
}

impl Risers {
    fn of(now: &Ranks, before: &Ranks) -> Self {
        let mut risers = Self::default();
        for (&item, place) in now.order().iter().zip(1..).take(PLACES) {
            let Change::Up(places) = now.change(Some(before), item) else { continue };
            risers.count += 1;
            let from = place + places;
            // from / place > most_from / most_place, without a division.
            let is_most = risers.most.is_none_or(|(_, most_from, most_place)| {
                u64::from(from) * u64::from(most_place) > u64::from(most_from) * u64::from(place)
            });
            if is_most {
                risers.most = Some((item, from, place));
            }
        }
        risers
    }

    fn in_words(&self, title: &dyn Fn(u32) -> String) -> String {
        let Some((item, from, to)) = self.most else { return t!("none of the first {places} rose", places = PLACES) };
        let [from, to] = [from, to].map(|place| format::count(place as usize));
        let title = title(item);
        match self.count - 1 {
            0 => t!("{title} rose from place {from} to {to}"),
            others => t!("{title} rose from place {from} to {to}, as did {others} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clicks(keys: &[u32]) -> Vec<Click> {
        keys.iter().map(|&key| Click { key, item: 10 + key }).collect()
    }

    #[test]
    fn one_click_more_or_less_is_named() {
        let differs = |before: &[u32], now: &[u32]| difference(&clicks(before), &clicks(now));
        assert_eq!(differs(&[], &[1]), Difference::Added(11));
        assert_eq!(differs(&[1, 2], &[1, 2, 3]), Difference::Added(13));
        assert_eq!(differs(&[1, 2, 3], &[1, 3]), Difference::Removed(12));
        assert_eq!(differs(&[1, 2, 3], &[1, 2]), Difference::Removed(13));
        assert_eq!(differs(&[1], &[]), Difference::Removed(11));
        for (before, now) in [(&[1, 2][..], &[][..]), (&[1, 2], &[3, 4]), (&[1, 2], &[1, 2]), (&[], &[1, 2])] {
            assert_eq!(differs(before, now), Difference::Other);
        }
    }

    #[test]
    fn the_product_that_rose_most_is_named_with_both_places() {
        // Before: 0, 1, 2, 3. Now: 0, 3, 1, 2.
        let before = Ranks::new(&[0.9, 0.8, 0.7, 0.6], &[]);
        let now = Ranks::new(&[0.9, 0.6, 0.5, 0.7], &[]);
        let risers = Risers::of(&now, &before);
        assert_eq!(risers, Risers { most: Some((3, 4, 2)), count: 1 });
        let title = |item: u32| format!("product {item}");
        assert_eq!(risers.in_words(&title), "product 3 rose from place 4 to 2");
        assert_eq!(Risers::of(&now, &now).in_words(&title), "none of the first 20 rose");
        let reversed = Ranks::new(&[0.6, 0.7, 0.8, 0.9], &[]);
        let words = Risers::of(&reversed, &before).in_words(&title);
        assert_eq!(words, "product 3 rose from place 4 to 1, as did 1 more");
    }

    #[test]
    fn places_far_down_do_not_count() {
        let probabilities = |best: usize| {
            (0..50).map(|item| if item == best { 2.0 } else { 1.0 - item as f32 / 50.0 }).collect::<Vec<_>>()
        };
        let mut now = probabilities(0);
        now.swap(40, 30);
        assert_eq!(Risers::of(&Ranks::new(&now, &[]), &Ranks::new(&probabilities(0), &[])), Risers::default());
    }
}
