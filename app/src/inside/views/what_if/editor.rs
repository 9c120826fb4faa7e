//! The changed history, with the buttons and keys that change it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use shaders::MAX_HISTORY;

use super::answer::Answer;
use super::draft::{Draft, Slot};
use super::outcome::Comes;
use crate::browser::dom::{focus, roving};
use crate::inside::ask::Asked;
use crate::inside::fields::Fields;
use crate::language::t;
use crate::session::Session;
use crate::session::answer::scene::scene;
use crate::session::shop::products::matches;
use crate::ui::memo::Memo;
use crate::ui::view::{Entry, each, memo, when};

/// Products that a search offers.
const OFFERS: usize = 6;

/// The changed history, the buttons that change it, and what comes of it.
#[component]
pub fn Editor(
    /// The changed history.
    draft: Memo<Draft>,
    /// Where a change of the history goes.
    edited: RwSignal<Draft>,
    /// What the engines say of it.
    asked: Asked<Answer>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let scene = scene();
    let chosen = RwSignal::new(None::<u32>);
    let at = memo(move || draft.with(|draft| draft.place(chosen.get())));
    let slot = move || draft.with(|draft| at.get().and_then(|at| draft.slots.get(at).copied()));
    let choose = move |at: usize| {
        let key = draft.with_untracked(|draft| draft.slots.get(at).map(|slot| slot.key));
        chosen.set(key);
        if let Some(key) = key {
            focus(format!("what-if-{key}"));
        }
    };
    expect_context::<Fields>().add(
        "chosen",
        move || at.get().filter(|at| at + 1 != draft.with(|draft| draft.slots.len())).map(|at| (at + 1).to_string()),
        move |text| {
            let at = text.parse::<usize>().ok()?.checked_sub(1)?;
            let slot = draft.with_untracked(|draft| draft.slots.get(at).copied())?;
            chosen.set(Some(slot.key));
            Some(())
        },
    );
    let change = move |change: &dyn Fn(&mut Draft, usize)| {
        let Some(at) = at.get_untracked() else { return };
        let mut draft = draft.get_untracked();
        // The click that is chosen stays so.
        chosen.set(draft.slots.get(at).map(|slot| slot.key));
        change(&mut draft, at);
        edited.set(draft);
    };
    let remove = move || {
        let next = at
            .get_untracked()
            .map_or(0, |at| at.saturating_sub(usize::from(at + 1 == draft.with_untracked(|draft| draft.slots.len()))));
        change(&Draft::remove);
        choose(next);
    };
    let count = move || draft.with(|draft| draft.slots.len());
    let swapping = RwSignal::new(false);
    let search = RwSignal::new(String::new());
    let offers = memo(move || {
        let found = scene.with(|scene| {
            scene.as_ref().map(|scene| search.with(|search| matches(&scene.products, search, None))).unwrap_or_default()
        });
        found.into_iter().take(OFFERS).map(|item| Entry { key: item, item }).collect::<Vec<_>>()
    });
    let is_changed = memo(move || draft.with(Draft::is_changed));
    let on_key = move |event: KeyboardEvent| {
        let Some(place) = at.get_untracked() else { return };
        let last = draft.with_untracked(|draft| draft.slots.len());
        match event.key().as_str() {
            "Delete" | "Backspace" => remove(),
            key => match roving(key, place, last) {
                Some(next) => choose(next),
                None => return,
            },
        }
        event.prevent_default();
    };
    let slots =
        move || draft.with(|draft| draft.slots.iter().map(|slot| Entry { key: slot.key, item: slot.item }).collect());
    let tool = move |id: &'static str, name: &'static str, is_off: Memo<bool>, action: Box<dyn Fn() + Send + Sync>| {
        view! {
            <button
                type="button"
                class="text-tool"
                data-testid=format!("what-if-{id}")
                disabled=move || is_off.get()
                on:click=move |_| action()
            >
                {name}
            </button>
        }
        .into_any()
    };
    let none = memo(move || at.get().is_none());
    let first = memo(move || at.get().is_none_or(|at| at == 0));
    let last = memo(move || at.get().is_none_or(|at| at + 1 == count()));
    let full = memo(move || at.get().is_none() || count() >= MAX_HISTORY);
    let few = memo(move || count() < 2);
    let same = memo(move || !is_changed.get());
    let is_muted = move || slot().is_some_and(|slot| slot.muted);
    let chosen_title = move || slot().map(|slot| session.title(slot.item)).unwrap_or_default();
    view! {
        <div class="what-if">
            {when(move || count() == 0, || view! { <p class="empty" translate="yes">{t!("There is no click left to change.")}</p> }.into_any())}
            <div class="what-if-slots" role="radiogroup" aria-label=t!("Click to change, oldest first") on:keydown=on_key>
                {each(
                    slots,
                    move |place, entry| {
                        let click = memo(move || {
                            draft.with(|draft| draft.slots.iter().find(|slot| slot.key == entry.key).copied())
                        });
                        let is_chosen = memo(move || at.get() == Some(place.get()));
                        view! { <Chip place=place click=click is_chosen=is_chosen choose=Callback::new(choose) /> }.into_any()
                    },
                )}
            </div>
            <div class="what-if-tools" translate="yes" role="group" aria-label=move || t!("Change {title}", title = chosen_title())>
                <button
                    type="button"
                    class="text-tool"
                    data-testid="what-if-mute"
                    aria-pressed=move || is_muted().to_string()
                    disabled=move || none.get()
                    on:click=move |_| {
                        change(&Draft::mute);
                        session.did("muted");
                    }
                >
                    {t!("Mute")}
                </button>
                {tool("remove", t!("Remove"), none, Box::new(remove))}
                <button
                    type="button"
                    class="text-tool"
                    data-testid="what-if-swap"
                    aria-expanded=move || swapping.get().to_string()
                    disabled=move || none.get()
                    on:click=move |_| swapping.update(|swapping| *swapping = !*swapping)
                >
                    {t!("Swap for …")}
                </button>
                {tool("earlier", t!("Earlier"), first, Box::new(move || change(&Draft::move_back)))}
                {tool("later", t!("Later"), last, Box::new(move || change(&|draft, at| draft.move_back(at + 1))))}
                {tool("repeat", t!("Repeat"), full, Box::new(move || change(&Draft::repeat)))}
                <span class="what-if-gap"></span>
                {tool("reverse", t!("Reverse all"), few, Box::new(move || change(&|draft, _| draft.reverse())))}
                {tool("reset", t!("Reset"), same, Box::new(move || edited.set(Draft::default())))}
                {tool("apply", t!("Apply"), same, Box::new(move || session.set_history(&draft.with_untracked(Draft::items))))}
            </div>
            {when(
                move || swapping.get() && count() > 0,
                move || {
                    view! {
                        <div class="what-if-swap">
                            <input
                                type="search"
                                data-testid="what-if-search"
                                placeholder=t!("Search the shop")
                                aria-label=t!("Product to put in its place")
                                prop:value=search
                                on:input=move |event| search.set(event_target_value(&event))
                            />
                            <div role="group" aria-label=t!("Products to put in its place")>
                                {each(
                                    move || offers.get(),
                                    move |_, entry| {
                                        let swap = move |_| {
                                            change(&|draft, at| draft.swap(at, entry.item));
                                            swapping.set(false);
                                            if let Some(at) = at.get_untracked() {
                                                choose(at);
                                            }
                                        };
                                        view! {
                                            <button type="button" class="text-tool" data-testid="what-if-offer" data-item=session.id(entry.item) on:click=swap>
                                                {session.title(entry.item)}
                                            </button>
                                        }
                                            .into_any()
                                    },
                                )}
                            </div>
                        </div>
                    }
                        .into_any()
                },
            )}
            <Comes asked=asked is_changed=is_changed />
        </div>
    }
}

