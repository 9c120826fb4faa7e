//! What if: the history changed without changing it, and what each click does to the probability beside the attention that it
//! gets.

mod answer;
mod draft;
mod editor;
mod leave_one_out;
mod order;
mod outcome;

use leptos::prelude::*;

use self::answer::{Known, Question, answer};
use self::draft::Draft;
use self::editor::Editor;
use self::leave_one_out::{LeaveOneOut, lines, table};
use self::order::{Order, readers};
use crate::explain::networks::Network;
use crate::inside::ask::{Engines, Source, ask};
use crate::inside::charts::frame::Frame;
use crate::inside::entry::Entry;
use crate::inside::fields::Fields;
use crate::inside::inspected::if_none_left;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::{Scene, scene};
use crate::ui::view::memo;

/// What the page says about the view.
pub fn entry() -> Entry {
    Entry {
        id: "what-if",
        name: t!("What if"),
        title: t!("What if"),
        sentence: t!(
            "What the network would say of the inspected product, had the history been another one. The history stays as it is until you apply the change."
        ),
        missing: |_| None,
    }
}

/// The view, made anew.
pub fn view() -> AnyView {
    view! { <WhatIf /> }.into_any()
}

/// The view.
#[component]
pub fn WhatIf() -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    // Of this draft, what is shown is whether it began with the history of now.
    let edited = RwSignal::new(Draft::default());
    let draft = memo(move || {
        let now =
            scene.with(|scene| scene.as_ref().map(|scene| Draft::of(&scene.answer.now.clicks)).unwrap_or_default());
        edited.with(|edited| if edited.has_base_of(&now) { edited.clone() } else { now })
    });
    let fields: Fields = expect_context();
    fields.add(
        "draft",
        move || draft.with(|draft| draft.is_changed().then(|| draft.text(&|item| session.id(item)))),
        move |text| {
            let read = scene.with_untracked(|scene| {
                let scene = scene.as_ref()?;
                Draft::of(&scene.answer.now.clicks).read(text, &|id| scene.products.row(id))
            })?;
            edited.set(read);
            Some(())
        },
    );
    let in_reverse = RwSignal::new(false);
    fields.add_switch("reverse", "read", in_reverse);
    let reading = memo(move || {
        let readers = |scene: &Option<Scene>| scene.as_ref().map(|scene| readers(session, scene));
        in_reverse.get().then(|| scene.with(readers)).flatten().unwrap_or_default()
    });
    let question = memo(move || {
        let scene = scene.get().filter(|scene| scene.inspected().is_some())?;
        let source = |network: &Network| Some((*network, Source::of(session, &scene, *network)?));
        let readers = reading.with(|reading| reading.iter().filter_map(source).collect());
        Some(Question { draft: draft.with(Draft::items), readers, scene })
    });
    // Without each click it stays the same as long as the real history does.
    let kept = StoredValue::new_local(None::<Known>);
    let asked = ask(question, async move |engines: &mut Engines, question: Question| {
        answer(session, engines, question, kept).await
    });
    let lines = memo(move || {
        asked.answer.with(|answer| answer.as_ref().map(|answer| lines(answer, session)).unwrap_or_default())
    });
    let table = memo(move || lines.with(|lines| table(lines)));
    let controls = view! {
        <Editor draft=draft edited=edited asked=asked />
        {asked.failure()}
        {if_none_left(scene)}
    };
    view! {
        <Frame entry=entry() controls=controls.into_any() table=table>
            <LeaveOneOut lines=lines />
            <Order asked=asked in_reverse=in_reverse reading=reading />
        </Frame>
    }
}
