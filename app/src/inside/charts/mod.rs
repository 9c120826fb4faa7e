//! Charts and tables, and what moves, saves and colours them.

pub mod cloud;
pub mod frame;
pub mod heat;
pub mod plane;
pub mod rank_correlation;
pub mod scale;
pub mod scatter;
pub mod svg_export;
pub mod table;
pub mod walk;
pub mod zoom;
