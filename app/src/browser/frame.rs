//! The frame in which somebody else's page may show this one.

use js_sys::Object;
use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;
use web_sys::{FocusOptions, HtmlElement, Window};

/// The page around this one; none where this is in no frame.
pub fn around() -> Option<Window> {
    let window = window();
    window.parent().ok().flatten().filter(|around| !Object::is(around, &window))
}

/// Tells the page around something.
pub fn tell(around: &Window, what: &JsValue) {
    // Whatever page it is, it is the one that shows this.
    let _ = around.post_message(what, "*");
}

/// Whether the keyboard's focus may go somewhere on this page: in a frame it is not taken from the page around.
pub fn may_focus() -> bool {
    around().is_none() || document().has_focus().unwrap_or(false)
}

/// Moves the keyboard's focus to an element, if it may go there. The page around a frame does not scroll with it, but for somebody who
/// goes by the keyboard and has to see where the focus is.
pub fn focus(element: &HtmlElement) {
    if may_focus() {
        let options = FocusOptions::new();
        let is_seen = || matches!(document().query_selector(":focus-visible"), Ok(Some(_)));
        options.set_prevent_scroll(around().is_some() && !is_seen());
        // An element that cannot take it leaves the focus where it is.
        let _ = element.focus_with_options(&options);
    }
}
