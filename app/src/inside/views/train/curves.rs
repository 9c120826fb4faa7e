//! Loss and validation GAUC of the trainings, step by step, beside what the floor and the page's own network score.

use leptos::prelude::*;

use super::run::{Gauc, Run};
use crate::language::t;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::term::term;
use crate::ui::view::{memo, when};

/// Points of a line, at most.
const POINTS: usize = 240;
/// Width of the charts' boxes; they are 100 high.
const WIDTH: f32 = 1000.0;
/// Both ends of the axis of GAUC; a half is chance.
const GAUC: [f32; 2] = [0.4, 1.0];

/// What the curves are held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marks {
    /// GAUC of the floor; none before a training has begun.
    pub floor: Option<Gauc>,
    /// Validation GAUC of the page's own network of the kind.
    pub shipped: Option<Gauc>,
}

/// Both charts, and the numbers at their ends.
#[component]
pub fn Curves(
    /// The trainings that are drawn, the newest last.
    runs: Memo<Vec<Run>>,
    /// What they are held against.
    marks: Memo<Marks>,
) -> impl IntoView {
    let steps = memo(move || runs.with(|runs| runs.iter().map(Run::all_steps).max().unwrap_or(0)));
    let lines = memo(move || runs.with(|runs| runs.iter().map(|run| run.loss_line(POINTS)).collect::<Vec<_>>()));
    let ends = memo(move || lines.with(|lines| ends(lines.iter().flatten().map(|(_, loss)| *loss))));
    let x = move |step: usize| WIDTH * step as f32 / steps.get().max(1) as f32;
    let height = |value: f32, [low, high]: [f32; 2]| (100.0 * (high - value) / (high - low)).clamp(0.0, 100.0);
    // The newest is drawn above the others, in the colours of the legend.
    let class = |place: usize, of: usize| if place + 1 == of { "" } else { " other" };
    let loss = move || {
        lines.with(|lines| {
            let count = lines.len();
            let line = |(place, line): (usize, &Vec<(usize, f32)>)| {
                let points = line.iter().map(|(step, loss)| [x(*step), height(*loss, ends.get())]);
                view! { <path class=["line inspected", class(place, count)].concat() d=path(points) /> }.into_any()
            };
            lines.iter().enumerate().map(line).collect_view()
        })
    };
    let gauc = move || {
        runs.with(|runs| {
            let count = runs.len();
            let of_run = |(place, run): (usize, &Run)| {
                let line = |which: usize| {
                    let points = || run.scored.iter().map(|(step, gauc)| [x(*step), height(gauc[which] as f32, GAUC)]);
                    let colour = ["inspected", "compared"][which];
                    let dots: String = points().map(|[x, y]| format!("M{x:.1} {y:.2}h0")).collect();
                    view! {
                        <path class=["line ", colour, class(place, count)].concat() d=path(points()) />
                        <path class=["dots ", colour, class(place, count)].concat() d=dots />
                    }
                    .into_any()
                };
                let own: Vec<[f32; 2]> =
                    run.own.iter().map(|(step, share)| [x(*step), height(*share as f32, GAUC)]).collect();
                let own = view! { <path class=["line own", class(place, count)].concat() d=path(own.into_iter()) /> };
                ([0, 1].map(line).collect_view(), own).into_any()
            };
            runs.iter().enumerate().map(of_run).collect_view()
        })
    };
    let levels = move || {
        let Marks { floor, shipped } = marks.get();
        let level = |class: &'static str, gauc: Option<Gauc>| {
            let line = |which: usize| {
                let y = height(gauc?[which] as f32, GAUC);
                let colour = ["inspected", "compared"][which];
                Some(
                    view! { <path class=["level ", class, " ", colour].concat() d=format!("M0 {y:.2}H{WIDTH}") /> }
                        .into_any(),
                )
            };
            [0, 1].map(line).collect_view()
        };
        [level("shipped", shipped), level("floor", floor)].collect_view()
    };
    view! {
        <div class="charts train-charts">
            <div class="chart train-chart">
                <p class="chart-label">
                    {t!("Loss")} " "
                    <span class="quiet">{t!("of the batches, mean of some steps; lower is better")}</span>
                </p>
                <span class="tick top numbers">{move || format::tick(ends.get()[1])}</span>
                <span class="tick bottom numbers">{move || format::tick(ends.get()[0])}</span>
                <svg viewBox=format!("0 0 {WIDTH} 100") preserveAspectRatio="none" aria-hidden="true">
                    {grid()} {move || loss()}
                </svg>
                <Steps steps=steps />
            </div>
            <div class="chart train-chart">
                <p class="chart-label">
                    {term("auc", t!("Validation GAUC"))} " "
                    <span class="quiet">{t!("a purchase among products not bought; 0.5 is chance")}</span>
                </p>
                <span class="tick top numbers">{format::tick(GAUC[1])}</span>
                <span class="tick bottom numbers">{format::tick(GAUC[0])}</span>
                <svg viewBox=format!("0 0 {WIDTH} 100") preserveAspectRatio="none" aria-hidden="true">
                    {grid()} {move || levels()} {move || gauc()}
                </svg>
                <Steps steps=steps />
            </div>
        </div>
    }
}

