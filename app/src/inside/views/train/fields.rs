//! What the visitor sets of a training.

use leptos::prelude::*;
use model::NetworkKind;

use super::form::{Field, Form, Values};
use super::room::Room;
use crate::explain::networks::Network;
use crate::language::t;
use crate::session::Session;
use crate::ui::format;
use crate::ui::scoped::Scoped;
use crate::ui::view::{memo, when};

/// Fields that are always in sight; the others are behind a summary.
const FIRST: [&str; 3] = ["seed", "passes", "rate"];

/// The fields of the form.
#[component]
pub fn TrainFields(
    /// The page's trainings.
    room: Room,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let form = room.form;
    let kind = memo(move || form.scoped().with(|form| form.kind));
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
                // The seed is the visitor's; everything else is as the network needs it.
                let seed = form.seed();
                *form = Form::of(found);
                form.change("seed", seed);
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
        let fields = form.with_untracked(Form::fields);
        fields.into_iter().filter(|field| FIRST.contains(&field.id) == first).map(one).collect_view()
    };
    view! {
        <fieldset class="train-fields" disabled=move || room.is_busy() translate="no">
            <legend class="visually-hidden">{t!("What is trained, and how")}</legend>
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
