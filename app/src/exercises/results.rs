//! What became of the predictions: a summary to copy, and a message to the page around this one.

use js_sys::{Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::judge::Judged;
use super::question::Kind;
use super::room::{Outcome, Room};
use super::score::above_chance;
use crate::browser::clock::pause;
use crate::explain::networks::Network;

/// How long what became of copying is said, in milliseconds.
const SAID_FOR_MS: i32 = 6000;

/// A score in points of a hundred.
pub fn points(score: f64) -> String {
    format!("{:.0}", 100.0 * score)
}

/// The results so far, and the button that copies them.
#[component]
pub fn Results(
    /// The room.
    room: Room,
) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let copy = move |_| {
        spawn_local(async move {
            let text = room.results.with_untracked(|results| in_lines(room, results));
            let clipboard = window().navigator().clipboard();
            // A page that came by http, or is framed, may have none.
            let is_copied = !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(&text)).await.is_ok();
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
                    on:click=copy
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
    let window = window();
    let Ok(Some(parent)) = window.parent() else { return };
    if Object::is(&parent, &window) {
        return;
    }
    let message = Object::new();
    let fields: [(&str, JsValue); 8] = [
        ("type", "interest-lens.result".into()),
        ("exercise", exercise.into()),
        ("kind", kind.id().into()),
        ("variant", ((variant + 1) as f64).into()),
        ("network", network.id().into()),
        ("score", judged.score.into()),
        ("chance", judged.chance.into()),
        ("aboveChance", above_chance(judged.score, judged.chance).into()),
    ];
    for (name, value) in fields {
        // A plain object takes every property.
        let _ = Reflect::set(&message, &name.into(), &value);
    }
    // Whoever frames the page may know: there is nothing of the visitor in it but the result.
    let _ = parent.post_message(&message, "*");
}
