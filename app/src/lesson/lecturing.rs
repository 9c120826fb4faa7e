//! Lecture mode: what a presenter needs, and the keys of a presenter's remote control.

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::code::code;
use super::lecture::Lecture;
use super::tally::Tally;
use super::tour::{FIRST, Tour};
use crate::browser::dom::show;
use crate::language::t;
use crate::session::Session;
use crate::ui::icons::Close;
use crate::ui::view::{memo, when};

/// What the address says of the lecture, which is not for phones.
const OF_LECTURE: [&str; 2] = ["lecture", "script"];

/// The presenter's bar, keys, code and tally.
#[component]
pub fn Lecturing() -> impl IntoView {
    let session = expect_context::<Session>();
    let tour = expect_context::<Tour>();
    let lecture = expect_context::<Lecture>();
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-lecture", "");
    }
    on_cleanup(|| {
        if let Some(root) = document().document_element() {
            let _ = root.remove_attribute("data-lecture");
        }
    });

    let is_blank = RwSignal::new(false);
    let is_asking = RwSignal::new(false);
    let clicked = RwSignal::new(0usize);
    let script = memo(move || session.shop_untracked().rows(&lecture.script.get()).0);
    Effect::new(move || {
        script.track();
        clicked.set(0);
    });
    let on = move || {
        let (done, next) =
            (clicked.get_untracked(), script.with_untracked(|script| script.get(clicked.get_untracked()).copied()));
        match next {
            Some(item) => {
                session.click(item);
                clicked.set(done + 1);
            }
            None if script.with_untracked(Vec::is_empty) => tour.open(FIRST, "open-tour".to_owned()),
            None => {}
        }
    };
    let back = move || {
        if let Some(before) = clicked.get_untracked().checked_sub(1) {
            session.undo();
            clicked.set(before);
        }
    };

    let dialog = NodeRef::<html::Dialog>::new();
    let shown = RwSignal::new(None::<(i32, String, String)>);
    let show_code = move || {
        shown.set(for_phones().and_then(|address| code(&address).map(|(width, path)| (width, path, address))));
        show(dialog);
    };
    let keys = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        let is_typing = event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|target| {
            target.matches("input:not([type=range], [type=checkbox]), select, textarea").unwrap_or_default()
        });
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        if has_modifier || event.default_prevented() {
            return;
        }
        match event.key().as_str() {
            "PageDown" | "PageUp" | "Escape" if is_blank.get_untracked() => is_blank.set(false),
            // The card of the tour has them.
            "PageDown" | "PageUp" if tour.stop.with_untracked(Option::is_some) => return,
            "PageDown" => on(),
            "PageUp" => back(),
            "b" | "B" | "." if !is_typing => is_blank.update(|is_blank| *is_blank = !*is_blank),
            "q" | "Q" if !is_typing => show_code(),
            "t" | "T" if !is_typing => is_asking.update(|is_asking| *is_asking = !*is_asking),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());

    let step = move || {
        let (click, clicks) = (clicked.get(), script.with(Vec::len));
        (clicks > 0).then(|| t!("Click {click} of {clicks}"))
    };
    view! {
        <section class="lecture-bar" translate="no" data-testid="lecture-bar">
            <p class="numbers" data-testid="lecture-step">{move || step()}</p>
            <button type="button" class="text-tool" data-testid="lecture-tally" aria-pressed=move || is_asking.get().to_string() on:click=move |_| is_asking.update(|is_asking| *is_asking = !*is_asking)>
                {t!("Ask the class (T)")}
            </button>
            <button type="button" class="text-tool" data-testid="lecture-code" on:click=move |_| show_code()>{t!("Code for phones (Q)")}</button>
            <button type="button" class="text-tool" data-testid="lecture-blank" on:click=move |_| is_blank.set(true)>{t!("Blank the screen (B)")}</button>
            <button type="button" class="text-tool" data-testid="lecture-leave" on:click=move |_| lecture.is_on.set(false)>{t!("End lecture mode")}</button>
        </section>
        {when(move || is_asking.get(), || view! { <Tally /> }.into_any())}
        <dialog node_ref=dialog class="lecture-code" aria-labelledby="lecture-scan" data-testid="code">
            <Close />
            <h2 id="lecture-scan">{t!("Open this page on your phone")}</h2>
            {move || shown.get().map(|(width, path, address)| {
                view! {
                    <svg viewBox=format!("0 0 {width} {width}") role="img" aria-label=address.clone() data-address=address.clone()>
                        <rect width=width height=width fill="#fff" />
                        <path d=path fill="#000" shape-rendering="crispEdges" />
                    </svg>
                    <p class="quiet" translate="no">{address}</p>
                }
                .into_any()
            })}
        </dialog>
        {when(
            move || is_blank.get(),
            move || {
                view! {
                    <div class="lecture-blank" role="status" data-testid="blank" on:click=move |_| is_blank.set(false)>
                        <span class="visually-hidden">{t!("The screen is blank. Press B to go on.")}</span>
                    </div>
                }
                    .into_any()
            },
        )}
    }
}

/// The address of what the page shows, without what makes it a lecture.
fn for_phones() -> Option<String> {
    let location = window().location();
    let before = location.href().ok()?.split('#').next()?.to_owned();
    let hash = location.hash().ok()?;
    let parts = hash.trim_start_matches('#').split('&').filter(|part| !part.is_empty());
    let is_for_phones = |part: &&str| !OF_LECTURE.contains(&part.split('=').next().unwrap_or_default());
    Some(format!("{before}#{}", parts.filter(is_for_phones).collect::<Vec<_>>().join("&")))
}
