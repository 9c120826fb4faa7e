//! A scatter of points, each with a name.

use leptos::prelude::*;

use crate::language::t;
use crate::ui::format;
use crate::ui::memo::Memo;

/// Width and height of the drawing, in CSS pixels where it has them to itself.
const SIZE: [f32; 2] = [420.0, 300.0];
/// Room for the labels: left, right, top, bottom.
const MARGIN: [f32; 4] = [54.0, 16.0, 26.0, 44.0];

/// What lies along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// The quantity.
    pub label: &'static str,
    /// The unit of the numbers; empty where they have none.
    pub unit: &'static str,
}

impl Axis {
    fn text(self) -> String {
        match self.unit {
            "" => self.label.to_owned(),
            unit => t!("{label}, in {unit}", label = self.label),
        }
    }
}

/// The ends of an axis that holds zero and all `values`.
fn range(values: impl Iterator<Item = f32>) -> [f32; 2] {
    let (least, most) = values.fold((0.0f32, 0.0f32), |(least, most), value| (least.min(value), most.max(value)));
    let end = |size: f32| if size > 0.0 { format::axis_end(size) } else { 0.0 };
    match [-end(-least), end(most)] {
        [0.0, 0.0] => [0.0, 1.0],
        ends => ends,
    }
}

/// Zero, and the ends that are not too near it.
fn ticks([least, most]: [f32; 2]) -> Vec<f32> {
    let is_apart = |end: &f32| *end == 0.0 || end.abs() > 0.08 * (most - least);
    let mut ticks: Vec<f32> = [least, 0.0, most].into_iter().filter(is_apart).collect();
    ticks.dedup();
    ticks
}

/// Points with names in a plane that has both zero lines.
#[component]
pub fn Scatter(
    /// Name, x and y of each point.
    points: Memo<Vec<(String, [f32; 2])>>,
    /// The axis from left to right.
    x: Axis,
    /// The axis from below to above.
    y: Axis,
) -> impl IntoView {
    let [width, height] = SIZE;
    let [left, right, top, bottom] = MARGIN;
    let drawing = move || {
        points.with(|points| {
            let of = |axis: usize| range(points.iter().map(move |(_, point)| point[axis]));
            let (xs, ys) = (of(0), of(1));
            let share = |value: f32, [least, most]: [f32; 2]| (value - least) / (most - least);
            let at = |[x, y]: [f32; 2]| {
                [left + share(x, xs) * (width - left - right), height - bottom - share(y, ys) * (height - top - bottom)]
            };
            let [zero_x, zero_y] = at([0.0, 0.0]);
            let x_ticks = ticks(xs).into_iter().map(|tick| {
                let [at, _] = at([tick, 0.0]);
                view! { <text class="tick" x=at y=height - bottom + 16.0 text-anchor="middle">{format::tick(tick)}</text> }.into_any()
            });
            let y_ticks = ticks(ys).into_iter().map(|tick| {
                let [_, at] = at([0.0, tick]);
                view! { <text class="tick" x=left - 8.0 y=at + 4.0 text-anchor="end">{format::tick(tick)}</text> }.into_any()
            });
            let dots = points.iter().enumerate().map(|(place, (name, point))| {
                let [x, y] = at(*point);
                let near_end = x > width - right - 24.0;
                view! {
                    <g class="dot">
                        <title>{format!("{}. {name}: {}, {}", place + 1, format::weight(point[0]), format::weight(point[1]))}</title>
                        <circle cx=x cy=y r="4.5" />
                        <text
                            x=if near_end { x - 7.0 } else { x + 7.0 }
                            y=y - 4.0
                            text-anchor=if near_end { "end" } else { "start" }
                        >
                            {place + 1}
                        </text>
                    </g>
                }
                .into_any()
            });
            view! {
                <path class="zero" d=format!("M{left} {zero_y}H{}M{zero_x} {top}V{}", width - right, height - bottom) />
                {x_ticks.collect_view()}
                {y_ticks.collect_view()}
                {dots.collect_view()}
            }
            .into_any()
        })
    };
    let spoken = move || {
        t!(
            "{count} point: {x} from left to right, {y} upwards"
                | "{count} points: {x} from left to right, {y} upwards",
            count = points.with(Vec::len),
            x = x.text(),
            y = y.text()
        )
    };
    view! {
        <svg class="scatter" viewBox=format!("0 0 {width} {height}") role="img" aria-label=spoken>
            <text class="axis" x=left y="14">{format!("↑ {}", y.text())}</text>
            <text class="axis" x=width - right y=height - 8.0 text-anchor="end">{format!("{} →", x.text())}</text>
            {move || drawing()}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::{range, ticks};

    #[test]
    fn an_axis_holds_zero_and_every_point() {
        assert_eq!(range([0.2, 0.7].into_iter()), [0.0, 1.0]);
        assert_eq!(range([-0.3, 0.012].into_iter()), [-0.5, 0.02]);
        assert_eq!(range([-4.0].into_iter()), [-5.0, 0.0]);
        assert_eq!(range(std::iter::empty()), [0.0, 1.0]);
        assert_eq!(ticks([0.0, 1.0]), [0.0, 1.0]);
        assert_eq!(ticks([-0.5, 0.02]), [-0.5, 0.0]);
    }
}
