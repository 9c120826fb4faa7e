//! Whether the order matters: what networks say after the history, and after its reverse.

use leptos::prelude::*;

use super::answer::Answer;
use crate::explain::networks::Network;
use crate::explain::{CONTRAST, explained};
use crate::inside::ask::{Asked, arrival, who_know};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::Scene;
use crate::ui::format;
use crate::ui::memo::Memo;
use crate::ui::view::when;

/// The networks whose answers to the reverse of the history are shown: those that the papers hold side by side, and the one in
/// use.
pub fn readers(session: Session, scene: &Scene) -> Vec<Network> {
    let used = scene.answer.now.network;
    let is_shown = |network: &Network| *network == used || CONTRAST.map(Network::Shipped).contains(network);
    who_know(session, scene).into_iter().filter(is_shown).collect()
}

/// What the networks know of the order, and what they say after the history and after its reverse.
#[component]
pub fn Order(
    /// The answer.
    asked: Asked<Answer>,
    /// Whether the history is to be read in reverse.
    in_reverse: RwSignal<bool>,
    /// The networks that read the history in reverse.
    reading: Memo<Vec<Network>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let rows = move || {
        let reversed =
            asked.answer.with(|answer| answer.as_ref().map(|answer| answer.reversed.clone()).unwrap_or_default());
        let row = |(network, [before, after]): (Network, [f32; 2])| {
            view! {
                <tr data-testid="reversed" data-network=network.id() data-before=format::exact(before) data-after=format::exact(after)>
                    <th scope="row">{network.name()}</th>
                    <td class="numbers">{format::percent(before)}</td>
                    <td class="numbers">{format::percent(after)}</td>
                    <td class="numbers">{format::points(after - before)}</td>
                </tr>
            }
            .into_any()
        };
        reversed.into_iter().map(row).collect_view()
    };
    // Of the networks that the papers hold side by side and of the one in use, where that is another one.
    let knows = move || {
        let used = asked.answer.with(|answer| {
            let network = &answer.as_ref()?.question.scene.model.config().network;
            (!CONTRAST.contains(&network.kind())).then(|| explained(network).order())
        });
        let contrast = CONTRAST.map(|kind| explained(&kind.shipped().network).order());
        contrast.into_iter().chain(used).collect::<Vec<_>>().join(" ")
    };
    view! {
        <section class="order" aria-labelledby="order-title">
            <h3 id="order-title" translate="yes">{t!("Does the order matter?")}</h3>
            <p class="quiet">
                {move || knows()}
            </p>
            <button
                type="button"
                class="button"
                translate="yes"
                data-testid="read-in-reverse"
                aria-pressed=move || in_reverse.get().to_string()
                on:click=move |_| {
                    in_reverse.update(|in_reverse| *in_reverse = !*in_reverse);
                    session.did("reversed");
                }
            >
                {t!("Read the history in reverse")}
            </button>
            {when(
                move || in_reverse.get(),
                move || {
                    view! {
                        <table class="plain-table">
                            <thead>
                                <tr translate="yes">
                                    <th scope="col">{t!("network")}</th>
                                    <th scope="col">{t!("as it is")}</th>
                                    <th scope="col">{t!("in reverse")}</th>
                                    <th scope="col">{t!("change, in percentage points")}</th>
                                </tr>
                            </thead>
                            <tbody>{move || rows()}</tbody>
                        </table>
                        {arrival(session, reading)}
                    }
                        .into_any()
                },
            )}
        </section>
    }
}
