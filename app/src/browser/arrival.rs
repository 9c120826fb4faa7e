//! Why something of the page's own did not arrive, and what helps. index.html looks into it: that is there before any program.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::ui::format;

/// The folder of the page's programs, relative to the page.
pub fn folder() -> String {
    of_index_html("folder").and_then(|folder| folder.as_string()).unwrap_or_default()
}

/// Why something of the page's own is missing: `why`, and that the server has a newer version of the page, if it has.
pub async fn with_version(why: String) -> String {
    match ask("newerVersion", &Array::new()).await {
        Some(newer) => format!("{} {newer}", format::sentence(&why)),
        None => why,
    }
}

/// Why files of the page's programs did not arrive, or not as they should, after `error` if there was one, in sentences.
pub async fn why_lost(error: &JsValue, files: &[&str]) -> String {
    let arguments = [error.clone()].into_iter().chain(files.iter().map(|file| JsValue::from_str(file))).collect();
    ask("whyLost", &arguments).await.unwrap_or_default()
}

/// Whether the server had a newer version of the page when something was lost last.
pub fn is_outdated() -> bool {
    of_index_html("isOutdated").is_some_and(|outdated| outdated.is_truthy())
}

/// Loads the page anew, with what it keeps across a reload.
pub fn reload() {
    // A browser that does not reload by itself has a button for it.
    let _ = window().location().reload();
}

fn of_index_html(name: &str) -> Option<JsValue> {
    Reflect::get(&window(), &name.into()).ok()
}

async fn ask(function: &str, arguments: &Array) -> Option<String> {
    let function: Function = of_index_html(function)?.dyn_into().ok()?;
    let answer = function.apply(&JsValue::NULL, arguments).ok()?;
    JsFuture::from(Promise::resolve(&answer)).await.ok()?.as_string()
}
