//! The article, from its sources in this folder to static HTML.
//!
//! `article.<language>.html` has the text. No number is typed in it: a placeholder such as `{{p dien shopper2 22961}}` says what is
//! to be computed ([`value`]), `{{choose …}}` takes the sentence that the numbers carry, `{{figure …}}` and `{{equation …}}` stand for
//! what [`figure`] and [`equation`] make of `figures.json` and `equations.json`, and `{{table …}}` for results ([`table`]). So the
//! text goes on to hold when the weights in `assets/` or the results change, and a test fails on a digit that somebody types
//! ([`prose`]).
//!
//! `docs/lesson.md` becomes a page beside it ([`markdown`]).
//!
//! The drawings are the first states of the page's own views, from the numbers of the same engine ([`drawing`]): what is read
//! without scripts, and printed. `article.js` lets the views themselves take their place near the screen.

pub mod drawing;
pub mod equation;
pub mod error;
pub mod figure;
pub mod first_state;
pub mod format;
pub mod markdown;
pub mod measured;
pub mod prose;
pub mod shop;
pub mod table;
pub mod template;
pub mod value;
pub mod words;
pub mod write;

// The page's own notation, layers and colours: files that need nothing of the page. As a dependency, the page would
// bring Leptos.
#[path = "../../app/src/explain/math.rs"]
pub mod math;
#[path = "../../app/src/explain/layers/numbers.rs"]
pub mod numbers;
#[path = "../../app/src/ui/scale.rs"]
pub mod scale;
