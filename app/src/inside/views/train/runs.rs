//! The trainings of this visit, side by side.

use leptos::prelude::*;

use super::room::Room;
use super::run::{End, Run};
use crate::language::{self, t};
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::memo;

/// A line a training, the newest first.
#[component]
pub fn Runs(
    /// The page's trainings.
    room: Room,
) -> impl IntoView {
    let numbers =
        memo(move || room.runs.scoped().with(|runs| runs.iter().rev().map(|run| run.number).collect::<Vec<_>>()));
    let line = move |number: usize| {
        let run =
            memo(move || room.runs.scoped().with(|runs| runs.iter().find(|run| run.number == number).map(Shown::of)));
        let of = move |show: fn(&Shown) -> String| move || run.with(|run| run.as_ref().map(show));
        let has_network = move || run.with(|run| run.as_ref().is_some_and(|run| run.has_network));
        let is_drawn = move || run.with(|run| run.as_ref().is_some_and(|run| run.is_drawn));
        let draw = move |event| {
            let is_drawn = event_target_checked(&event);
            room.runs.update(|runs| {
                runs.iter_mut().filter(|run| run.number == number).for_each(|run| run.is_drawn = is_drawn);
            });
        };
        let button = move |name: &'static str, label: String, id: &'static str, act: fn(Room, usize)| {
            view! {
                <button
                    type="button"
                    class="text-tool"
                    data-testid=id
                    aria-label=label
                    disabled=move || !has_network()
                    on:click=move |_| act(room, number)
                >
                    {name}
                </button>
            }
            .into_any()
        };
        view! {
            <tr data-testid="train-run" data-number=number>
                <td class="numbers">{number}</td>
                <th scope="row">{of(|run| run.name.to_owned())}</th>
                <td class="train-words">{of(|run| run.words.clone())}</td>
                <td class="numbers">{of(|run| run.steps.clone())}</td>
                <td class="numbers">{of(|run| run.loss.clone())}</td>
                <td class="numbers">{of(|run| run.gauc[0].clone())}</td>
                <td class="numbers">{of(|run| run.gauc[1].clone())}</td>
                <td class="train-words">{of(|run| run.end.clone())}</td>
                <td>
                    <label>
                        <input type="checkbox" data-testid="train-drawn" prop:checked=is_drawn on:change=draw />
                        <span class="visually-hidden">{t!("Draw the curve of training {number}")}</span>
                    </label>
                </td>
                <td class="train-tools">
                    {button(t!("Use"), t!("Let the network of training {number} answer"), "train-run-use", Room::use_run)}
                    {button(t!("Download"), t!("Download the network of training {number}"), "train-run-download", Room::download)}
                </td>
            </tr>
        }
        .into_any()
    };
    let columns = [
        "#",
        t!("Network"),
        t!("Set otherwise"),
        t!("Steps"),
        t!("Last loss"),
        t!("GAUC, uniform"),
        t!("GAUC, popular"),
        t!("Outcome"),
        t!("Curve"),
        t!("Its network"),
    ];
    view! {
        <h3 class="train-head">{t!("Trainings side by side")}</h3>
        <div class="train-scroll" tabindex="0" role="region" aria-label=t!("Trainings side by side")>
            <table class="train-table" data-testid="train-runs" translate="no">
                <thead>
                    <tr>{columns.map(|name| view! { <th scope="col">{name}</th> }.into_any()).collect_view()}</tr>
                </thead>
                <tbody>{move || numbers.get().into_iter().map(line).collect_view()}</tbody>
            </table>
        </div>
        <p class="quiet">
            {t!(
                "CSV, JSON and JSONL above have every step of the curves that are drawn. To see two of these networks side by side, use one and choose the other in the view “Compare”."
            )}
        </p>
    }
}

/// What a line says.
#[derive(Clone, PartialEq)]
struct Shown {
    name: &'static str,
    words: String,
    steps: String,
    loss: String,
    gauc: [String; 2],
    end: String,
    has_network: bool,
    is_drawn: bool,
}

impl Shown {
    fn of(run: &Run) -> Self {
        let data = run.data.as_ref().map(|data| t!("Your own data {file}", file = language::said(&data.read.file)));
        let differences = run.form.differences().into_iter().map(|(label, value)| format!("{label} {value}"));
        let words: Vec<String> = data.into_iter().chain(differences).collect();
        let gauc = |which: usize| run.gauc().map_or_else(|| "–".to_owned(), |gauc| format!("{:.3}", gauc[which]));
        Self {
            name: run.name(),
            words: if words.is_empty() { t!("as the page’s own").to_owned() } else { words.join("; ") },
            steps: format::count(run.losses.len()),
            loss: run.losses.last().map_or_else(|| "–".to_owned(), |loss| format::weight(*loss)),
            gauc: [0, 1].map(gauc),
            end: match &run.end {
                End::NotYet => t!("under way").to_owned(),
                End::Finished => t!("finished").to_owned(),
                End::Stopped => t!("stopped").to_owned(),
                End::Failed(why) => why.clone(),
            },
            has_network: run.weights.is_some(),
            is_drawn: run.is_drawn,
        }
    }
}
