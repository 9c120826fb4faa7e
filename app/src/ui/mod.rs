//! What every part of the page is made of.

pub mod format;
pub mod icons;
pub mod json_file;
pub mod memo;
pub mod progress;
pub mod scale;
pub mod scoped;
pub mod term;
pub mod view;
