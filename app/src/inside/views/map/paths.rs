//! The paths of the evolution state, one for each product that it is asked about.

use model::{DienTrace, Inspection};

use crate::inside::charts::plane::Point;
use crate::inside::charts::table::{Cell, Column, Table};
use crate::language::t;
use crate::session::Session;
use crate::session::answer::projection::Projection;
use crate::session::answer::scene::Scene;

/// Paths on the map; each has a colour, a dash and a number.
pub const PATHS: usize = 5;

/// One product's path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Row of the product.
    pub item: u32,
    /// The points of h'_0 = 0 and of h'_t, `[step + 1]`.
    pub points: Vec<Point>,
    /// h'_t, `[step, hidden]`.
    pub states: Vec<Vec<f32>>,
}

impl Path {
    /// The path in the trace of an inspected product; none where the trace is not of DIEN.
    pub fn of(inspection: &Inspection, projection: &Projection) -> Option<Self> {
        let states = DienTrace::of(&inspection.trace)?.evolution_states;
        let points = projection.path(&states);
        Some(Self { item: inspection.item, points, states: states.iter().map(<[f32]>::to_vec).collect() })
    }
}

/// The paths of an answer, that of the inspected product first.
pub fn paths(scene: &Scene) -> Vec<Path> {
    let Some(projection) = &scene.model.projection else { return Vec::new() };
    let Scene { answer, .. } = scene;
    let mut paths: Vec<Path> = Vec::new();
    for inspection in answer.inspected.iter().chain(&answer.compared).chain(&answer.more) {
        if paths.len() < PATHS && paths.iter().all(|path| path.item != inspection.item) {
            paths.extend(Path::of(inspection, projection));
        }
    }
    paths
}

/// A row for each state of each path.
pub fn table(session: Session, paths: &[Path], titles: &[String]) -> Table {
    let columns = [t!("path"), t!("product"), t!("step"), t!("click"), "x", "y"];
    let rows = paths.iter().enumerate().flat_map(|(place, path)| {
        path.points.iter().enumerate().map(move |(t, [x, y])| {
            let click = match t {
                0 => t!("before any click").to_owned(),
                t => titles.get(t - 1).cloned().unwrap_or_default(),
            };
            vec![
                Cell::Count(place + 1),
                Cell::Text(session.title(path.item)),
                Cell::Count(t),
                Cell::Text(click),
                Cell::Number(*x),
                Cell::Number(*y),
            ]
        })
    });
    Table { columns: columns.map(Column::new).into(), rows: rows.collect() }
}
