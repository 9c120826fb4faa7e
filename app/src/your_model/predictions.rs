//! The part of the dialog with the predictions of a model's own library, which prove what the page computes.

use leptos::prelude::*;

use super::file_row::FileRow;
use super::opening::YourModel;
use super::source::{Kind, Source};

/// The part of the dialog with predictions, to be chosen or pasted.
#[component]
pub fn Predictions() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let pasted = RwSignal::new(String::new());
    let has_model = move || yours.model.with(Option::is_some);
    view! {
        <h3>"Prove it with your library’s predictions"</h3>
        <p>
            "What your library gives for some histories and products, of one user: of all the ways to read the model’s file, the page "
            "takes the one that gives the same click probabilities to within 0.00001, and otherwise says how near the nearest came."
        </p>
        <ul class="files">
            <FileRow
                kind=Kind::Predictions
                test_id="predictions-file"
                accept=".csv,.json,text/csv,application/json"
                label="Choose predictions"
                what="a .csv or .json file: history (ids with blanks between them, oldest first), candidate, probability"
                source=yours.predictions
            />
        </ul>
        <details>
            <summary>"Or paste predictions"</summary>
            <textarea
                data-testid="predictions-paste"
                aria-label="Predictions as CSV or JSON"
                rows="5"
                spellcheck="false"
                placeholder="history,candidate,probability"
                prop:value=pasted
                on:input=move |event| pasted.set(event_target_value(&event))
            ></textarea>
            <button
                type="button"
                class="button"
                data-testid="predictions-compare"
                disabled=move || !has_model() || pasted.with(|text| text.trim().is_empty())
                on:click=move |_| yours.prove(Source::Text(pasted.get_untracked()))
            >
                "Compare with the model"
            </button>
            {move || (!has_model()).then(|| view! { <p class="quiet">"Choose the model first."</p> }.into_any())}
        </details>
    }
}
