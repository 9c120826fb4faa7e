//! What a person sees: the components of Interest Lens, and the session behind them.
#![allow(
    clippy::redundant_closure,
    reason = "in a view, Leptos erases the type of a closure, but not of a variable: see view.rs"
)]

mod article;
mod browser;
mod exercises;
mod explain;
mod export;
mod handle;
mod inside;
mod language;
mod lesson;
mod page;
mod session;
mod ui;
mod your_model;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shaders::Choice;

use crate::browser::address::parameter;
use crate::browser::arrival;
use crate::browser::lazy::Lazy;
use crate::inside::fields::Fields;
use crate::language::choice::{self, Languages};
use crate::language::{Language, t};
use crate::lesson::lecture::Lecture;
use crate::lesson::place::{LecturePlace, Place};
use crate::lesson::tour::Tour;
use crate::page::aids::{Aids, AnswerStrip};
use crate::page::link::Link;
use crate::page::{embed, evolution, header, history, ranking, shop, tabs, welcome};
use crate::session::Session;
use crate::your_model::YourModel;
pub use browser::time_slices::run_in_slices;

/// Mounts the page in the reader's language: at once in English, else when its texts are here. In the article nothing is mounted yet:
/// its figures come one at a time.
pub fn start() {
    if !article::is_here() {
        choice::begin(show);
    }
}

fn show(language: Language, problem: Option<String>) {
    leptos::mount::mount_to_body(move || view! { <App language=language problem=problem /> });
    // What index.html shows until then.
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
}

/// The whole page, and what outlives a change of its language.
#[component]
fn App(
    /// The language whose texts are here.
    language: Language,
    /// Why it is another one than the reader's, in a sentence.
    problem: Option<String>,
) -> impl IntoView {
    let session = Session::new(backend());
    provide_context(session);
    let languages = Languages::new(language, problem);
    provide_context(languages);
    let fields = Fields::new(session);
    provide_context(fields);
    let (tour, lecture) = (Tour::new(), Lecture::new());
    let link = Link::by_address(session, languages, fields, tour, lecture);
    provide_context(link);
    handle::expose(session, link);
    Effect::new(move |kept: Option<bool>| {
        if kept == Some(true) || session.answered.with(Option::is_none) {
            return kept == Some(true);
        }
        arrival::keep_files();
        true
    });
    let yours = YourModel::new(session, Lazy::new(|| Box::pin(your_model::contents())));
    provide_context(yours);
    provide_context(Aids::none());
    spawn_local(yours.start(parameter("model"), parameter("catalogue"), Link::history_asked()));
    if link.is_embedded() {
        // At once: the part of the page that shows an exercise may come after the first answer.
        session.withhold(link.exercise().is_some());
        return embed::page();
    }
    provide_context(tour);
    provide_context(lecture);
    view! {
        {languages.anew(|| view! { <Page /> }.into_any())}
        <p class="visually-hidden" translate="no" aria-live="polite">
            {move || session.summary.get()}
        </p>
        <p class="visually-hidden" aria-live="polite">
            {move || languages.announced.get()}
        </p>
    }
    .into_any()
}

/// All that one sees, in the language of now.
#[component]
fn Page() -> impl IntoView {
    let session: Session = expect_context();
    let link: Link = expect_context();
    view! {
        <nav class="skip" aria-label=t!("Skip links")>
            <a href="#shop">{t!("Skip to the shop")}</a>
            <a href="#history">{t!("Skip to the history")}</a>
            <a href="#ranking">{t!("Skip to the ranking")}</a>
        </nav>
        <header::Header />
        <your_model::Bar />
        <header::Problem />
        <LecturePlace />
        <Place />
        // Where a translator replaces a text, what the page writes there next is lost: what follows the data is left alone, and
        // headings, tabs and sentences that never change are marked to be translated.
        <main translate="no" class:no-evolution=move || session.no_evolution().is_some() class:look-inside=move || link.opened().is_some() hidden=move || link.exercise().is_some()>
            <welcome::Orientation />
            <shop::Shop />
            <history::History />
            <AnswerStrip />
            <tabs::Tabs />
            <tabs::Outside>
                <ranking::Ranking />
                <evolution::Evolution />
            </tabs::Outside>
            <tabs::Inside />
        </main>
        <exercises::Place />
        <your_model::Dialog />
        <your_model::DropZone />
    }
}

/// What the address asks for: `?backend=gpu`, `?backend=cpu`, or neither.
fn backend() -> Choice {
    match parameter("backend").as_deref() {
        Some("gpu") => Choice::Gpu,
        Some("cpu") => Choice::Cpu,
        _ => Choice::Auto,
    }
}

/// Makes a panic visible on the page: after one, nothing there answers any more.
pub fn show_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if shaders::outlives_panic(|| info.to_string()) {
            return;
        }
        let document = document();
        let Ok(notice) = document.create_element("div") else { return };
        // If the page cannot show this either, the console has it.
        let _ = notice.set_attribute("role", "alert");
        let _ = notice.set_attribute("class", "crash");
        notice.set_text_content(Some(&t!(
            "Interest Lens stopped because of an error of its own ({info}). Reload the page to go on."
        )));
        if let Some(body) = document.body() {
            let _ = body.prepend_with_node_1(&notice);
        }
    }));
}
