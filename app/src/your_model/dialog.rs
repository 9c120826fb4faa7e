//! The dialog of a visitor's own model: its files, and what became of them.

use leptos::prelude::*;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::describe;
use super::file_row::FileRow;
use super::guide::GuideText;
use super::opening::{Answered, Opening, YourModel};
use super::predictions::Predictions;
use super::reader::Question;
use super::refusal::Refusal;
use super::source::Kind;
use super::users::Users;
use crate::browser::lazy::Making;
use crate::explain::networks::Network;
use crate::language::{self, t};
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
            <h2 id="own-title">{t!("Your own model")}</h2>
            {yours.contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
pub fn contents() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Contents /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    view! {
            <p>
                {t!(
                    "Open a DIN, a DIEN or another of the networks here that you trained, and look inside it: the shop becomes your \
                     catalogue, and ranking, history and views show your model’s numbers."
                )}
                " "
                <strong>{t!("Nothing is uploaded: files are read by this page on your device.")}</strong>
            </p>
            <ul class="files">
                <FileRow
                    test_id="own-model-file"
                    accept=""
                    label=t!("Choose the model")
                    what=t!("PyTorch’s .pt, .pth, .ckpt …, .safetensors, .npz, .h5: FuxiCTR’s, DeepCTR-Torch’s, RecBole’s, DeepCTR’s or this project’s")
                    source=yours.model
                    take=move |files| yours.take(files, Some(Kind::Model))
                    forgotten=|| ()
                />
                <FileRow
                    test_id="own-model-catalogue"
                    accept=".csv,text/csv"
                    label=t!("Choose its catalogue")
                    what=t!("a .csv file: id, title, category")
                    source=yours.catalogue
                    take=move |files| yours.take(files, Some(Kind::Catalogue))
                    forgotten=|| ()
                />
            </ul>
            <p class="quiet">
                {t!("Or drop them anywhere on the page, in any order. A model alone is tried with the catalogue that is on the page.")}
                " "
                {t!(
                    "Files of this project’s own come from <code>cargo xtask train</code> and <code>cargo xtask import</code>.",
                    code = code
                )}
            </p>
            <Outcome />
            <Predictions />
            <Users />
            <GuideText guide=yours.guide />
    }
}

/// Words as code.
fn code(words: String) -> AnyView {
    view! { <code translate="no">{words}</code> }.into_any()
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
                        <strong>{t!("{file} is open.", file = opened.file)}</strong>
                        " "
                        {t!("{summary}.", summary = opened.summary)}
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
                                <p translate="yes">{t!("What was assumed:")}</p>
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
                            {t!("See it at work")}
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
                        <p class="outcome">{t!("{what} …", what = language::said(what))}</p>
                    }
                        .into_any()
                }
                Opening::Waiting { file, products, categories } => {
                    let (file, catalogue) = (language::said(&file), describe::catalogue(products, categories));
                    view! {
                        <p class="outcome good" data-testid="own-model-waiting">
                            {t!("{file} has {catalogue}. Now choose the model that belongs to it.")}
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
                                {move || t!("Nothing has changed: {network} answers.", network = yours.session.network.get().mid_sentence())}
                            </span>
                        </p>
                        {may_pass
                            .then(|| {
                                view! {
                                    <NewVersion />
                                    <button type="button" translate="yes" data-testid="retry" on:click=move |_| yours.open_again()>
                                        {t!("Try again")}
                                    </button>
                                }
                                    .into_any()
                            })}
                        <button type="button" translate="yes" on:click=move |_| yours.forget_files()>
                            {t!("Start again")}
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
        let what = if rows.is_empty() {
            t!(", a number; 0 where it is empty").to_owned()
        } else {
            t!(", a row of its table, of {rows}; their mean where it is empty")
        };
        let option = format!("context:{name}");
        view! {
            <li data-testid="own-model-user" data-feature=name>
                <label for=id.clone()>
                    <code>{name.clone()}</code>
                    {what} " "
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
        <p translate="yes">{t!("What the network knows of the user is the same for every product. Whose should it be?")}</p>
        <ul class="questions">{context.into_iter().enumerate().map(one).collect_view()}</ul>
    }
    .into_any()
}

/// What proves a model, and what the proof settled.
fn proved(proof: &str, settled: &[String]) -> String {
    match settled {
        [] => t!("It gives {proof}.", proof = language::said(proof)),
        _ => t!(
            "It gives {proof}. They settle what the file leaves open: {settled}.",
            proof = language::said(proof),
            settled = settled.join(", ")
        ),
    }
}

/// What a model's file leaves open, each question with the answers that fit.
fn questions(yours: YourModel, questions: Vec<Answered>) -> AnyView {
    let one = |(place, Answered { question, answer }): (usize, Answered)| {
        let Question { option, topic, asks, why, code, choices } = question;
        let first = choices.first().map(|(answer, _)| answer.clone()).unwrap_or_default();
        let taken = answer.is_none().then(|| t!("As long as nobody says: {first}, {why}.", why = language::said(&why)));
        let chosen = answer.unwrap_or(first);
        let meaning = choices.iter().find(|(answer, _)| *answer == chosen).map(|(_, meaning)| language::said(meaning));
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
                <label for=id.clone()>{format::sentence(&topic)} " " {language::said(&asks)}</label>
                <select id=id.clone() aria-describedby=format!("{id}-meaning") on:change=choose>
                    {choices.collect_view()}
                </select>
                <p id=format!("{id}-meaning")>{meaning}</p>
                <p class="quiet">
                    {taken} " " {t!("What decides it:")} " " <code>{code}</code>
                </p>
            </li>
        }
        .into_any()
    };
    view! {
        <p translate="yes">
            {t!("The file does not say everything. Choose what your library did; until then the first answer is taken.")}
        </p>
        <ol class="questions" data-testid="own-model-questions">
            {questions.into_iter().enumerate().map(one).collect_view()}
        </ol>
    }
    .into_any()
}
