//! What a comparison gave, line by line.

use std::sync::Arc;

use leptos::prelude::*;

use super::comparison::{Line, Report};
use crate::language::t;
use crate::ui::format;
use crate::ui::view::when;

/// The comparison.
#[component]
pub fn Lines(
    /// The comparison.
    report: Arc<Report>,
    /// Whether the page shows something else by now.
    old: Signal<bool>,
) -> impl IntoView {
    let count: usize = report.lines.iter().map(|line| line.count).sum();
    let wrong = report.lines.iter().filter(|line| !line.holds()).count();
    let verdict = match wrong {
        0 => t!("All {numbers} numbers agree.", numbers = format::count(count)),
        wrong => t!("{wrong} of {all} stages differ by more than is allowed.", all = report.lines.len()),
    };
    let row = |line: &Line| {
        let Line { stage, count, difference, at: [gpu, cpu], tolerance } = line.clone();
        let shown = |value: f32| if count == 0 { "–".to_owned() } else { format!("{value:.6}").replace('-', "−") };
        view! {
            <tr class:wrong=!line.holds() data-difference=format::exact(difference) data-count=count>
                <th scope="row">{stage}</th>
                <td title=format::exact(difference)>{format::difference(difference)}</td>
                <td>{format::difference(tolerance)}</td>
                <td>{if line.holds() { "✓" } else { t!("✗ differs") }}</td>
                <td>{format::count(count)}</td>
                <td title=format::exact(gpu)>{shown(gpu)}</td>
                <td title=format::exact(cpu)>{shown(cpu)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <div class="outcome" class:good=wrong == 0>
            <p>
                <strong>{verdict}</strong>
                " "
                {report.title.clone()}
            </p>
            {when(
                move || old.get(),
                || {
                    view! {
                        <p translate="yes" data-testid="prove-it-old">
                            {t!("These numbers belong to an older answer: the page shows another history, product or network by now.")}
                        </p>
                    }
                        .into_any()
                },
            )}
        </div>
        <p class="quiet">
            {t!(
                "GPU: WGSL on {adapter}. CPU: Rust, compiled to WebAssembly with 128-bit SIMD. Beside each stage, the pair of numbers \
                 that differs most.",
                adapter = report.adapter
            )}
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label=t!("GPU and CPU, stage by stage")>
            <table class="numbers" data-testid="prove-it-table">
                <thead>
                    <tr>
                        {[t!("Stage"), t!("Largest difference"), t!("Allowed"), "", t!("Numbers"), "GPU", "CPU"]
                            .map(|title| view! { <th scope="col">{title}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{report.lines.iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
