//! How far each implementation is from independent ones.

use leptos::prelude::*;
use model::Json;
use model::browser::Parsed;

use crate::language::{self, t};
use crate::ui::format;

/// The differences from independent implementations, of `assets/verify.json`, as the command wrote them.
pub fn verified(table: &Parsed) -> AnyView {
    let field = |of: Option<&Parsed>, name| of.and_then(|of| of.field(name));
    let text = |of: Option<&Parsed>, name| field(of, name).and_then(|value| value.text()).unwrap_or_default();
    let number = |value: Option<Parsed>| {
        let number = value.and_then(|value| value.number());
        view! {
            <td title=number.map_or_else(|| "null".to_owned(), |number| number.to_string())>
                {number.map_or_else(|| "–".to_owned(), |number| format::difference(number as f32))}
            </td>
        }
        .into_any()
    };
    let fixtures = field(Some(table), "fixtures").and_then(|fixtures| fixtures.elements()).unwrap_or_default();
    let rows = fixtures.iter().map(Some).map(|one| {
        let options = text(one, "options");
        let options = options.split(", ").map(language::said);
        let network = std::iter::once(text(one, "model")).chain(options).collect::<Vec<_>>().join(", ");
        view! {
            <tr>
                <th scope="row">
                    <span lang="en">{text(one, "peer")}</span>
                    <br />
                    <span class="quiet">{network}</span>
                </th>
                {["burn", "cpu", "wgsl", "aux", "attention", "states"].map(|key| number(field(one, key))).collect_view()}
            </tr>
        }
        .into_any()
    });
    let rows = rows.collect_view();
    view! {
        <p>
            {t!(
                "The same weights in other people’s implementations and in the three of this project: burn, which trains, and the two \
                 of this page. The numbers are the largest absolute differences from what the other implementation computed: of the \
                 click probability y for each of the three; of the auxiliary loss, which only burn needs; and of attention and states, \
                 in whichever of the three is farthest off."
            )}
        </p>
        <div class="scroll" tabindex="0" role="region" aria-label=t!("Differences from independent implementations")>
            <table class="numbers" translate="no" data-testid="verify-table">
                <thead>
                    <tr>
                        {[t!("Implementation"), "burn: y", "CPU: y", "WGSL: y", t!("auxiliary loss"), t!("attention"), t!("states")]
                            .map(|title| view! { <th scope="col">{title}</th> }.into_any())
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="quiet" translate="no">
            {t!(
                "Allowed for y: {tolerance}. Measured {date} by <code>cargo xtask verify</code>; WGSL on {adapter}.",
                code = |words| view! { <code>{words}</code> }.into_any(),
                tolerance = field(Some(table), "tolerance")
                    .and_then(|value| value.number())
                    .map_or_else(String::new, |number| format::difference(number as f32)),
                date = text(Some(table), "date"),
                adapter = text(Some(table), "adapter")
            )}
        </p>
    }
    .into_any()
}
