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

/// Moves the keyboard's focus to an element. In a frame it is not taken from the page around, which does not scroll either, but for
/// somebody who goes by the keyboard and has to see where the focus is.
pub fn focus(element: &HtmlElement) {
    // An element that cannot take it leaves the focus where it is.
    let _ = if around().is_none() {
        element.focus()
    } else if document().has_focus().unwrap_or(false) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(!matches!(document().query_selector(":focus-visible"), Ok(Some(_))));
        element.focus_with_options(&options)
    } else {
        Ok(())
    };
}
