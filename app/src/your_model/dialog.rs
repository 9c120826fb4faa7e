//! The dialog of a visitor's own model: its files, and what became of them.

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::file_row::FileRow;
use super::guide::GuideText;
use super::opening::{Answered, Opening, YourModel};
use super::predictions::Predictions;
use super::reader::Question;
use super::refusal::Refusal;
use super::source::Kind;
use super::users::Users;
use crate::explain::networks::Network;
use crate::ui::format;
use crate::ui::icons::Close;
use crate::ui::progress::NewVersion;

/// The dialog.
#[component]
pub fn Dialog() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    view! {
        <dialog node_ref=yours.dialog class="about own" aria-labelledby="own-title" data-testid="own-model-dialog">
            <Close />
            <h2 id="own-title">"Your own model"</h2>
            {yours.contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
pub fn contents(owner: Owner) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Contents /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    view! {
            <p>
                "Open a DIN, a DIEN or another of the networks here that you trained, and look inside it: the shop becomes your "
                "catalogue, and ranking, history and views show your model’s numbers. " <strong>"Nothing is uploaded: files are read by this page on your device."</strong>
            </p>
            <ul class="files">
                <FileRow
                    kind=Kind::Model
                    test_id="own-model-file"
                    accept=""
                    label="Choose the model"
                    what="PyTorch’s .pt, .pth, .ckpt …, .safetensors, .npz, .h5: FuxiCTR’s, DeepCTR-Torch’s, RecBole’s, DeepCTR’s or this project’s"
                    source=yours.model
                />
                <FileRow
                    kind=Kind::Catalogue
                    test_id="own-model-catalogue"
                    accept=".csv,text/csv"
                    label="Choose its catalogue"
                    what="a .csv file: id, title, category"
                    source=yours.catalogue
                />
            </ul>
            <p class="quiet">
                "Or drop them anywhere on the page, in any order. A model alone is tried with the catalogue that is on the page. "
                "Files of this project’s own come from " <code translate="no">"cargo xtask train"</code> " and "
                <code translate="no">"cargo xtask import"</code> "."
            </p>
            <Outcome />
            <Predictions />
            <Users />
            <GuideText guide=yours.guide />
    }
}

/// What became of the files.
#[component]
fn Outcome() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let opened = move || {
        yours.opened.get().map(|opened| {
            let notes = opened.notes;
            view! {
                <div class="outcome good">
                    <p>
                        <strong>{format!("{} is open.", opened.file)}</strong>
                        " "
                        {opened.summary}
                        "."
                    </p>
                    {opened
                        .proof
                        .map(|proof| {
                            view! { <p data-testid="own-model-proof">{proved(&proof, &opened.settled)}</p> }.into_any()
                        })}
                    {(!notes.is_empty())
                        .then(|| {
                            let notes = notes.iter().map(|note| view! { <li>{format::sentence(note)}</li> }.into_any());
                            view! {
                                <p translate="yes">"What was assumed:"</p>
                                <ul class="notes" data-testid="own-model-notes">
                                    {notes.collect_view()}
                                </ul>
                            }
                                .into_any()
                        })}
                    {(!opened.questions.is_empty()).then(|| questions(yours, opened.questions))}
                    {(!opened.context.is_empty()).then(|| user(yours, opened.context))}
                    <form method="dialog">
                        <button
                            type="submit"
                            class="button"
                            translate="yes"
                            data-testid="own-model-see"
                            on:click=move |_| yours.session.switch(Network::Yours)
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
        // What follows the files is left alone by translators: what they replace, the page could not change again.
        <div role="status" translate="no">
            {move || match yours.opening.get() {
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
        {move || match yours.opening.get() {
            Opening::Failed(Refusal { why, may_pass }) => {
                view! {
                    <div class="failure" translate="no" role="alert" data-testid="own-model-error">
                        <p>
                            {format::sentence(&why)}
                            " "
                            <span class="quiet">
                                {move || format!("Nothing has changed: {} answers.", yours.session.network.get().mid_sentence())}
                            </span>
                        </p>
                        {may_pass
                            .then(|| {
                                view! {
                                    <NewVersion />
                                    <button type="button" translate="yes" data-testid="retry" on:click=move |_| yours.open_again()>
                                        "Try again"
                                    </button>
                                }
                                    .into_any()
                            })}
                        <button type="button" translate="yes" on:click=move |_| yours.forget_files()>
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

/// The features of the user, of which a model's file does not say whose they are.
fn user(yours: YourModel, context: Vec<(String, String, Option<String>)>) -> AnyView {
    let one = |(place, (name, rows, value)): (usize, (String, String, Option<String>))| {
        let id = format!("own-user-{place}");
        let what = if rows.is_empty() { "a number".to_owned() } else { format!("a row of its table, of {rows}") };
        let otherwise = if rows.is_empty() { "0" } else { "their mean" };
        let option = format!("context:{name}");
        view! {
            <li data-testid="own-model-user" data-feature=name>
                <label for=id.clone()>
                    <code>{name.clone()}</code>
                    {format!(", {what}; {otherwise} where it is empty ")}
                </label>
                <input
                    id=id
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    prop:value=value.unwrap_or_default()
                    on:change=move |event| yours.say(option.clone(), event_target_value(&event).trim().to_owned())
                />
            </li>
        }
        .into_any()
    };
    view! {
        <p translate="yes">"What the network knows of the user is the same for every product. Whose should it be?"</p>
        <ul class="questions">{context.into_iter().enumerate().map(one).collect_view()}</ul>
    }
    .into_any()
}

/// What proves a model, and what the proof settled.
fn proved(proof: &str, settled: &[String]) -> String {
    match settled {
        [] => format!("It gives {proof}."),
        _ => format!("It gives {proof}. They settle what the file leaves open: {}.", settled.join(", ")),
    }
}

/// What a model's file leaves open, each question with the answers that fit.
fn questions(yours: YourModel, questions: Vec<Answered>) -> AnyView {
    let one = |(place, Answered { question, answer }): (usize, Answered)| {
        let Question { option, topic, asks, why, code, choices } = question;
        let first = choices.first().map(|(answer, _)| answer.clone()).unwrap_or_default();
        let taken = answer.is_none().then(|| format!("As long as nobody says: {first}, {why}. "));
        let chosen = answer.unwrap_or(first);
        let meaning = choices.iter().find(|(answer, _)| *answer == chosen).map(|(_, meaning)| meaning.clone());
        let id = format!("own-question-{place}");
        let choose = {
            let option = option.clone();
            move |event| yours.say(option.clone(), event_target_value(&event))
        };
        let choices = choices.iter().map(|(answer, _)| {
            view! { <option value=answer.clone() selected=*answer == chosen>{answer.clone()}</option> }.into_any()
        });
        view! {
            <li data-testid="own-model-question" data-option=option>
                <label for=id.clone()>{format::sentence(&topic)} " " {asks}</label>
                <select id=id.clone() aria-describedby=format!("{id}-meaning") on:change=choose>
                    {choices.collect_view()}
                </select>
                <p id=format!("{id}-meaning")>{meaning}</p>
                <p class="quiet">
                    {taken}
                    "What decides it: "
                    <code>{code}</code>
                </p>
            </li>
        }
        .into_any()
    };
    view! {
        <p translate="yes">
            "The file does not say everything. Choose what your library did; until then the first answer is taken."
        </p>
        <ol class="questions" data-testid="own-model-questions">
            {questions.into_iter().enumerate().map(one).collect_view()}
        </ol>
    }
    .into_any()
}
