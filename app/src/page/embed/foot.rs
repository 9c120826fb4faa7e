//! The line below a view alone: what it is about, and the way to the whole page.

use leptos::prelude::*;

use crate::language::t;
use crate::page::link::Link;
use crate::session::Session;
use crate::ui::format;
use crate::ui::view::when;

/// The line.
#[component]
pub fn Foot() -> impl IntoView {
    let session: Session = expect_context();
    let link: Link = expect_context();
    let about = move || {
        // What is asked, the exercise says.
        if link.exercise().is_some() {
            return String::new();
        }
        let clicks = session.shop().clicks.with(|clicks| clicks.now().len());
        let clicks = t!("{count} click" | "{count} clicks", count = clicks);
        t!("{network} after {clicks}", network = session.answering().name())
    };
    let unknown = move || session.shop().unknown.get();
    let whole = move || {
        link.track();
        link.page().whole()
    };
    view! {
        <footer class="alone-foot">
            <span class="numbers" translate="no" data-testid="alone-about">{move || about()}</span>
            {when(
                move || unknown().is_some(),
                move || view! { <span class="alone-unknown" role="status" data-testid="alone-unknown">{move || unknown().map(|unknown| format::sentence(&unknown))}</span> }.into_any(),
            )}
            <a href=whole target="_blank" rel="noopener" data-testid="open-whole">{t!("Open in Interest Lens")}</a>
        </footer>
    }
}
