//! What the visitor sets of a training.

use leptos::prelude::*;
use model::NetworkKind;
use training::messages::MEASURED_FROM;

use super::form::{FROM, Field, Form, Values};
use super::own::OwnFiles;
use super::room::Room;
use crate::explain::networks::Network;
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// Fields that are always in sight; the others are behind a summary.
const FIRST: [&str; 5] = ["seed", "passes", "rate", "replay", "frozen"];

/// The fields of the form.
#[component]
pub fn TrainFields(
    /// The page's trainings.
    room: Room,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let form = room.form;
    let kind = memo(move || form.scoped().with(|form| form.kind));
    let is_tuning = memo(move || form.scoped().with(Form::is_tuning));
    let change = move |change: &dyn Fn(&mut Form)| {
        form.update(change);
        session.did("set-training");
    };
    let networks = Network::shipped().filter_map(|network| Some((network.kind()?, network.name())));
    let network = move |(of, name): (NetworkKind, &'static str)| {
        view! { <option value=of.id() prop:selected=move || kind.get() == of>{name}</option> }.into_any()
    };
    let choose = move |event| {
        let id = event_target_value(&event);
        if let Some(found) = NetworkKind::ALL.iter().copied().find(|kind| kind.id() == id) {
            change(&|form: &mut Form| {
                // The seed and what is done are the visitor's; everything else is as the network needs it.
                let tunes = form.is_tuning();
                form.kind = found;
                form.tune(tunes);
            });
        }
    };
    let wrong = memo(move || form.scoped().with(|form| form.options().err()));
    let one = move |field: Field| {
        let id = field.id;
        let name = format!("train-{id}");
        let is_wrong = move || wrong.with(|wrong| wrong.as_ref().is_some_and(|wrong| wrong.id == Some(id)));
        let now = field.clone();
        let value = memo(move || form.scoped().with(|form| form.value(&now)));
        let set = move |event| change(&|form: &mut Form| form.change(id, event_target_value(&event)));
        let input = match field.values {
            Values::OneOf(options) => {
                let usual = field.usual;
                let option = move |(id, name): (String, String)| {
                    let name = if id == usual { t!("{name}, as usual") } else { name };
                    let of = id.clone();
                    view! { <option value=id prop:selected=move || value.with(|value| *value == of)>{name}</option> }
                        .into_any()
                };
                let options = options.into_iter().map(option).collect_view();
                view! { <select id=name.clone() data-testid=name.clone() on:change=set>{options}</select> }.into_any()
            }
            values => {
                let mode = if matches!(values, Values::Whole(..)) { "numeric" } else { "decimal" };
                view! {
                    <input
                        id=name.clone()
                        data-testid=name.clone()
                        type="text"
                        inputmode=if values == Values::Layers { "text" } else { mode }
                        autocomplete="off"
                        spellcheck="false"
                        aria-invalid=move || is_wrong().then_some("true")
                        aria-describedby=move || is_wrong().then_some("train-wrong")
                        prop:value=move || value.get()
                        on:change=set
                    />
                }
                .into_any()
            }
        };
        view! {
            <div class="train-field">
                <label for=name>{field.label}</label>
                {input}
            </div>
        }
        .into_any()
    };
    let some = move |first: bool| {
        kind.track();
        is_tuning.track();
        let fields = form.with_untracked(Form::fields);
        let shown = move |field: &Field| field.id != FROM && FIRST.contains(&field.id) == first;
        fields.into_iter().filter(shown).map(one).collect_view()
    };
    view! {
        <fieldset class="train-fields" disabled=move || room.is_busy() translate="no">
            <legend class="visually-hidden">{t!("What is trained, and how")}</legend>
            <label class="train-tune">
                <input
                    type="checkbox"
                    data-testid="fine-tune"
                    prop:checked=move || is_tuning.get()
                    on:change=move |event| {
                        let tunes = event_target_checked(&event);
                        change(&|form: &mut Form| form.tune(tunes));
                    }
                />
                <span>{t!("Fine-tune the page’s network on your own clicks")}</span>
            </label>
            {when(
                move || is_tuning.get(),
                move || view! { <p class="quiet" data-testid="tune-words">{move || words(session)}</p> }.into_any(),
            )}
            <div class="train-row">
                <div class="train-field">
                    <label for="train-network">{t!("Network to train")}</label>
                    <select id="train-network" data-testid="train-network" on:change=choose>
                        {networks.map(network).collect_view()}
                    </select>
                </div>
                {move || some(true)}
            </div>
            <details class="train-more">
                <summary data-testid="train-more">{t!("Sizes, options and loss")}</summary>
                <div class="train-row">{move || some(false)}</div>
            </details>
            {when(move || !is_tuning.get(), move || view! { <OwnFiles own=room.own /> }.into_any())}
            {when(
                move || wrong.with(Option::is_some),
                move || {
                    view! {
                        <p id="train-wrong" class="train-wrong" role="alert" data-testid="train-wrong">
                            {move || wrong.with(|wrong| wrong.as_ref().map(|wrong| format::sentence(&wrong.why)))}
                        </p>
                    }
                        .into_any()
                },
            )}
        </fieldset>
    }
}

/// What is learned of the visitor's clicks, and what can be measured with them.
fn words(session: Session) -> String {
    let clicks = session.demo.clicks.scoped().with(|clicks| clicks.now().len());
    if clicks < 2 {
        return t!("It takes two clicks at least: what is learned is which one follows another.").to_owned();
    }
    let learned = t!(
        "In every step it learns your {clicks} clicks, each from those before it, and with them purchases of the shop’s customers, lest it forget those."
    );
    let measured = if clicks < MEASURED_FROM {
        t!(
            "Below {least} clicks there is too little to measure what it learns of you: all of them are trained on.",
            least = MEASURED_FROM
        )
    } else {
        t!("The last one is held out, to see whether it is foreseen.").to_owned()
    };
    [learned, measured].join(" ")
}