/// A click in the changed history.
#[component]
fn Chip(
    /// The place of the click in it.
    place: ReadSignal<usize>,
    /// The click.
    click: Memo<Option<Slot>>,
    /// Whether it is the one that the buttons change.
    is_chosen: Memo<bool>,
    /// Makes the click at a place the one that the buttons change.
    choose: Callback<usize>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let title = move || click.get().map(|slot| session.title(slot.item)).unwrap_or_default();
    let is_muted = move || click.get().is_some_and(|slot| slot.muted);
    view! {
        <button
            type="button"
            role="radio"
            class="what-if-slot"
            class:muted=is_muted
            class:new=move || click.get().is_some_and(|slot| slot.new)
            id=move || click.get().map(|slot| format!("what-if-{}", slot.key))
            data-testid="what-if-item"
            data-item=move || click.get().map(|slot| session.id(slot.item))
            aria-checked=move || is_chosen.get().to_string()
            tabindex=move || if is_chosen.get() { "0" } else { "-1" }
            title=title
            on:click=move |_| choose.run(place.get_untracked())
        >
            <span class="numbers">{move || place.get() + 1}</span>
            <span class="what-if-title">{title}</span>
            <span class="visually-hidden">{move || if is_muted() { t!(", muted") } else { "" }}</span>
        </button>
    }
}
