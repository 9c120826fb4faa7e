//! What a visitor sees of their own model on the page itself: the button that opens the dialog, and the line that says what is
//! running.

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::describe;
use super::opening::{Opened, YourModel};
use crate::browser::lazy::{Lazy, Making};
use crate::explain::networks::Network;
use crate::language::{self, t};
use crate::session::Session;
use crate::ui::icons::{self, Icon};

/// The button that opens the dialog.
#[component]
pub fn Open() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    view! {
        <button type="button" class="text-tool own-open" data-testid="own-model" on:click=move |_| yours.show()>
            <Icon path=icons::OPEN />
            {t!("Your own model")}
        </button>
    }
}

/// Which model of one's own answers, and the way back.
#[component]
pub fn Bar() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let session = expect_context::<Session>();
    let line = move || {
        let opened = yours.opened.get().filter(|_| session.network.get() == Network::Yours)?;
        let line = Lazy::new(move || Box::pin(line(opened.clone())));
        line.want();
        Some(line.view())
    };
    view! { {move || line()} }
}

/// Where the part of the file `views` that the bar needs begins.
#[wasm_split(views, fallible)]
fn line(opened: Opened) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Line opened=opened /> }.into_any()))
}

/// What the bar says.
#[component]
fn Line(
    /// The visitor's model.
    opened: Opened,
) -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let session = expect_context::<Session>();
    let catalogue = move || {
        session.shop().catalogue.with(|catalogue| {
            catalogue.ready().map(|one| describe::catalogue(one.items().len(), one.categories().len()))
        })
    };
    let assumed = opened.notes.len() + opened.questions.iter().filter(|asked| asked.answer.is_none()).count();
    view! {
        <div class="own-bar" role="region" aria-label=t!("Your model") data-testid="own-model-summary">
            <p translate="no">
                <strong>{opened.file}</strong>
                <span>{opened.summary}</span>
                <span class="numbers">{move || catalogue()}</span>
            </p>
            <p class="own-bar-tools">
                {(assumed > 0)
                    .then(|| {
                        view! {
                            <button type="button" class="link" on:click=move |_| yours.show()>
                                {t!("{count} assumption" | "{count} assumptions", count = assumed)}
                            </button>
                        }
                            .into_any()
                    })}
                {opened.proof.map(|proof| {
                    view! { <span data-testid="own-model-checked">{t!("checked with {proof}", proof = language::said(&proof))}</span> }.into_any()
                })}
                {opened.is_unchecked.then(|| {
                    view! { <span data-testid="own-model-unchecked" translate="yes">{t!("not checked against your library")}</span> }.into_any()
                })}
                <button type="button" class="link" data-testid="own-model-leave" on:click=move |_| yours.leave()>
                    {t!("Back to the demo")}
                </button>
            </p>
        </div>
    }
}
