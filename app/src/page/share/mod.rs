//! The page's address for somebody else.

mod shared;

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::shared::Shared;
use crate::browser::lazy::{Lazy, Making};
use crate::language::t;
use crate::ui::icons::{self, Icon};

/// The button that copies the address of what the page shows.
#[component]
pub fn Share() -> impl IntoView {
    let asked = RwSignal::new(0u32);
    let shared = Lazy::new(move || Box::pin(shared(asked)));
    let copy = move |_| {
        asked.update(|asked| *asked += 1);
        shared.want();
    };
    view! {
        <button
            type="button"
            class="tool copy-link"
            data-testid="copy-link"
            popovertarget="share"
            popovertargetaction="show"
            aria-label=t!("Copy a link to what the page shows")
            title=t!("Copy a link to what the page shows")
            on:click=copy
        >
            <Icon path=icons::LINK />
        </button>
        <div id="share" class="popover share" popover="auto">
            {shared.view()}
        </div>
    }
}

/// Where the part of the page that copies its address begins.
#[wasm_split(share, fallible)]
fn shared(asked: RwSignal<u32>) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Shared asked=asked /> }.into_any()))
}
