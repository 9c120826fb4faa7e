//! The parts of the page.

pub mod about;
pub mod addressing;
pub mod aids;
mod attention;
pub mod embed;
pub mod evolution;
pub mod header;
pub mod history;
pub mod language;
pub mod link;
pub mod pictogram;
pub mod proof;
pub mod ranking;
pub mod share;
pub mod shop;
pub mod tabs;
pub mod welcome;
