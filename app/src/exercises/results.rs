//! What became of the predictions: a summary to copy, and a message to the page around this one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::judge::Judged;
use super::question::Kind;
use super::room::{Outcome, Room};
use super::score::above_chance;
use crate::browser::clock::pause;
use crate::browser::dom::copy;
use crate::browser::frame;
use crate::browser::js::object;
use crate::explain::networks::Network;

/// How long what became of copying is said, in milliseconds.
const SAID_FOR_MS: i32 = 6000;

/// A score in points of a hundred.
pub fn points(score: f64) -> String {
    let points = format!("{:.0}", 100.0 * score);
    if points == "-0" { "0".to_owned() } else { points.replace('-', "−") }
}

/// The results so far, and the button that copies them.
#[component]
pub fn Results(
    /// The room.
    room: Room,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let on_copy = move |_| {
        spawn_local(async move {
            let text = room.results.with_untracked(|results| in_lines(room, results));
            let is_copied = copy(&text).await;
            said.try_set(room.word(if is_copied { "copied" } else { "not_copied" }));
            pause(SAID_FOR_MS).await;
            said.try_set(String::new());
        });
    };
    let lines = move || {
        room.results.with(|results| {
            if results.is_empty() {
                return view! { <p class="quiet">{room.word("no_results")}</p> }.into_any();
            }
            let line = |outcome: &Outcome| {
                let cells = cells(room, outcome).map(|cell| view! { <td>{cell}</td> }.into_any());
                view! { <tr>{cells.collect_view()}</tr> }.into_any()
            };
            view! {
                <p data-testid="exercise-total">{total(room, results)}</p>
                <div class="scroll">
                    <table class="numbers" data-testid="exercise-results">
                        <tbody>{results.iter().map(line).collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <section class="exercise-results" aria-labelledby="exercise-results-title">
            <h3 id="exercise-results-title">{room.word("results")}</h3>
            {move || lines()}
            <p class="exercise-tools">
                <button
                    type="button"
                    class="button"
                    data-testid="exercise-copy"
                    disabled=move || room.results.with(Vec::is_empty)
                    on:click=on_copy
                >
                    {room.word("copy")}
                </button>
                <span class="quiet" role="status">{move || said.get()}</span>
            </p>
        </section>
    }
}

/// What there is to say of an outcome: which question, which network, how many points.
fn cells(room: Room, outcome: &Outcome) -> [String; 4] {
    let title = room.exercise(outcome.place.0).and_then(|exercise| {
        let question = exercise.variants.get(outcome.place.1)?;
        Some(room.asked(&exercise.id, question).0)
    });
    [
        room.address(outcome.place),
        title.unwrap_or_default(),
        outcome.network.name().to_owned(),
        room.say("by_chance", &[("points", points(outcome.score)), ("chance", points(outcome.chance))]),
    ]
}

/// The mean of all results in a sentence.
fn total(room: Room, results: &[Outcome]) -> String {
    let mean = |of: fn(&Outcome) -> f64| results.iter().map(of).sum::<f64>() / results.len().max(1) as f64;
    let (score, chance) = (mean(|one| one.score), mean(|one| one.chance));
    room.say(
        "total",
        &[
            ("count", results.len().to_string()),
            ("points", points(score)),
            ("chance", points(chance)),
            ("above", points(above_chance(score, chance))),
        ],
    )
}

/// The results as a text of lines.
fn in_lines(room: Room, results: &[Outcome]) -> String {
    let head = format!("Interest Lens · {}", room.word("title"));
    let lines = results.iter().map(|outcome| cells(room, outcome).join("\t"));
    [head].into_iter().chain(lines).chain([total(room, results)]).collect::<Vec<_>>().join("\n")
}

/// Tells the page around this one, if there is one, what became of a prediction.
pub fn post(exercise: &str, kind: Kind, variant: usize, network: Network, judged: &Judged) {
    if let Some(around) = frame::around() {
        let result = object([
            ("type", "interest-lens.result".into()),
            ("exercise", exercise.into()),
            ("kind", kind.id().into()),
            ("variant", JsValue::from((variant + 1) as u32)),
            ("network", network.id().into()),
            ("score", judged.score.into()),
            ("chance", judged.chance.into()),
            ("aboveChance", above_chance(judged.score, judged.chance).into()),
        ]);
        frame::tell(&around, &result);
    }
}
