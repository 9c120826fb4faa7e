//! Small drawings: one for each kind of category, and those of the buttons.

use crate::language::t;
use leptos::prelude::*;

/// Drawings by a word in the category's name, in lower case. 24 by 24, drawn with a line of 1.6.
const CATEGORIES: [(&str, &str); 16] = [
    ("christmas", "M12 3 7 9h2.5L5.5 14h3L4 19h16l-4.5-5h3l-4-5H17L12 3ZM12 19v2.5"),
    ("candle", "M9 11h6v9H9zM7 20.5h10M12 11V9.5M12 8.5c1.6-1.2 1.6-2.8 0-5.5-1.6 2.7-1.6 4.3 0 5.5Z"),
    (
        "kitchen",
        "M5 9h11v6a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5V9ZM16 11h1.5a2.5 2.5 0 0 1 0 5H16M8 3.5c-1 1 1 1.5 0 3M12 3.5c-1 1 1 1.5 0 3",
    ),
    ("bath", "M4 12h16v2a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5v-2ZM6.5 12V6a2 2 0 0 1 4 0M7.5 19v2M16.5 19v2"),
    (
        "easter",
        "M12 20.5c-4 0-6.5-3-6.5-6.5C5.5 9.5 8.5 3.5 12 3.5s6.5 6 6.5 10.5c0 3.5-2.5 6.5-6.5 6.5ZM5.8 12l3 2.5 3.2-2.5 3.2 2.5 3-2.5",
    ),
    (
        "tableware",
        "M14.5 12a5 5 0 1 1-10 0 5 5 0 0 1 10 0ZM11.5 12a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM19 4v16M17 4v5a2 2 0 0 0 4 0V4",
    ),
    ("bag", "M5 8h14l1 12.5H4L5 8ZM9 8V6.5a3 3 0 0 1 6 0V8"),
    ("garden", "M12 21v-9M12 14c-4 0-6-2-6-6 4 0 6 2 6 6ZM12 12c0-4 2-6 6-7 .5 4.5-1.5 7-6 7ZM6 21h12"),
    ("station", "M4.5 19.5 6 14.5 16.5 4l3.5 3.5L9.5 18l-5 1.5ZM14 6.5l3.5 3.5"),
    ("card", "M4 6h16v12H4zM4 6l8 7 8-7"),
    (
        "toy",
        "M12 12.5a5 5 0 1 0 0-.1ZM7.5 7.5a2 2 0 1 1 2-2.5M16.5 7.5a2 2 0 1 0-2-2.5M10.3 11.5h.1M13.6 11.5h.1M10.5 14.5c1 .8 2 .8 3 0M8.5 16.5 7 21h10l-1.5-4.5",
    ),
    ("jewel", "M7 4h10l4 5-9 11L3 9l4-5ZM3 9h18M12 20 8.5 9 10 4M12 20l3.5-11L14 4"),
    ("party", "M3.5 6c5.5 3 11.5 3 17 0M6 7.2 7.5 13 10.2 8.2M10.2 8.2 12 14l1.8-5.8M13.8 8.2 16.5 13 18 7.2"),
    ("storage", "M4 8h16v12H4zM4 8l2-4h12l2 4M10 12h4"),
    ("sign", "M5 6h14v8H5zM9 6l3-3 3 3M8.5 10h7M12 14v7"),
    ("decor", "M12 20C6 15.5 4 12.5 4 9.5A4 4 0 0 1 12 8a4 4 0 0 1 8 1.5c0 3-2 6-8 10.5Z"),
];

/// For categories that no word fits.
const OTHER: &str = "M12 3.5 20 8v8l-8 4.5L4 16V8l8-4.5ZM4 8l8 4.5L20 8M12 12.5v8";

/// Play.
pub const PLAY: &str = "M8 5v14l11-7L8 5Z";
/// Pause.
pub const PAUSE: &str = "M8.5 5v14M15.5 5v14";
/// One step back.
pub const STEP_BACK: &str = "M17 5 8 12l9 7V5ZM5.5 5v14";
/// One step on.
pub const STEP_NEXT: &str = "m7 5 9 7-9 7V5ZM18.5 5v14";
/// Save as a file.
pub const DOWNLOAD: &str = "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14";
/// Search.
pub const SEARCH: &str = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5";
/// Remove.
pub const CROSS: &str = "M6 6l12 12M18 6 6 18";
/// Add to the history.
pub const PLUS: &str = "M12 5v14M5 12h14";
/// Take back.
pub const UNDO: &str = "M9 7 4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-3";
/// Compare two products.
pub const COMPARE: &str = "M9 17a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM15 18a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z";
/// To the page before.
pub const LEFT: &str = "M14.5 5.5 8 12l6.5 6.5";
/// To the next page.
pub const RIGHT: &str = "M9.5 5.5 16 12l-6.5 6.5";
/// A link.
pub const LINK: &str =
    "M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7L12 17.7";
/// Exercises: a list of what is done.
pub const EXERCISES: &str = "M4 6.5 5.5 8 8 5M4 12.5 5.5 14 8 11M4 18.5 5.5 20 8 17M11.5 7H20M11.5 13H20M11.5 19H20";
/// A way with stops: the guided tour.
pub const TOUR: &str = "M6 21a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 19h7a4 4 0 0 0 0-8H9.5a3.5 3.5 0 0 1 0-7H15M17 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z";
/// Open a file.
pub const OPEN: &str = "M12 15.5V4M7.5 8.5 12 4l4.5 4.5M4.5 14.5V19h15v-4.5";
/// Light or dark.
pub const THEME: &str = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18M12 7.5h6M12 12h9M12 16.5h6";

/// The drawing for a category.
pub fn of_category(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    CATEGORIES.iter().find(|(word, _)| name.contains(word)).map_or(OTHER, |(_, path)| path)
}

/// The button that closes the dialog around it.
#[component]
pub fn Close() -> impl IntoView {
    view! {
        <form method="dialog">
            <button type="submit" class="tool" aria-label=t!("Close")>
                <Icon path=CROSS />
            </button>
        </form>
    }
}

/// A drawing, for eyes only: what it means stands in words beside it or in the label of its button.
#[component]
pub fn Icon(
    /// The outline, as the `d` of an SVG path in a square of 24.
    path: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
}
