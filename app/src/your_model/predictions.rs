//! The part of the dialog with the predictions of a model's own library, which prove what the page computes.

use leptos::prelude::*;

use super::file_row::FileRow;
use super::opening::YourModel;
use super::paste::Paste;
use super::source::Kind;
use crate::language::t;

/// The part of the dialog with predictions, to be chosen or pasted.
#[component]
pub fn Predictions() -> impl IntoView {
    let yours = expect_context::<YourModel>();
    let not_yet = move || yours.model.with(Option::is_none).then(|| t!("Choose the model first."));
    view! {
        <h3>{t!("Prove it with your library’s predictions")}</h3>
        <p>
            {t!(
                "What your library gives for some histories and products, of one user: of all the ways to read the model’s file, the \
                 page takes the one that gives the same click probabilities to within 0.00001, and otherwise says how near the nearest \
                 came."
            )}
        </p>
        <ul class="files">
            <FileRow
                test_id="predictions-file"
                accept=".csv,.json,text/csv,application/json"
                label=t!("Choose predictions")
                what=t!("a .csv or .json file: history (ids with blanks between them, oldest first), candidate, probability")
                source=yours.predictions
                take=move |files| yours.take(files, Some(Kind::Predictions))
                // Without them the model may open as it did.
                forgotten=move || {
                    if yours.model.with_untracked(Option::is_some) {
                        yours.open_again();
                    }
                }
            />
        </ul>
        <Paste
            summary=t!("Or paste predictions")
            test_id="predictions-paste"
            label=t!("Predictions as CSV or JSON")
            placeholder="history,candidate,probability"
            button_id="predictions-compare"
            button=t!("Compare with the model")
            not_yet=not_yet
            take=move |text| yours.prove(text)
        />
    }
}
