//! Drawings of numbers as HTML and SVG that need no script: a table of bars, a map of colours, curves over the steps, a plane.
//!
//! What a drawing shows of a part of a trace is marked with `data-part`, so that a letter of an equation can light it up.

pub mod bars;
pub mod curves;
pub mod heat;
pub mod plane;
