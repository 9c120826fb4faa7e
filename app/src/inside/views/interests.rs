//! The interests that lie side by side in one history, which clicks each of them is made of, and which of them the inspected
//! product reads.

use std::sync::Arc;

use leptos::prelude::*;
use model::{ComirecSaTrace, Family, Part, PartSpec};

use crate::explain::card;
use crate::inside::charts::frame::Frame;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::inside::entry::Entry;
use crate::inside::inspected::if_none_left;
use crate::inside::nearest::{cosine, nearest};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::{Scene, scene};
use crate::ui::format;
use crate::ui::view::{memo, when};

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "interests",
        name: t!("Interests"),
        title: t!("Interests side by side"),
        sentence: t!(
            "A network with several interests sorts the clicks into them before it sees a product. Each click is filled by the interests that it is in, and each interest is named by products whose embeddings point its way."
        ),
        missing: |kind| {
            let one = || {
                t!(
                    "{name} makes one interest of all clicks, so there is nothing to sort them into.",
                    name = card(kind).name
                )
            };
            (kind.family() != Family::MultiInterest).then(one)
        },
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <Interests /> }.into_any()
}

/// Products by which an interest is named.
const NAMES: usize = 2;
/// Colours and marks there are; the interests after the last begin anew.
const COLOURS: usize = 5;
/// The least share of a click that is written down in it.
const WRITTEN: f32 = 0.15;

/// One interest.
#[derive(Debug, Clone, PartialEq)]
struct Interest {
    /// v_k, `[H]`.
    vector: Vec<f32>,
    /// The products of the largest cosine with it, the largest first.
    nearest: Vec<u32>,
    /// c_k, how much the inspected product reads of it.
    choice: f32,
}

/// One click.
#[derive(Debug, Clone, PartialEq)]
struct Click {
    item: u32,
    /// A_kj of every interest.
    attention: Vec<f32>,
    /// α_j, how much of the click is in what the inspected product reads.
    weight: f32,
}

impl Click {
    /// How much of the click's part in all interests is in each.
    fn shares(&self) -> Vec<f32> {
        let all: f32 = self.attention.iter().sum();
        self.attention.iter().map(|attention| attention / all.max(f32::MIN_POSITIVE)).collect()
    }
}

/// The history in interests.
#[derive(Debug, Clone, PartialEq, Default)]
struct Sorted {
    interests: Vec<Interest>,
    clicks: Vec<Click>,
}

impl Sorted {
    /// None where the network keeps no interests side by side.
    fn of(scene: &Scene) -> Option<Self> {
        let trace = &scene.inspected()?.trace;
        let part = |spec: PartSpec| trace.part(spec.name).map(Part::values);
        let attention = part(ComirecSaTrace::INTEREST_ATTENTION)?;
        let (choice, vectors) = (part(ComirecSaTrace::CHOICE)?, part(ComirecSaTrace::INTERESTS)?);
        let (count, steps) = (choice.len(), trace.attention().len());
        let interest = |(k, vector): (usize, &[f32])| {
            let near = nearest(scene, None, |product| cosine(vector, product));
            Interest {
                vector: vector.to_vec(),
                nearest: near.into_iter().take(NAMES).map(|(item, _)| item).collect(),
                choice: choice[k],
            }
        };
        let click = |(j, (item, _)): (usize, (u32, u32))| Click {
            item,
            attention: (0..count).map(|k| attention[k * steps + j]).collect(),
            weight: trace.attention()[j],
        };
        let width = (vectors.len() / count.max(1)).max(1);
        Some(Self {
            interests: vectors.chunks(width).enumerate().map(interest).collect(),
            clicks: scene.clicks().take(steps).enumerate().map(click).collect(),
        })
    }
}

/// The view.
#[component]
fn Interests() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let sorted = memo(move || scene.with(|scene| scene.as_ref().and_then(Sorted::of).map(Arc::new)));
    let is_shown = memo(move || sorted.with(|sorted| sorted.as_ref().is_some_and(|sorted| !sorted.clicks.is_empty())));
    let table =
        memo(move || sorted.with(|sorted| sorted.as_ref().map(|sorted| table(session, sorted)).unwrap_or_default()));
    view! {
        <Frame entry=entry() table=table>
            {if_none_left(scene)}
            {when(
                move || !is_shown.get() && scene.with(|scene| scene.as_ref().is_some_and(|scene| scene.inspected().is_some())),
                move || view! { <p class="empty" translate="yes">{t!("Without clicks there are no interests. Click a product.")}</p> }.into_any(),
            )}
            {when(
                move || is_shown.get(),
                move || {
                    view! {
                        {move || sorted.get().map(|sorted| interests(session, &sorted))}
                        {move || sorted.get().map(|sorted| clicks(session, &sorted))}
                        {move || sorted.get().map(|sorted| alike(&sorted))}
                    }
                        .into_any()
                },
            )}
        </Frame>
    }
}

/// The class that gives an interest its colour.
fn colour(k: usize) -> String {
    format!("interest-{}", k % COLOURS + 1)
}

