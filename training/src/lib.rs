//! Trains networks and measures them.
//!
//! Without features: [`purchases`] and their compact file ([`packed`]), also of a visitor's own data ([`own`]), the questions drawn
//! from them ([`samples`]), how to train ([`options`]), how answers are scored ([`scores`]), and what the page and its trainer say
//! to each other ([`messages`]). Nothing here needs a tensor library, a file or a clock.
//!
//! With the feature `burn`: [`evaluate`] and [`mod@train`], the training loop, likewise without files and clocks, and [`session`],
//! the loop under the page's command.
//!
//! With the feature `cli`: what the program `interest-lens` is made of. It prepares data, trains with checkpoints in a folder and
//! writes results.

#[cfg(feature = "cli")]
pub mod bootstrap;
#[cfg(feature = "burn")]
pub mod evaluate;
#[cfg(feature = "cli")]
pub mod exam;
#[cfg(feature = "cli")]
pub mod export;
#[cfg(feature = "cli")]
pub mod knn;
pub mod messages;
pub mod options;
pub mod own;
pub mod packed;
#[cfg(feature = "cli")]
pub mod prepare;
#[cfg(feature = "cli")]
pub mod projection;
pub mod purchases;
#[cfg(feature = "cli")]
pub mod results;
pub mod samples;
pub mod scores;
#[cfg(feature = "cli")]
pub mod search;
#[cfg(feature = "cli")]
pub mod sequences;
#[cfg(feature = "burn")]
pub mod session;
#[cfg(feature = "cli")]
pub mod split;
pub mod state;
#[cfg(feature = "burn")]
pub mod train;
