//! Which networks notice that the same clicks come in another order.

use leptos::prelude::*;

use super::judge::{Guess, Judged, Truth, notices};
use super::room::Room;
use crate::explain::networks::Network;
use crate::ui::format;

/// A box for each network.
pub fn predict(room: Room, networks: &[Network], guess: RwSignal<Guess>) -> AnyView {
    let one = |(place, network): (usize, &Network)| {
        let says =
            move || guess.with(|guess| matches!(guess, Guess::Notice(notice) if notice.get(place) == Some(&true)));
        let turn = move |_| {
            guess.update(|guess| {
                if let Guess::Notice(notice) = guess
                    && let Some(says) = notice.get_mut(place)
                {
                    *says = !*says;
                }
            });
        };
        view! {
            <label class="exercise-choice">
                <input
                    type="checkbox"
                    data-testid="exercise-notice"
                    data-network=network.id()
                    prop:checked=says
                    on:change=turn
                />
                <span>{network.name()}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <legend>{room.word("notice_hint")}</legend>
        <div class="exercise-ways">{networks.iter().enumerate().map(one).collect_view()}</div>
    }
    .into_any()
}

/// What each network says after both orders, beside what was predicted.
pub fn reveal(room: Room, networks: &[Network], guess: &Guess, judged: &Judged) -> AnyView {
    let (Guess::Notice(notice), Truth::Notice(truth)) = (guess, &judged.truth) else { return ().into_any() };
    let right = truth.iter().zip(notice).filter(|(truth, says)| notices(**truth) == **says).count();
    let sentence = room.say("notice_said", &[("right", right.to_string()), ("count", networks.len().to_string())]);
    let word = |notices: bool| room.word(if notices { "notices" } else { "does_not_notice" });
    let row = |((network, both), says): ((&Network, &[f32; 2]), &bool)| {
        let [before, after] = *both;
        let is_right = notices(*both) == *says;
        view! {
            <tr data-testid="exercise-noticed" data-network=network.id() data-before=format::exact(before) data-after=format::exact(after)>
                <th scope="row">{network.name()}</th>
                <td>{format::percent(before)}</td>
                <td>{format::percent(after)}</td>
                <td>{format::points(after - before)}</td>
                <td>{word(notices(*both))}</td>
                <td>{format!("{} {}", if is_right { "✓" } else { "✗" }, word(*says))}</td>
            </tr>
        }
        .into_any()
    };
    let heads = ["network", "as_clicked", "in_other", "change", "in_truth", "you"];
    view! {
        <p>{sentence}</p>
        <div class="scroll" tabindex="0" role="region" aria-label=room.word("other_order")>
            <table class="numbers">
                <thead>
                    <tr>{heads.map(|head| view! { <th scope="col">{room.word(head)}</th> }.into_any()).collect_view()}</tr>
                </thead>
                <tbody>{networks.iter().zip(truth).zip(notice).map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