/// What stands below a chart: its first and its last step.
#[component]
fn Steps(
    /// Steps of the longest training.
    steps: Memo<usize>,
) -> impl IntoView {
    view! {
        <p class="train-axis quiet numbers">
            <span>{t!("step {step}", step = 0)}</span>
            <span>{move || Some(steps.get()).filter(|steps| *steps > 0).map(|steps| t!("step {step}", step = format::count(steps)))}</span>
        </p>
    }
}

/// Both ends of an axis for these losses, in tenths, so that it seldom changes.
fn ends(losses: impl Iterator<Item = f32>) -> [f32; 2] {
    let [least, most] = losses
        .filter(|loss| loss.is_finite())
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[least, most], loss| [least.min(loss), most.max(loss)]);
    if least > most {
        return [0.0, 1.0];
    }
    let tenths = (10.0 * least).floor();
    [tenths, (10.0 * most).ceil().max(tenths + 1.0)].map(|tenths| tenths / 10.0)
}

/// Lines across at a quarter, a half and three quarters, and at a half of the steps.
fn grid() -> AnyView {
    let lines = ["M0 25H1000", "M0 50H1000", "M0 75H1000", "M500 0V100"];
    lines.map(|line| view! { <path class="grid" d=line /> }.into_any()).collect_view().into_any()
}

/// SVG of a line through points.
fn path(points: impl Iterator<Item = [f32; 2]>) -> String {
    let points: Vec<String> = points.map(|[x, y]| format!("{x:.1} {y:.2}")).collect();
    if points.is_empty() { String::new() } else { format!("M{}", points.join("L")) }
}

/// The scores in numbers, each with what it is.
#[component]
pub fn ScoreTable(
    /// The newest training; none before the first.
    newest: Memo<Option<Run>>,
    /// What it is held against.
    marks: Memo<Marks>,
    /// The name of the page's own network of the kind.
    name: Memo<&'static str>,
) -> impl IntoView {
    let number =
        |gauc: Option<Gauc>, which: usize| gauc.map_or_else(|| "–".to_owned(), |gauc| format!("{:.3}", gauc[which]));
    let gauc = memo(move || newest.with(|newest| newest.as_ref().and_then(Run::gauc)));
    let row = move |which: usize| {
        let (class, label) =
            [("key inspected", t!("uniform negatives")), ("key compared", t!("popular negatives"))][which];
        view! {
            <tr>
                <th scope="row" class=class>{label}</th>
                <td class="numbers">{move || number(gauc.get(), which)}</td>
                <td class="numbers">{move || number(marks.get().floor, which)}</td>
                <td class="numbers">{move || number(marks.get().shipped, which)}</td>
            </tr>
        }
        .into_any()
    };
    // Of fine-tuning: what the network made of the click held out before the first step, and what it makes of it now.
    let own = memo(move || {
        newest.with(|newest| newest.as_ref().and_then(|run| Some((run.own.first()?.1, run.own.last()?.1))))
    });
    let share = |share: f64| format!("{:.1} %", 100.0 * share);
    view! {
        <div class="train-scroll" tabindex="0" role="region" aria-label=t!("Validation GAUC in numbers")>
            <table class="train-table" data-testid="train-scores">
                <thead>
                    <tr>
                        <th scope="col">{t!("Validation GAUC against")}</th>
                        <th scope="col">{t!("this training, last")}</th>
                        <th scope="col" class="floor-key">{t!("popularity alone")}</th>
                        <th scope="col" class="shipped-key">{move || t!("the page’s {name}", name = name.get())}</th>
                    </tr>
                </thead>
                <tbody>{[0, 1].map(row).collect_view()}</tbody>
            </table>
        </div>
        {when(
            move || own.with(Option::is_some),
            move || {
                view! {
                    <p class="train-own numbers" data-testid="tune-own">
                        <span class="key own">{t!("Your last click, held out")}</span>
                        {move || {
                            own.get()
                                .map(|(first, last)| {
                                    t!(
                                        ": of the products that you did not click, {now} rank below it; with the page’s network {before} do.",
                                        now = share(last),
                                        before = share(first)
                                    )
                                })
                        }}
                    </p>
                }
                    .into_any()
            },
        )}
    }
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn the_axis_holds_every_loss_and_is_in_tenths() {
        assert_eq!(ends([].into_iter()), [0.0, 1.0]);
        assert_eq!(ends([0.62, 1.08, f32::NAN].into_iter()), [0.6, 1.1]);
        assert_eq!(ends([0.5].into_iter()), [0.5, 0.6]);
    }
}
