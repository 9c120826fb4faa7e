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

fn parameters() -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(&window().location().search().unwrap_or_default()).ok()
}
