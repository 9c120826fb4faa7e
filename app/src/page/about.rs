//! What one is looking at: the networks in a few sentences and equations, the data, and how good the networks are.

use leptos::html;
use leptos::prelude::*;
use model::NetworkKind;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::dom::show;
use crate::browser::lazy::Lazy;
use crate::explain::about;
use crate::explain::networks::Network;
use crate::session::Session;
use crate::ui::icons::Close;

/// The button and the dialog that it opens.
#[component]
pub fn About() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let contents = Lazy::new(|owner| Box::pin(contents(owner)));
    let open = move |_| {
        show(dialog);
        contents.want();
    };
    view! {
        <button type="button" class="text-tool" data-testid="about" on:click=open>
            "How it works"
        </button>
        <dialog node_ref=dialog class="about" aria-labelledby="about-title">
            <Close />
            {contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
fn contents(owner: Owner) -> Result<AnyView, SplitLoaderError> {
    Ok(owner.with(|| view! { <Contents /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents() -> impl IntoView {
    view! {
        <div inner_html=explanation()></div>
        <Quality />
    }
}

/// The networks and the data, as HTML.
fn explanation() -> String {
    let mut html = include_str!("../explain/introduction.html").to_owned();
    NetworkKind::ALL.iter().for_each(|kind| html.push_str(about(*kind)));
    html.push_str(include_str!("../explain/data.html"));
    // On a narrow screen an equation scrolls, for the keyboard too; its letters are the papers' in every language.
    html.replace("<math ", "<math tabindex=\"0\" translate=\"no\" ")
}

/// What was measured on held-out users.
#[component]
fn Quality() -> impl IntoView {
    let session = expect_context::<Session>();
    // What was measured stands in the weights.
    Network::shipped().for_each(|network| session.want(network));
    let row = move |network: Network, protocol: &'static str, name: &'static str| {
        let cell = move |negatives, metric| {
            let value = session.models[network.index()]
                .with(|model| model.ready().and_then(|model| model.metric(protocol, negatives, metric)));
            view! {
                <td title=value.map(|value| value.to_string())>
                    {value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))}
                </td>
            }
            .into_any()
        };
        view! {
            <tr>
                <th scope="row">{format!("{}, {name}", network.name())}</th>
                {["uniform", "popularity"]
                    .map(|negatives| ["auc", "gauc", "logloss"].map(|metric| cell(negatives, metric)).collect_view().into_any())
                    .collect_view()}
            </tr>
        }
        .into_any()
    };
    view! {
        <h3>"How good the page’s networks are"</h3>
        <div class="scroll" tabindex="0" role="region" aria-label="Measured on held-out users">
            <table class="numbers" translate="no">
                <thead>
                    <tr>
                        <td></td>
                        <th colspan="3" scope="colgroup">"uniform negatives"</th>
                        <th colspan="3" scope="colgroup">"by popularity"</th>
                    </tr>
                    <tr>
                        <td></td>
                        {["AUC", "GAUC", "logloss", "AUC", "GAUC", "logloss"]
                            .map(|metric| view! { <th scope="col">{metric}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        Network::shipped()
                            .flat_map(|network| [row(network, "next_item", "next item"), row(network, "next_basket", "next basket")])
                            .collect_view()
                    }}
                </tbody>
            </table>
        </div>
        <p class="quiet">
            "Users held out of training, each with one question: the user’s last purchase, and 100 products drawn from "
            "those that the user never bought. Next item: only that purchase is hidden. Next basket: everything bought together with it is "
            "hidden too. AUC and GAUC are 0.5 for a guess and 1 for the right order throughout; logloss, over the purchase "
            "and one of the others, is 0.693 for a guess and 0 for certainty that is right."
        </p>
    }
}
