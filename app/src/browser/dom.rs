//! Small things that the views need of the browser.

use js_sys::{Array, Function, JsString, Object, Reflect};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver};

use super::frame;

/// Width of the element in CSS pixels, followed as it changes; 0 until it is there.
pub fn width_of(node: NodeRef<html::Div>) -> ReadSignal<f64> {
    let (width, set_width) = signal(0.0);
    Effect::new(move || {
        if let Some(element) = node.get() {
            set_width.set(f64::from(element.client_width()));
            follow(element.into(), set_width, |element| element.client_width());
        }
    });
    width
}

/// Height of the element in CSS pixels, its border included, followed as it changes; 0 until it was laid out.
pub fn height_of(node: NodeRef<html::Section>) -> ReadSignal<f64> {
    let (height, set_height) = signal(0.0);
    Effect::new(move || {
        if let Some(element) = node.get() {
            follow(element, set_height, |element| element.offset_height());
        }
    });
    height
}

/// Sets what `measure` finds once the element is laid out, and after every change of its size, for as long as the running
/// effect stands.
fn follow(element: HtmlElement, set: WriteSignal<f64>, measure: fn(&HtmlElement) -> i32) {
    let measured = element.clone();
    let on_resize = Closure::<dyn FnMut()>::new(move || {
        set.try_set(f64::from(measure(&measured)));
    });
    let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else { return };
    observer.observe(&element);
    let kept = StoredValue::new_local((observer, on_resize));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

/// Whether a dialog, or what else lies over the page, is open: Escape closes that first.
pub fn is_layer_open() -> bool {
    document().query_selector("dialog[open], :popover-open").is_ok_and(|found| found.is_some())
}

/// A number that changes when the page may look different though nothing in it changed: with the theme, with forced colours,
/// and with the density of the screen's pixels.
pub fn looks() -> RwSignal<u32> {
    let looks = RwSignal::new(0u32);
    Effect::new(move || {
        looks.track();
        let on_change = Closure::<dyn FnMut()>::new(move || {
            looks.try_update(|looks| *looks += 1);
        });
        let call: &Function = on_change.as_ref().unchecked_ref();
        // This one is another query after each change.
        let density = format!("(resolution: {}dppx)", window().device_pixel_ratio());
        let queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)", &density];
        let queries = queries.map(|query| window().match_media(query).ok().flatten());
        queries.iter().flatten().for_each(|query| query.set_onchange(Some(call)));
        let theme = MutationObserver::new(call).ok();
        if let (Some(theme), Some(root)) = (&theme, document().document_element()) {
            let what = MutationObserverInit::new();
            what.set_attributes(true);
            // Where it cannot be observed, the next change of another kind shows it.
            let _ = theme.observe_with_options(&root, &what);
        }
        let kept = StoredValue::new_local((queries, theme, on_change));
        on_cleanup(move || {
            kept.try_with_value(|(queries, theme, _)| {
                queries.iter().flatten().for_each(|query| query.set_onchange(None));
                theme.iter().for_each(MutationObserver::disconnect);
            });
        });
    });
    looks
}

/// Opens a dialog over the page.
pub fn show(dialog: NodeRef<html::Dialog>) {
    let Some(dialog) = dialog.get_untracked() else { return };
    if frame::may_focus() {
        // An open dialog refuses to open again.
        let _ = dialog.show_modal();
    } else {
        dialog.set_open(true);
    }
}

/// The text in lower case, by the browser's tables.
pub fn lowercase(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// Whether the person asked for less motion.
pub fn reduced_motion() -> bool {
    media_matches("(prefers-reduced-motion: reduce)")
}

/// Whether a media query holds now.
pub fn media_matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|query| query.matches())
}

/// Lets `element` glide from `dy` pixels below its place, and from `opacity`, to where it is.
pub fn glide(element: &Element, dy: f64, opacity: f64) {
    let set = |object: &Object, key: &str, value: JsValue| Reflect::set(object, &key.into(), &value);
    let animate = || -> Result<(), JsValue> {
        let (from, to, options) = (Object::new(), Object::new(), Object::new());
        set(&from, "transform", format!("translateY({dy}px)").into())?;
        set(&from, "opacity", opacity.into())?;
        set(&to, "transform", "none".into())?;
        set(&to, "opacity", 1.0.into())?;
        set(&options, "duration", 220.0.into())?;
        set(&options, "easing", "cubic-bezier(0.2, 0, 0, 1)".into())?;
        // By name: web-sys has this method only behind a compiler flag.
        let animate: Function = Reflect::get(element, &"animate".into())?.dyn_into()?;
        animate.call2(element, &Array::of2(&from, &to), &options)?;
        Ok(())
    };
    // Where a browser cannot animate, the element is at its place already.
    let _ = animate();
}

/// Where an arrow key moves to in a row of `count` things, from the one at `index`; none for other keys.
pub fn roving(key: &str, index: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowLeft" | "ArrowUp" => Some(index.saturating_sub(1)),
        "ArrowRight" | "ArrowDown" => Some((index + 1).min(last)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// Puts a text on the clipboard: whether that was allowed.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // A page that came by http, or is framed, may have none.
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Moves the keyboard's focus to the element with this id, once the page has it.
pub fn focus(id: String) {
    once_there(id, |element| {
        frame::focus(element);
        true
    });
}

/// Scrolls to the element with this id, once the page shows it.
pub fn scroll_to(id: &str) {
    once_there(id.to_owned(), |element| {
        let is_shown = element.offset_height() > 0;
        if is_shown {
            element.scroll_into_view();
        }
        is_shown
    });
}

/// Brings the element with this id into the middle of the strip around it, which has the attribute `data-strip` and scrolls
/// sideways where not all of it fits.
pub fn show_in_strip(id: String) {
    once_there(id, |element| {
        if let Ok(Some(strip)) = element.closest("[data-strip]") {
            let (part, whole) = (element.get_bounding_client_rect(), strip.get_bounding_client_rect());
            let from_middle = part.left() - whole.left() - (whole.width() - part.width()) / 2.0;
            strip.set_scroll_left(strip.scroll_left() + from_middle as i32);
        }
        true
    });
}

/// Does something with the element with this id. The page may take a few frames to show the latest state: until it has the
/// element, and `act` says that it is done, it is tried again.
pub fn once_there(id: String, act: fn(&HtmlElement) -> bool) {
    const FRAMES: u32 = 60;
    fn look(id: String, frames: u32, act: fn(&HtmlElement) -> bool) {
        request_animation_frame(move || {
            let found = document().get_element_by_id(&id).and_then(|found| found.dyn_into::<HtmlElement>().ok());
            if !found.is_some_and(|element| act(&element)) && frames > 0 {
                look(id, frames - 1, act);
            }
        });
    }
    look(id, FRAMES, act);
}

#[cfg(test)]
mod tests {
    use super::roving;

    #[test]
    fn arrow_keys_stay_inside_the_row() {
        assert_eq!(roving("ArrowLeft", 0, 3), Some(0));
        assert_eq!(roving("ArrowRight", 1, 3), Some(2));
        assert_eq!(roving("ArrowRight", 2, 3), Some(2));
        assert_eq!(roving("Home", 2, 3), Some(0));
        assert_eq!(roving("End", 0, 3), Some(2));
        assert_eq!(roving("a", 1, 3), None);
        assert_eq!(roving("End", 0, 0), None);
    }
}
