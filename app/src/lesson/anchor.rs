//! The element that a stop is about: marked, in sight, and within reach of the keyboard.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{
    Element, EventTarget, HtmlElement, MutationObserver, MutationObserverInit, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

/// The attribute of the element that a stop is about.
const MARK: &str = "data-tour-anchor";

/// What can have the keyboard's focus.
const FOCUSABLE: &str = "a[href], button:not(:disabled), input, select, [tabindex=\"0\"]";

/// The element with this test id, the one of this place among several.
fn element(test_id: &str, nth: u32) -> Option<HtmlElement> {
    let all = document().query_selector_all(&format!("[data-testid=\"{test_id}\"]")).ok()?;
    all.item(nth)?.dyn_into().ok()
}

/// Marks the element that `anchor` names, as soon as the page has it and whenever the page makes it anew, for as long as that is the
/// anchor. Until the visitor moves something, it is kept in sight.
pub fn follow(anchor: impl Fn() -> Option<(String, u32)> + 'static) {
    let has_moved = StoredValue::new(false);
    let note = move |target: Option<EventTarget>| {
        let target = target.and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.closest(".lesson").ok().flatten().is_none()) {
            has_moved.set_value(true);
        }
    };
    let listeners = [
        window_event_listener(ev::wheel, move |event| note(event.target())),
        window_event_listener(ev::touchmove, move |event| note(event.target())),
        window_event_listener(ev::pointerdown, move |event| note(event.target())),
        window_event_listener(ev::keydown, move |event| note(event.target())),
    ];
    on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
    Effect::new(move || {
        let anchor = anchor();
        has_moved.set_value(false);
        let Some((test_id, nth)) = anchor else { return };
        let look = move || {
            if let Some(element) = element(&test_id, nth) {
                mark(&element);
                if has_moved.try_get_value() == Some(false) && !is_in_sight(&element) {
                    bring(&element);
                }
            }
        };
        look();
        let on_change = Closure::<dyn FnMut()>::new(look);
        let observer = MutationObserver::new(on_change.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(body)) = (&observer, document().body()) {
            let what = MutationObserverInit::new();
            what.set_child_list(true);
            what.set_subtree(true);
            // Where it cannot be observed, what was there at once is marked.
            let _ = observer.observe_with_options(&body, &what);
        }
        let kept = StoredValue::new_local((observer, on_change));
        on_cleanup(move || {
            kept.try_with_value(|(observer, _)| observer.iter().for_each(MutationObserver::disconnect));
            unmark();
        });
    });
}

/// Moves the keyboard's focus to the element, or to the first thing in it that can have it.
pub fn go(test_id: &str, nth: u32) {
    let Some(element) = element(test_id, nth) else { return };
    let inner = || element.query_selector(FOCUSABLE).ok().flatten()?.dyn_into::<HtmlElement>().ok();
    let target = if element.matches(FOCUSABLE).unwrap_or_default() { Some(element.clone()) } else { inner() };
    // An element that cannot take it leaves the focus where it is.
    let _ = target.unwrap_or(element).focus();
}

fn mark(element: &HtmlElement) {
    if !element.has_attribute(MARK) {
        unmark();
        let _ = element.set_attribute(MARK, "");
    }
}

fn unmark() {
    if let Ok(Some(marked)) = document().query_selector(&format!("[{MARK}]")) {
        let _ = marked.remove_attribute(MARK);
    }
}

/// Whether nothing lies over the middle of the element, and the window has it.
fn is_in_sight(element: &HtmlElement) -> bool {
    let rect = element.get_bounding_client_rect();
    let (x, y) = (rect.left() + rect.width() / 2.0, rect.top() + rect.height() / 2.0);
    document().element_from_point(x as f32, y as f32).is_some_and(|found| element.contains(Some(&found)))
}

/// Scrolls the element into the middle of what the card leaves free.
fn bring(element: &HtmlElement) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    options.set_inline(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}
