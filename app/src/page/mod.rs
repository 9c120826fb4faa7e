//! The parts of the page.

pub mod about;
mod addressing;
mod attention;
pub mod embed;
pub mod evolution;
pub mod header;
pub mod history;
pub mod link;
pub mod proof;
pub mod ranking;
pub mod share;
pub mod shop;
pub mod tabs;
