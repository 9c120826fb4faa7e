//! The page's address: what it asks for, and links to the same page that ask for something else.

use leptos::prelude::window;
use web_sys::UrlSearchParams;

/// What the address says of `name`; none where that is blank.
pub fn parameter(name: &str) -> Option<String> {
    parameters()?.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The address of the page with another `value` of `name`, and with everything else that it says now.
pub fn with(name: &str, value: &str) -> String {
    let hash = window().location().hash().unwrap_or_default();
    let Some(parameters) = parameters() else { return hash };
    parameters.set(name, value);
    ["?", &String::from(parameters.to_string()), &hash].concat()
}

/// Goes to another address of the page as a reload does, so that what is kept across one is still there.
pub fn reload_as(address: &str) {
    let window = window();
    let replaced = window
        .history()
        .and_then(|history| history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address)));
    // A page without an address of its own, as in some frames, goes there in the usual way.
    let _ = match replaced {
        Ok(()) => window.location().reload(),
        Err(_) => window.location().assign(address),
    };
}

fn parameters() -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(&window().location().search().unwrap_or_default()).ok()
}
