//! Keys that a view alone does not use: a slide with such a frame goes on by them all the same.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Window};

use crate::browser::dom::is_layer_open;
use crate::browser::frame;
use crate::browser::js::object;

/// Keys with which presenters go on and back, and leave.
const PASSED_ON: [&str; 3] = ["PageUp", "PageDown", "Escape"];

/// Tells the page around of every such key that is pressed here and does nothing here.
pub fn pass_on(around: Window) {
    // For as long as the page is there.
    let _ = window_event_listener(ev::keydown, move |event| {
        let key = event.key();
        if PASSED_ON.contains(&key.as_str()) && !is_used(&event) {
            frame::tell(&around, &object([("type", "interest-lens.key".into()), ("key", key.into())]));
        }
    });
}

/// Whether the page, or the browser by itself, does something with the key.
fn is_used(event: &KeyboardEvent) -> bool {
    if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
        return true;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_field = target.as_ref().is_some_and(|target| ["INPUT", "SELECT", "TEXTAREA"].contains(&&*target.tag_name()));
    if event.key() == "Escape" {
        return is_field || is_layer_open();
    }
    let goes_down = event.key() == "PageDown";
    let mut around = std::iter::successors(target, |element| element.parent_element());
    is_field || around.any(|element| scrolls(&element, goes_down))
}

/// Whether what is in an element scrolls there, and has not come to its end.
fn scrolls(element: &Element, goes_down: bool) -> bool {
    let style = window().get_computed_style(element).ok().flatten();
    let overflow = style.and_then(|style| style.get_property_value("overflow-y").ok()).unwrap_or_default();
    let is_root = document().document_element().as_ref() == Some(element);
    let left = element.scroll_height() - element.client_height() - element.scroll_top();
    let goes_on = if goes_down { left > 1 } else { element.scroll_top() > 0 };
    goes_on && (is_root || overflow == "auto" || overflow == "scroll")
}
