//! On a phone, where the ranking is far below the shop: the first place and what changed, in sight until the ranking itself is.

use leptos::prelude::*;

use crate::browser::dom::scroll_to;
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::view::memo;

/// The strip. It leads to the ranking.
pub fn answer_strip(session: Session, changed: RwSignal<String>) -> AnyView {
    let first = memo(move || session.ranks.with(|ranks| ranks.order().first().copied()));
    let title = move || first.get().map(|item| session.title(item));
    let probability = move || {
        let item = first.get()? as usize;
        session.answered.with(|answer| answer.as_ref()?.now.probabilities.get(item).copied().map(format::percent))
    };
    view! {
        <button
            type="button"
            class="answer"
            data-testid="answer"
            title=t!("To the ranking")
            hidden=move || first.get().is_none()
            on:click=|_| scroll_to("ranking")
        >
            <span class="answer-first">
                <span class="answer-number" translate="yes">{t!("1st")}</span>
                <span class="answer-title">{move || title()}</span>
                <strong class="numbers">{move || probability()}</strong>
            </span>
            <span class="answer-changed">{move || changed.get()}</span>
        </button>
    }
    .into_any()
}
