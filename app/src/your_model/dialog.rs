//! What a visitor sees of their own model: the button, the dialog with the files, the place to drop them, and the line that
//! says what is running.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, File, FileList, HtmlInputElement};

use super::guide::Guide;
use super::histories::Histories;
use super::source::{Kind, Source};
use super::{Opening, Own, Refusal};
use crate::explain::networks::Network;
use crate::session::Session;
use crate::ui::format;
use crate::ui::icons::{self, Close, Icon};
use crate::ui::view::when;

/// The button that opens the dialog.
#[component]
pub fn Open() -> impl IntoView {
    let own = expect_context::<Own>();
    view! {
        <button type="button" class="text-tool own-open" data-testid="own-model" on:click=move |_| own.show()>
            <Icon path=icons::OPEN />
            "Your own model"
        </button>
    }
}

/// Which model of one's own answers, and the way back.
#[component]
pub fn Bar() -> impl IntoView {
    let own = expect_context::<Own>();
    let session = expect_context::<Session>();
    let catalogue = move || {
        session
            .shop()
            .catalogue
            .with(|catalogue| catalogue.ready().map(|catalogue| super::describe::catalogue(catalogue)))
    };
    let line = move || {
        let opened = own.opened.get().filter(|_| session.network.get() == Network::OWN)?;
        let notes = opened.notes.len();
        let line = view! {
            <div class="own-bar" role="region" aria-label="Your model" data-testid="own-model-summary">
                <p>
                    <strong>{opened.file}</strong>
                    <span>{opened.summary}</span>
                    <span class="numbers">{move || catalogue()}</span>
                </p>
                <p class="own-bar-tools">
                    {(notes > 0)
                        .then(|| {
                            view! {
                                <button type="button" class="link" on:click=move |_| own.show()>
                                    {format::plural(notes, "assumption", "assumptions")}
                                </button>
                            }
                                .into_any()
                        })}
                    <button type="button" class="link" data-testid="own-model-leave" on:click=move |_| own.leave()>
                        "Back to the demo"
                    </button>
                </p>
            </div>
        };
        Some(line.into_any())
    };
    view! { {move || line()} }
}

/// The dialog.
#[component]
pub fn Dialog() -> impl IntoView {
    let own = expect_context::<Own>();
    view! {
        <dialog node_ref=own.dialog class="about own" aria-labelledby="own-title" data-testid="own-model-dialog">
            <Close />
            <h2 id="own-title">"Your own model"</h2>
            {own.contents.view()}
        </dialog>
    }
}

/// What is in the dialog.
pub fn contents() -> impl IntoView {
    let own = expect_context::<Own>();
    view! {
            <p>
                "Open a DIN or DIEN that you trained, and look inside it: the shop becomes your catalogue, and every number on "
                "the page your model’s. " <strong>"Nothing is uploaded: files are read by this page on your device."</strong>
            </p>
            <ul class="files">
                <FileRow
                    kind=Kind::Model
                    test_id="own-model-file"
                    accept=".safetensors"
                    label="Choose the model"
                    what="a .safetensors file: FuxiCTR’s, DeepCTR-Torch’s, RecBole’s or this project’s"
                    source=own.model
                />
                <FileRow
                    kind=Kind::Catalogue
                    test_id="own-model-catalogue"
                    accept=".csv,text/csv"
                    label="Choose its catalogue"
                    what="a .csv file: id, title, category"
                    source=own.catalogue
                />
            </ul>
            <p class="quiet">
                "Or drop them anywhere on the page, in any order. A model alone is tried with the catalogue that is on the page. "
                "Files of this project’s own come from " <code>"cargo xtask train"</code> " and "
                <code>"cargo xtask import"</code> "."
            </p>
            <Outcome />
            <Histories />
            <Guide />
    }
}

/// One file to choose.
#[component]
fn FileRow(
    /// What it is.
    kind: Kind,
    /// Name of the input in tests.
    test_id: &'static str,
    /// Endings of its name.
    accept: &'static str,
    /// What the button does.
    label: &'static str,
    /// What kind of file it is, in words.
    what: &'static str,
    /// The file, if there is one.
    source: RwSignal<Option<Source>, LocalStorage>,
) -> impl IntoView {
    let own = expect_context::<Own>();
    let name = move || source.with(|source| source.as_ref().map(Source::name));
    let choose = move |event: ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        own.take(files(input.files()), Some(kind));
        // So that the same file can be chosen again, after it was changed.
        input.set_value("");
    };
    view! {
        <li class:chosen=move || name().is_some()>
            <label class="button">
                <input type="file" multiple class="visually-hidden" accept=accept data-testid=test_id on:change=choose />
                {label}
            </label>
            <span class="file-name">{move || name().unwrap_or_else(|| what.to_owned())}</span>
            {move || {
                name()
                    .map(|name| {
                        view! {
                            <button
                                type="button"
                                class="tool"
                                aria-label=format!("Forget {name}")
                                title="Forget this file"
                                on:click=move |_| source.set(None)
                            >
                                <Icon path=icons::CROSS />
                            </button>
                        }
                            .into_any()
                    })
            }}
        </li>
    }
}

