//! The lesson: a guided tour whose stops are data, and lecture mode.
//!
//! # The tour
//!
//! `assets/lesson/tour.json` has the stops in their order, and `tour.<language>.json` what each says: the texts are long, and whoever
//! takes no tour does without them. The words on the card are the page's own texts. A stop is
//!
//! - `id`, also in the address as `tour=ID`; the stop about a view, or a part of the page, has the name of that;
//! - `anchor`, the test id of the element that it is about, and `nth` where there are several;
//! - `state`, the page as an address says it;
//! - `done`, a predicate by name: see [`done`];
//! - `equation`, in the one line that [`math`](crate::explain::math::math) reads.
//!
//! Numbers in the texts are names in braces: see [`numbers`]. The page is the visitor's own again once the tour is over, as it was.
//!
//! # Lecture mode
//!
//! `lecture=1` in the address: large type, few controls, and the keys of a presenter. What is in the style sheet under
//! `[data-lecture]` makes the page so; [`lecturing`] has the bar with the keys, the code for phones, and the votes of the class.
//!
//! What the start needs of this is in [`tour`], [`lecture`], [`place`] and [`help`]; everything else comes when it is first wanted.

mod anchor;
mod card;
mod code;
mod done;
pub mod help;
pub mod lecture;
mod lecturing;
mod numbers;
pub mod place;
mod stops;
mod tally;
mod texts;
pub mod tour;
