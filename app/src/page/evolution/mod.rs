//! DIEN's interest evolution: attention, gates and states at every step, and the path that the states take.

mod curves;
mod numbers;
mod path;

use std::sync::Arc;

use leptos::prelude::*;
use model::Inspection;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::curves::Gates;
use self::numbers::{Evolutions, OneEvolution};
use self::path::Map;
use crate::browser::lazy::{Lazy, Making};
use crate::explain::networks::Network;
use crate::inside::inspected::none_left;
use crate::inside::switch_to::switch_to;
use crate::language::t;
use crate::lesson::help::Help;
use crate::session::Session;
use crate::ui::memo::Memo;
use crate::ui::view::{memo, when};

/// The fourth part of the page.
#[component]
pub fn Evolution() -> impl IntoView {
    let session = expect_context::<Session>();
    let evolutions = memo(move || {
        session
            .answered
            .with(|answer| {
                answer.as_ref().map(|answer| {
                    let of =
                        |inspection: &Option<Inspection>| inspection.as_ref().and_then(OneEvolution::of).map(Arc::new);
                    Evolutions {
                        clicks: answer.now.clicks.clone(),
                        inspected: of(&answer.inspected),
                        compared: of(&answer.compared),
                    }
                })
            })
            .unwrap_or_default()
    });
    // What the four parts show changes with the network chosen, not with each answer.
    let stage = memo(move || match session.no_evolution() {
        Some(why) => Stage::NoEvolution(why),
        None if session.answered.with(|answer| answer.as_ref().is_some_and(|answer| answer.inspected.is_none())) => {
            Stage::Nothing(none_left())
        }
        None if evolutions.with(|all| all.inspected.is_none()) => {
            Stage::Nothing(t!("It appears with the first answer."))
        }
        None if evolutions.with(|all| all.clicks.is_empty()) => {
            Stage::Nothing(t!("Without clicks there is no step to show. The interest begins with the first one."))
        }
        None => Stage::Shown,
    });
    view! {
        <section id="evolution" class="evolution" aria-labelledby="evolution-title" tabindex="-1">
            <header class="section-head">
                <h2 id="evolution-title" translate="yes">{t!("Interest evolution")}</h2>
                <Help stop="evolution" />
                {when(
                    move || stage.get() == Stage::Shown,
                    move || view! { <Legend evolutions=evolutions /> }.into_any(),
                )}
            </header>
            {move || match stage.get() {
                Stage::NoEvolution(why) => {
                    view! {
                        <p class="empty">
                            {why}
                            " "
                            {switch_to(session, Network::START)}
                        </p>
                    }
                        .into_any()
                }
                Stage::Nothing(why) => view! { <p class="empty">{why}</p> }.into_any(),
                Stage::Shown => {
                    let parts = Lazy::new(move || Box::pin(parts(evolutions)));
                    parts.want();
                    parts.view()
                }
            }}
        </section>
    }
}

/// Where the file `evolution` begins: a page whose network has no evolution never loads it.
#[wasm_split(evolution, fallible)]
fn parts(evolutions: Memo<Evolutions>) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Parts evolutions=evolutions /> }.into_any()))
}

/// Curves and states over the steps, and the path beside them.
#[component]
fn Parts(
    /// What is shown.
    evolutions: Memo<Evolutions>,
) -> impl IntoView {
    view! {
        <div class="evolution-parts">
            <Gates evolutions=evolutions />
            <Map evolutions=evolutions />
        </div>
    }
}

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// For this reason, which is the network's.
    NoEvolution(&'static str),
    /// For this reason, whatever the network.
    Nothing(&'static str),
    Shown,
}

/// Which colour is which product.
#[component]
fn Legend(
    /// What is shown.
    evolutions: Memo<Evolutions>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = move |class: &'static str, one: Option<Arc<OneEvolution>>| {
        one.map(|one| view! { <span class=class>{session.title(one.item)}</span> }.into_any())
    };
    view! {
        <p class="legend">
            {move || name("key inspected", evolutions.with(|all| all.inspected.clone()))}
            {move || name("key compared", evolutions.with(|all| all.compared.clone()))}
        </p>
    }
}
