//! The views, a file each.

pub mod compare;
pub mod draft;
pub mod embeddings;
pub mod map;
pub mod model;
pub mod next_click;
pub mod shaders;
pub mod steps;
pub mod what_if;
