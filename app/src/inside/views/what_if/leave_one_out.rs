//! Leave one out: what each click does to the probability, beside the attention that it gets.

use leptos::prelude::*;

use super::answer::Answer;
use crate::inside::charts::rank_correlation::correlation;
use crate::inside::charts::scatter::{Axis, Scatter};
use crate::inside::charts::table::{Cell, Column, Table};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::term::{term, with_terms};
use crate::ui::view::{memo, when};

/// A click of the real history, for the inspected product.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    title: String,
    /// The weight that attention gives the click.
    attention: f32,
    /// Click probability of the product without the click.
    without: f32,
    /// How much higher the probability is with the click.
    delta: f32,
}

/// A line for each click, the oldest first; none where no product is inspected.
pub fn lines(answer: &Answer, session: Session) -> Vec<Line> {
    let Answer { question, without, .. } = answer;
    let page = &question.scene.answer;
    let Some(inspected) = &page.inspected else { return Vec::new() };
    let clicks = page.now.clicks.iter().zip(inspected.trace.attention()).zip(without.iter());
    clicks
        .map(|((click, &attention), &without)| {
            let delta = inspected.probability - without;
            Line { title: session.title(click.item), attention, without, delta }
        })
        .collect()
}

/// A row for each click.
pub fn table(lines: &[Line]) -> Table {
    let columns = [t!("step"), t!("click"), t!("attention"), t!("p without the click"), t!("p with − p without")]
        .map(Column::new)
        .into();
    let row = |(at, line): (usize, &Line)| {
        let numbers = [line.attention, line.without, line.delta].map(Cell::Number);
        [Cell::Count(at + 1), Cell::Text(line.title.clone())].into_iter().chain(numbers).collect()
    };
    Table { columns, rows: lines.iter().enumerate().map(row).collect() }
}

/// Every click with the attention that it gets and what leaving it out does, as a list and as a scatter.
#[component]
pub fn LeaveOneOut(
    /// The clicks.
    lines: Memo<Vec<Line>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    on_cleanup(move || session.lit.set(None));
    let list = move || {
        let lines = lines.get();
        let greatest = |of: fn(&Line) -> f32| lines.iter().map(|line| of(line).abs()).fold(f32::MIN_POSITIVE, f32::max);
        let (most_attention, most_delta) = (greatest(|line| line.attention), greatest(|line| line.delta));
        let row = move |(at, line): (usize, Line)| {
            let (attention, delta) = (line.attention / most_attention, line.delta / most_delta);
            view! {
                <li class="left-out" on:pointerenter=move |_| session.lit.set(Some(at)) on:pointerleave=move |_| session.lit.set(None)>
                    <span class="numbers quiet">{at + 1}</span>
                    <span class="left-out-title" title=line.title.clone()>{line.title.clone()}</span>
                    <span class="left-out-bar" class:negative=attention < 0.0>
                        <i style=format!("width:{}%", attention.abs() * 100.0)></i>
                    </span>
                    <span class="numbers" data-testid="what-if-attention" data-attention=format::exact(line.attention)>
                        {format::weight(line.attention)}
                    </span>
                    <span class="left-out-bar two-sided" class:negative=delta < 0.0>
                        <i style=format!("width:{}%", delta.abs() * 50.0)></i>
                    </span>
                    <span
                        class="numbers"
                        data-testid="leave-one-out"
                        data-delta=format::exact(line.delta)
                        title=t!("{probability} without it, a difference of {delta}", probability = format::percent(line.without), delta = format::exact(line.delta))
                    >
                        {format::points(line.delta)}
                    </span>
                </li>
            }
            .into_any()
        };
        lines.clone().into_iter().enumerate().map(row).collect_view()
    };
    let r = memo(move || {
        lines.with(|lines| {
            let of = |number: fn(&Line) -> f32| lines.iter().map(number).collect::<Vec<f32>>();
            correlation(&of(|line| line.attention), &of(|line| line.delta))
        })
    });
    let says = move || match (lines.with(Vec::len), r.get()) {
        (0 | 1, _) => t!("Two clicks and more can be compared.").to_owned(),
        (_, None) => t!("There is no correlation: one of the two is the same for every click.").to_owned(),
        (count, Some(r)) => {
            t!(
                "Correlation r = {r} over {count} click." | "Correlation r = {r} over {count} clicks.",
                r = format::weight(r as f32),
                count = count
            )
        }
    };
    let scene = scene();
    let label =
        move || scene.with(|scene| scene.as_ref().map(|scene| scene.model.attention_label()).unwrap_or_default());
    let points_of = memo(move || {
        lines.with(|lines| {
            lines.iter().map(|line| (line.title.clone(), [line.attention, line.delta * 100.0])).collect::<Vec<_>>()
        })
    });
    view! {
        <section class="leave-one-out" aria-labelledby="leave-one-out-title">
            <h3 id="leave-one-out-title" translate="yes">{t!("Leave one out, beside attention")}</h3>
            <p class="quiet" translate="yes">
                {t!(
                    "Attention is not attribution. It says how much of a click is read, not how much the answer rests on it: a click \
                     that is read a lot may change little, and one that is hardly read may turn the answer. What one click changes is \
                     seen where it is left out: the probability with it less the probability without it. Two clicks that stand in for \
                     each other change little, each alone, though the answer may rest on both."
                )}
            </p>
            {when(
                move || scene.with(|scene| scene.as_ref().is_some_and(|scene| scene.clicks().next().is_none())),
                || view! { <p class="empty" translate="yes">{t!("Without clicks there is nothing to leave out.")}</p> }.into_any(),
            )}
            {when(
                move || lines.with(|lines| !lines.is_empty()),
                move || {
                    view! {
                        <div class="left-outs">
                            <div>
                                <p class="left-out left-out-head quiet">
                                    <span class="left-out-click" translate="yes">{t!("click")}</span>
                                    <span class="left-out-attention">{move || with_terms(label())}</span>
                                    <span class="left-out-delta" translate="yes">
                                        {t!(
                                            "<p>p</p> with − p without, in <points>percentage points</points>",
                                            p = |words| term("click-probability", words),
                                            points = |words| term("points", words)
                                        )}
                                    </span>
                                </p>
                                <ol aria-label=t!("Clicks, with attention and the difference that each makes")>{move || list()}</ol>
                            </div>
                            <figure>
                                <Scatter
                                    points=points_of
                                    x=Axis { label: t!("attention"), unit: "" }
                                    y=Axis { label: t!("p with − p without"), unit: t!("percentage points") }
                                />
                                <figcaption data-testid="correlation" data-r=move || r.get().map(|r| r.to_string())>
                                    {move || says()}
                                </figcaption>
                            </figure>
                        </div>
                    }
                        .into_any()
                },
            )}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_click() {
        let line = Line { title: "lamp".to_owned(), attention: 0.5, without: 0.25, delta: -0.125 };
        let table = table(&[line.clone(), line]);
        let row = [
            Cell::Count(2),
            Cell::Text("lamp".to_owned()),
            Cell::Number(0.5),
            Cell::Number(0.25),
            Cell::Number(-0.125),
        ];
        assert_eq!(table.rows[1], row);
        assert_eq!(table.columns.len(), row.len());
    }
}
