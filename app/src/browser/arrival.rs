//! Why something of the page's own did not arrive. index.html looks into it: that is there before any program.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The folder of the page's programs, relative to the page.
pub fn folder() -> String {
    of_index_html("folder").and_then(|folder| folder.as_string()).unwrap_or_default()
}

/// Looks whether the server has a newer version of the page, with which parts of this one are gone, and shows each
/// [`NewVersion`](crate::ui::progress::NewVersion) if so.
pub fn look_for_new_version() {
    // A look that fails finds none.
    let _ = call("lookForNewVersion", &Array::new());
}

/// Why files of the page's programs did not arrive, or not as they should, after `error` if there was one, in sentences. Looks
/// for a newer version, too.
pub async fn look_into(error: &JsValue, files: &[&str]) -> String {
    let arguments = [error.clone()].into_iter().chain(files.iter().map(|file| JsValue::from_str(file))).collect();
    let answer = match call("whyLost", &arguments) {
        Some(answer) => JsFuture::from(Promise::resolve(&answer)).await.ok(),
        None => None,
    };
    answer.and_then(|why| why.as_string()).unwrap_or_default()
}

/// Lets the browser keep the page's files, and look for newer ones: the page has what it needs by now.
pub fn keep_files() {
    // Where it cannot, index.html knows.
    let _ = call("keepFiles", &Array::new());
}

fn of_index_html(name: &str) -> Option<JsValue> {
    Reflect::get(&window(), &name.into()).ok()
}

/// Calls a function of index.html.
pub fn call(function: &str, arguments: &Array) -> Option<JsValue> {
    of_index_html(function)?.dyn_into::<Function>().ok()?.apply(&JsValue::NULL, arguments).ok()
}
