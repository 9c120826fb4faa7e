//! "Prove it": what the page shows, computed once more by the other implementation, stage by stage; and how far each
//! implementation is from independent ones.

mod comparison;
mod report;
mod verified;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::browser::Parsed;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::comparison::{Report, Second, asked, compare};
use self::report::Lines;
use self::verified::Verified;
use crate::browser::clock::pause;
use crate::browser::dom::show;
use crate::browser::lazy::Lazy;
use crate::browser::load::{NO_LIMIT, Transfer, fetch};
use crate::session::Session;
use crate::ui::format;
use crate::ui::icons::Close;
use crate::ui::progress::Failure;

#[derive(Debug, Clone, PartialEq)]
enum Check {
    Never,
    UnderWay,
    Done(Arc<Report>),
    Failed(String),
}

/// The button and the panel.
#[component]
pub fn Proof() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let open = RwSignal::new(false);
    let contents = Lazy::new(move |owner| Box::pin(contents(owner, open)));
    let show = move |_| {
        show(dialog);
        open.set(true);
        contents.want();
    };
    view! {
        <button type="button" class="link" data-testid="prove-it" on:click=show>
            "Prove it"
        </button>
        <dialog
            node_ref=dialog
            class="about own proof"
            translate="yes"
            aria-labelledby="proof-title"
            data-testid="prove-it-dialog"
            on:close=move |_| open.set(false)
        >
            <Close />
            <h2 id="proof-title">"Prove it"</h2>
            {contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
fn contents(owner: Owner, open: RwSignal<bool>) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Contents open=open /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents(
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let check = RwSignal::new(Check::Never);
    let second = StoredValue::new_local(None::<Second>);
    let table = RwSignal::new(Transfer::<String>::START);
    let load_table = move || {
        spawn_local(async move {
            table.set(match fetch("assets/verify.json", NO_LIMIT, &|_, _| ()).await {
                Ok(bytes) => match String::from_utf8(bytes).ok().filter(|text| Parsed::new(text).is_some()) {
                    Some(text) => Transfer::Ready(text),
                    None => Transfer::Failed("assets/verify.json is no JSON".to_owned()),
                },
                Err(error) => Transfer::Failed(error.to_string()),
            });
        });
    };
    Effect::new(move || {
        if !open.get() {
            second.set_value(None);
        } else if table.with_untracked(|table| table.ready().is_none()) {
            load_table();
        }
    });
    let run = move |_| {
        if check.with_untracked(|check| *check == Check::UnderWay) {
            return;
        }
        check.set(Check::UnderWay);
        spawn_local(async move {
            pause(0).await;
            let kept = second.try_update_value(Option::take).flatten();
            let (result, engine) = compare(session, kept).await;
            check.set(result.map_or_else(Check::Failed, |report| Check::Done(report.into())));
            // Closed meanwhile, the panel needs no engine any more.
            if open.get_untracked() {
                second.set_value(engine);
            }
        });
    };
    let now = move || session.answered.with(|answer| answer.as_deref().and_then(|answer| asked(session, answer)));
    let outcome = move || match check.get() {
        Check::Never => ().into_any(),
        Check::UnderWay => {
            view! { <p class="outcome">"Compiling and running the stages on the other side …"</p> }.into_any()
        }
        Check::Failed(why) => view! {
            <div class="failure" role="alert" data-testid="prove-it-error">
                <p>{format::sentence(&why)}</p>
            </div>
        }
        .into_any(),
        Check::Done(report) => {
            let old = {
                let asked = report.asked.clone();
                move || now().as_ref() != Some(&asked)
            };
            view! { <Lines report=report old=Signal::derive(old) /> }.into_any()
        }
    };
    view! {
            <p>
                "Every stage of the networks is written twice for this page: as a WebGPU compute shader, and in Rust for the "
                "processor. This lets the other one compute what you see, the present history and the inspected product, and "
                "compares what both keep on the way, stage by stage, and the click probability of every product."
            </p>
            <p>
                <button
                    type="button"
                    class="button"
                    data-testid="prove-it-check"
                    disabled=move || check.get() == Check::UnderWay || session.busy.get() || now().is_none()
                    on:click=run
                >
                    "Check now"
                </button>
            </p>
            <div role="status" translate="no">{move || outcome()}</div>
            <h3>"Against independent implementations"</h3>
            {move || match table.get() {
                Transfer::UnderWay { .. } => view! { <p class="quiet">"Loading the table …"</p> }.into_any(),
                Transfer::Failed(why) => view! { <Failure why=why retry=Box::new(load_table) /> }.into_any(),
                Transfer::Ready(table) => view! { <Verified table=table /> }.into_any(),
            }}
    }
}
