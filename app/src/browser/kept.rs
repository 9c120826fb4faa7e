//! What the browser keeps of the page across a reload, for as long as the tab is open.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::frame;

/// Keeps `text` under `name`. Where the browser keeps nothing, it is gone with the page.
pub fn keep(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(name, text);
    }
}

/// What was kept under `name`. Where the page was opened and not reloaded, that is forgotten.
pub fn kept(name: &str) -> Option<String> {
    let storage = storage()?;
    if !is_reload() {
        let _ = storage.remove_item(name);
    }
    storage.get_item(name).ok().flatten()
}

/// Frames keep nothing: all those of a page would share it.
fn storage() -> Option<Storage> {
    if frame::around().is_some() {
        return None;
    }
    window().session_storage().ok().flatten()
}

/// Whether the page was reloaded.
fn is_reload() -> bool {
    const RELOAD: f64 = 1.0;
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok();
    let navigation = get(&window(), "performance").and_then(|performance| get(&performance, "navigation"));
    navigation.and_then(|navigation| get(&navigation, "type")).and_then(|kind| kind.as_f64()) == Some(RELOAD)
}