/// A line an interest: its number, the products that name it, and how much the inspected product reads of it.
fn interests(session: Session, sorted: &Sorted) -> AnyView {
    let line = |(k, interest): (usize, &Interest)| {
        let names: Vec<String> = interest.nearest.iter().map(|item| session.title(*item)).collect();
        view! {
            <li class=colour(k) data-testid="interest-line" data-choice=format::exact(interest.choice)>
                <span class="interest-mark numbers">{k + 1}</span>
                <span class="interest-names">{names.join(" · ")}</span>
                <span class="interest-choice">
                    <i style=format!("width:{:.2}%", 100.0 * interest.choice)></i>
                </span>
                <span class="numbers">{format::percent(interest.choice)}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <p class="chart-label" translate="yes">
            {t!("Interests")} " "
            <span class="quiet">
                {t!("by the products whose embeddings have the largest cosine with them, and how much of each the inspected product reads")}
            </span>
        </p>
        <ol class="interest-list" data-testid="interest-list">{sorted.interests.iter().enumerate().map(line).collect_view()}</ol>
    }
    .into_any()
}

/// A tile a click, filled by the interests in proportion to its part in them.
fn clicks(session: Session, sorted: &Sorted) -> AnyView {
    let tile = |(j, click): (usize, &Click)| {
        let share = |(k, share): (usize, f32)| {
            let text = if share >= WRITTEN { (k + 1).to_string() } else { String::new() };
            view! { <i class=colour(k) style=format!("height:{:.2}%", 100.0 * share) data-share=format::exact(share)>{text}</i> }
                .into_any()
        };
        let shares = click.shares();
        let words: Vec<String> = shares
            .iter()
            .enumerate()
            .map(|(k, share)| t!("interest {place} {share}", place = k + 1, share = format::percent(*share)))
            .collect();
        let title = session.title(click.item);
        let label = t!(
            "Click {place}: {title}; {shares}; weight for the inspected product {weight}",
            place = j + 1,
            shares = words.join(", "),
            weight = format::weight(click.weight)
        );
        view! {
            <li title=label.clone() aria-label=label data-item=session.id(click.item)>
                <span class="interest-tile" aria-hidden="true">{shares.into_iter().enumerate().map(share).collect_view()}</span>
                <span class="interest-weight numbers" aria-hidden="true">{format::weight(click.weight)}</span>
                <span class="interest-title" aria-hidden="true">{title}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <p class="chart-label" translate="yes">
            {t!("Clicks, oldest first")} " "
            <span class="quiet">{t!("shares of the interests in each; below, its weight for the inspected product")}</span>
        </p>
        <div class="interest-scroll" tabindex="0" role="region" aria-label=t!("Clicks and their interests")>
            <ol class="interest-clicks" data-testid="interest-clicks">{sorted.clicks.iter().enumerate().map(tile).collect_view()}</ol>
        </div>
    }
    .into_any()
}

/// The cosine of each pair of interests; nothing where there is one alone.
fn alike(sorted: &Sorted) -> AnyView {
    if sorted.interests.len() < 2 {
        return ().into_any();
    }
    let pairs = (0..sorted.interests.len()).flat_map(|a| (a + 1..sorted.interests.len()).map(move |b| (a, b)));
    let pair = |(a, b): (usize, usize)| {
        let alike = cosine(&sorted.interests[a].vector, &sorted.interests[b].vector);
        view! {
            <li>
                <span class="quiet">{t!("{one} and {other}", one = a + 1, other = b + 1)}</span>
                " "
                <span class="numbers" data-cosine=format::exact(alike)>{format::weight(alike)}</span>
            </li>
        }
        .into_any()
    };
    view! {
        <p class="chart-label" translate="yes">
            {t!("How alike the interests are")} " " <span class="quiet">{t!("cosine of their vectors: 1 is the same direction")}</span>
        </p>
        <ul class="interest-pairs" data-testid="interest-pairs">{pairs.map(pair).collect_view()}</ul>
    }
    .into_any()
}

/// A row for each interest of each click.
fn table(session: Session, sorted: &Sorted) -> Table {
    let columns = [
        t!("click j"),
        t!("product"),
        "id",
        t!("interest k"),
        t!("attention A_kj"),
        t!("share of the click"),
        t!("choice c_k"),
        t!("weight α_j"),
    ];
    let rows = sorted.clicks.iter().enumerate().flat_map(|(j, click)| {
        let each = click.attention.iter().zip(click.shares()).zip(&sorted.interests).enumerate();
        each.map(move |(k, ((attention, share), interest))| {
            vec![
                Cell::Count(j + 1),
                Cell::Text(session.title(click.item)),
                Cell::Text(session.id(click.item)),
                Cell::Count(k + 1),
                Cell::Number(*attention),
                Cell::Number(share),
                Cell::Number(interest.choice),
                Cell::Number(click.weight),
            ]
        })
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_click_add_up_to_one_whatever_its_part_is() {
        let click = Click { item: 0, attention: vec![0.1, 0.3, 0.0], weight: 0.2 };
        let shares = click.shares();
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((shares[1] - 0.75).abs() < 1e-6 && shares[2] == 0.0);
        let nobody = Click { item: 0, attention: vec![0.0; 3], weight: 0.0 };
        assert_eq!(nobody.shares(), [0.0; 3]);
    }
}
