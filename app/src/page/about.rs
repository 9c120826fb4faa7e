//! What one is looking at: the networks in a few sentences and equations, the data, and how good the networks are.

use leptos::html;
use leptos::prelude::*;
use model::browser::Parsed;
use model::{Json, NetworkKind};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::browser::dom::show;
use crate::browser::lazy::{Lazy, Making};
use crate::explain::networks::Network;
use crate::explain::{about, data, introduction};
use crate::language::t;
use crate::ui::icons::Close;
use crate::ui::json_file::JsonFile;
use crate::ui::term::with_terms;

/// The button and the dialog that it opens.
#[component]
pub fn About() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let contents = Lazy::new(|| Box::pin(contents()));
    let open = move |_| {
        show(dialog);
        contents.want();
    };
    view! {
        <button type="button" class="text-tool about-open" data-testid="about" on:click=open>
            {t!("How it works")}
        </button>
        <dialog node_ref=dialog class="about" aria-labelledby="about-title">
            <Close />
            {contents.view()}
        </dialog>
    }
}

/// Where the part of the file `views` that the dialog needs begins.
#[wasm_split(views, fallible)]
fn contents() -> Result<Making, SplitLoaderError> {
    Ok(Box::new(move || view! { <Contents /> }.into_any()))
}

/// What is in the dialog.
#[component]
fn Contents() -> impl IntoView {
    view! {
        <div inner_html=explanation()></div>
        <h3>{t!("How good the page’s networks are")}</h3>
        <JsonFile file="assets/results.json" show=quality />
        <p class="quiet">
            {t!(
                "Mean ± standard deviation over networks trained from several seeds; the page has one of each. Users held out of \
                 training, each with one question: the user’s last purchase, and 100 products drawn from those that the user never \
                 bought. Next item: only that purchase is hidden. Next basket: everything bought together with it is hidden too. AUC \
                 and GAUC are 0.5 for a guess and 1 for the right order throughout; logloss, over the purchase and one of the others, \
                 is 0.693 for a guess and 0 for certainty that is right."
            )}
        </p>
    }
}

/// The networks and the data, as HTML.
fn explanation() -> String {
    let mut html = introduction().to_owned();
    NetworkKind::ALL.iter().for_each(|kind| html.push_str(about(*kind)));
    html.push_str(data());
    // On a narrow screen an equation scrolls, for the keyboard too; its letters are the papers' in every language.
    html.replace("<math ", "<math tabindex=\"0\" translate=\"no\" ")
}

/// What was measured on held-out users, of `assets/results.json`: each network as it comes with the page, from several seeds.
fn quality(results: &Parsed) -> AnyView {
    let results = results.elements().unwrap_or_default();
    let cell = |network: Network, protocol: &str, negatives: &str, metric: &str| {
        let is = |one: &Parsed, field: &str, value: &str| {
            one.field(field).and_then(|found| found.text()).is_some_and(|found| found == value)
        };
        let asked = |one: &&Parsed| {
            is(one, "network", network.id()) && is(one, "protocol", protocol) && is(one, "negatives", negatives)
        };
        let values: Vec<f64> = results.iter().filter(asked).filter_map(|one| one.field(metric)?.number()).collect();
        let title = values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
        view! { <td title=title>{spread(&values)}</td> }.into_any()
    };
    let row = |network: Network, protocol: &'static str, name: &'static str| {
        let cells = ["uniform", "popularity"].map(|negatives| {
            ["auc", "gauc", "logloss"]
                .map(|metric| cell(network, protocol, negatives, metric))
                .collect_view()
                .into_any()
        });
        view! {
            <tr>
                <th scope="row">{t!("{network}, {name}", network = network.name())}</th>
                {cells.collect_view()}
            </tr>
        }
        .into_any()
    };
    let rows = Network::shipped()
        .flat_map(|network| {
            [row(network, "next_item", t!("next item")), row(network, "next_basket", t!("next basket"))]
        })
        .collect_view();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t!("Measured on held-out users")>
            <table class="numbers" translate="no">
                <thead>
                    <tr>
                        <td></td>
                        <th colspan="3" scope="colgroup" translate="yes">{t!("uniform negatives")}</th>
                        <th colspan="3" scope="colgroup" translate="yes">{t!("by popularity")}</th>
                    </tr>
                    <tr>
                        <td></td>
                        {["AUC", "GAUC", "logloss", "AUC", "GAUC", "logloss"]
                            .map(|metric| view! { <th scope="col">{with_terms(metric)}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Mean and standard deviation of what was measured with several seeds; one alone has no deviation.
pub fn spread(values: &[f64]) -> String {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    match values.len() {
        0 => "–".to_owned(),
        1 => format!("{mean:.3}"),
        _ => {
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
            format!("{mean:.3} ± {:.3}", variance.sqrt())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn what_several_seeds_gave_is_their_mean_and_deviation() {
        assert_eq!(spread(&[]), "–");
        assert_eq!(spread(&[0.8744]), "0.874");
        // Deviations −0.01, 0 and 0.01 of 3 − 1 degrees of freedom.
        assert_eq!(spread(&[0.85, 0.86, 0.87]), "0.860 ± 0.010");
    }
}
