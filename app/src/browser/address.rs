//! The page's address: what it asks for, and links to the same page that ask for something else.
//!
//! What files and backend are to be loaded stands behind the `?`, what the page shows behind the `#`: there the page changes it
//! without a server.

use js_sys::{decode_uri_component, encode_uri_component};
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::{History, UrlSearchParams};

/// What the address says of `name` behind its `?`; none where that is blank.
pub fn parameter(name: &str) -> Option<String> {
    parameters()?.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The address of the page with another `value` of `name` behind its `?`, and with everything else that it says now.
pub fn with(name: &str, value: &str) -> String {
    let hash = window().location().hash().unwrap_or_default();
    let Some(parameters) = parameters() else { return hash };
    parameters.set(name, value);
    ["?", &String::from(parameters.to_string()), &hash].concat()
}

/// What stands behind the `#`, by name, in its order: `#inside=steps&network=dien`. A part without `=` has no name.
pub fn shown() -> Vec<(String, String)> {
    pairs(&window().location().hash().unwrap_or_default())
}

/// What a text says that could stand there.
pub fn pairs(hash: &str) -> Vec<(String, String)> {
    let parts = hash.trim_start_matches('#').split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or(("", part));
        // What is no encoding is taken as it stands.
        let decoded = decode_uri_component(value).map_or_else(|_| value.to_owned(), String::from);
        (name.to_owned(), decoded)
    };
    parts.map(pair).collect()
}

/// Writes what the page shows behind the `#`, as a new entry of the browser's history, from which Back returns, or in place of the
/// present one. A history behind the `?` has done its work, and goes.
pub fn show(pairs: &[(&str, &str)], is_new_entry: bool) {
    let address = of(pairs);
    let ours = JsValue::from_str(OURS);
    // A page without an address of its own, as in some frames, works all the same.
    let _ = window().history().and_then(|history: History| {
        if is_new_entry {
            history.push_state_with_url(&ours, "", Some(&address))
        } else {
            history.replace_state_with_url(&ours, "", Some(&address))
        }
    });
}

/// The address of the page, from the server on, with `pairs` behind the `#`.
pub fn of(pairs: &[(&str, &str)]) -> String {
    let mut address = window().location().pathname().unwrap_or_default();
    if let Some(parameters) = parameters() {
        parameters.delete("history");
        let parameters = String::from(parameters.to_string());
        if !parameters.is_empty() {
            address.push('?');
            address.push_str(&parameters);
        }
    }
    for (place, (name, value)) in pairs.iter().enumerate() {
        address.push(if place == 0 { '#' } else { '&' });
        address.push_str(name);
        address.push('=');
        // Lists stay legible.
        address.push_str(&String::from(encode_uri_component(value)).replace("%2C", ","));
    }
    address
}

/// What the browser keeps with the entries of its history that the page wrote.
const OURS: &str = "shown";

/// Whether the page itself wrote the entry of the browser's history that is shown, and nobody typed or pasted it.
pub fn is_ours() -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().is_some_and(|state| state == OURS))
}

/// Goes to another address of the page as a reload does, so that what is kept across one is still there.
pub fn reload_as(address: &str) {
    let window = window();
    let replaced =
        window.history().and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
    // A page without an address of its own, as in some frames, goes there in the usual way.
    let _ = match replaced {
        Ok(()) => window.location().reload(),
        Err(_) => window.location().assign(address),
    };
}

fn parameters() -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(&window().location().search().unwrap_or_default()).ok()
}
