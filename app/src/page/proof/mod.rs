//! "Prove it": what the page shows, computed once more by the other implementation, stage by stage; and how far each
//! implementation is from independent ones.

mod comparison;
mod report;
mod verified;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use self::comparison::{Report, Second, asked, compare};
use self::report::Lines;
use self::verified::verified;
use crate::browser::clock::pause;
use crate::browser::dom::show;
use crate::browser::lazy::{Lazy, Making};
use crate::export::Download;
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::icons::Close;
use crate::ui::json_file::JsonFile;

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
    let contents = Lazy::new(move || Box::pin(contents(open)));
    let show = move |_| {
        show(dialog);
        open.set(true);
        contents.want();
    };
    view! {
        <button type="button" class="link" data-testid="prove-it" on:click=show>
            {t!("Prove it")}
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
            <h2 id="proof-title">{t!("Prove it")}</h2>
            {contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
fn contents(open: RwSignal<bool>) -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Contents open=open /> }.into_any()))
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
    Effect::new(move || {
        if !open.get() {
            second.set_value(None);
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
            view! { <p class="outcome">{t!("Compiling and running the stages on the other side …")}</p> }.into_any()
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
                {t!(
                    "Every stage of the networks is written twice for this page: as a WebGPU compute shader, and in Rust for the \
                     processor. This lets the other one compute what you see, the present history and the inspected product, and \
                     compares what both keep on the way, stage by stage, and the click probability of every product."
                )}
            </p>
            <p>
                <button
                    type="button"
                    class="button"
                    data-testid="prove-it-check"
                    disabled=move || check.get() == Check::UnderWay || session.busy.get() || now().is_none()
                    on:click=run
                >
                    {t!("Check now")}
                </button>
            </p>
            <div role="status" translate="no">{move || outcome()}</div>
            <Download />
            <h3>{t!("Against independent implementations")}</h3>
            <JsonFile file="assets/verify.json" show=verified />
    }
}
