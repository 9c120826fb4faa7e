//! What the page says about the networks: names, words, equations, and the calculation behind every number.

pub mod anatomy;
pub mod layers;
pub mod math;
pub mod networks;
pub mod wgsl;
