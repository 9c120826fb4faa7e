//! What is said where no product is inspected.

use leptos::prelude::*;

use crate::language::t;
use crate::session::answer::scene::Scene;
use crate::ui::memo::Memo;
use crate::ui::view::when;

/// Why no product is inspected, in sentences: only an empty ranking has no first place to inspect.
pub fn none_left() -> &'static str {
    t!(
        "Every product is in the history, and the ranking leaves these out, so that none is left to inspect. Untick “without \
         products in the history” in the ranking to have them all ranked."
    )
}

/// The reason in place of what a view shows of the inspected product, where there is none.
pub fn if_none_left(scene: Memo<Option<Scene>>) -> AnyView {
    when(
        move || scene.with(|scene| scene.as_ref().is_some_and(|scene| scene.inspected().is_none())),
        || view! { <p class="empty">{none_left()}</p> }.into_any(),
    )
}