/// What became of the files.
#[component]
fn Outcome() -> impl IntoView {
    let own = expect_context::<Own>();
    let opened = move || {
        own.opened.get().map(|opened| {
            let notes = opened.notes;
            view! {
                <div class="outcome good">
                    <p>
                        <strong>{format!("{} is open.", opened.file)}</strong>
                        " "
                        {opened.summary}
                        "."
                    </p>
                    {(!notes.is_empty())
                        .then(|| {
                            let notes = notes.iter().map(|note| view! { <li>{format::sentence(note)}</li> }.into_any());
                            view! {
                                <p>"The file does not say everything. What was assumed:"</p>
                                <ul class="notes" data-testid="own-model-notes">
                                    {notes.collect_view()}
                                </ul>
                            }
                                .into_any()
                        })}
                    <form method="dialog">
                        <button
                            type="submit"
                            class="button"
                            data-testid="own-model-see"
                            on:click=move |_| own.session.switch(Network::OWN)
                        >
                            "See it at work"
                        </button>
                    </form>
                </div>
            }
            .into_any()
        })
    };
    view! {
        <div role="status">
            {move || match own.opening.get() {
                Opening::UnderWay(what) => {
                    view! {
                        <p class="outcome">{format!("{what} …")}</p>
                    }
                        .into_any()
                }
                Opening::Waiting(why) => {
                    view! {
                        <p class="outcome good" data-testid="own-model-waiting">
                            {why}
                        </p>
                    }
                        .into_any()
                }
                Opening::Nothing => opened().into_any(),
                Opening::Failed(_) => ().into_any(),
            }}
        </div>
        {move || match own.opening.get() {
            Opening::Failed(Refusal { why, passing }) => {
                view! {
                    <div class="failure" role="alert" data-testid="own-model-error">
                        <p>
                            {format::sentence(&why)}
                            " "
                            <span class="quiet">
                                {move || format!("Nothing has changed: {} answers as before.", own.session.network.get().mid_sentence())}
                            </span>
                        </p>
                        {passing
                            .then(|| {
                                view! {
                                    <button type="button" data-testid="retry" on:click=move |_| own.open_again()>
                                        "Try again"
                                    </button>
                                }
                                    .into_any()
                            })}
                        <button type="button" on:click=move |_| own.forget_files()>
                            "Start again"
                        </button>
                    </div>
                }
                    .into_any()
            }
            _ => ().into_any(),
        }}
    }
}

/// The whole page takes files that are dropped.
#[component]
pub fn DropZone() -> impl IntoView {
    let own = expect_context::<Own>();
    let over = RwSignal::new(false);
    let enter = move |event: ev::DragEvent| {
        if event.data_transfer().is_some_and(|data| has_files(&data)) {
            event.prevent_default();
            over.set(true);
        }
    };
    let handles = [
        window_event_listener(ev::dragenter, enter),
        // A page takes a drop only where it says so all the time.
        window_event_listener(ev::dragover, enter),
        window_event_listener(ev::dragleave, move |event| {
            // Between elements there is a next one; out of the window there is none.
            if event.related_target().is_none() {
                over.set(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            over.set(false);
            let Some(data) = event.data_transfer().filter(has_files) else { return };
            event.prevent_default();
            own.show();
            own.take(files(data.files()), None);
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! {
        {when(
            move || over.get(),
            || {
                view! {
                    <div class="drop-zone" aria-hidden="true">
                        <p>
                            <strong>"Drop a model (.safetensors), a catalogue or histories (.csv)"</strong>
                            "They are read on your device; nothing is uploaded."
                        </p>
                    </div>
                }
                    .into_any()
            },
        )}
    }
}

fn has_files(data: &DataTransfer) -> bool {
    data.types().includes(&"Files".into(), 0)
}

pub(super) fn files(list: Option<FileList>) -> Vec<File> {
    list.into_iter().flat_map(|list| (0..list.length()).filter_map(move |index| list.get(index))).collect()
}
