//! Why the network says what it says: explanations to choose from, with an answer to each.

use leptos::prelude::*;

use super::room::Room;
use super::texts::Choice;

/// The explanations of an exercise.
#[component]
pub fn Why(
    /// The room.
    room: Room,
    /// The exercise.
    id: String,
) -> impl IntoView {
    let chosen = RwSignal::new(None::<usize>);
    let shown = move || {
        let why = room.whys.with(|whys| whys.as_ref().and_then(|whys| whys.0.get(&id).cloned()))?;
        let replies: Vec<(bool, String)> =
            why.choices.iter().map(|choice| (choice.is_right, choice.reply.clone())).collect();
        let reply = move || {
            let (is_right, reply) = replies.get(chosen.get()?)?.clone();
            let class = if is_right { "reply right" } else { "reply" };
            let mark = if is_right { "✓ " } else { "" };
            Some(view! { <p class=class data-testid="exercise-reply" data-right=is_right.to_string()>{mark} {reply}</p> }.into_any())
        };
        let choices = why.choices.into_iter().enumerate().map(|(place, choice)| one(chosen, place, choice));
        let shown = view! {
            <fieldset class="exercise-why" data-testid="exercise-why">
                <legend>{format!("{} {}", room.word("why"), why.asks)}</legend>
                {choices.collect_view()}
            </fieldset>
            <div role="status">{move || reply()}</div>
        };
        Some(shown.into_any())
    };
    view! { {move || shown()} }
}

/// An explanation to choose.
fn one(chosen: RwSignal<Option<usize>>, place: usize, choice: Choice) -> AnyView {
    view! {
        <label class="exercise-choice">
            <input
                type="radio"
                name="exercise-why"
                data-testid="exercise-choice"
                on:change=move |_| chosen.set(Some(place))
            />
            <span>{choice.text}</span>
        </label>
    }
    .into_any()
}
