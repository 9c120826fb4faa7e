//! The queries of a block of candidates.

use super::lanes::Vector;
use crate::network::{Matrix, Network};

/// The queries of as many candidates as a vector has lanes; 0 where there are fewer.
#[derive(Debug)]
pub(crate) struct Queries<V> {
    zero: V,
    own: Vec<V>,
    /// Where attention sees something else in their place.
    of_attention: Option<Vec<V>>,
}

/// The queries as the stages see them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a, V> {
    /// q, [H].
    pub own: &'a [V],
    /// What attention sees in its place, [key].
    pub of_attention: &'a [V],
}

impl<V: Vector> Queries<V> {
    pub fn new(zero: V, network: &Network) -> Self {
        Self { zero, own: Vec::new(), of_attention: network.attention_queries.as_ref().map(|_| Vec::new()) }
    }

    /// Those of `items`.
    pub fn load(&mut self, network: &Network, items: &[u32]) -> Query<'_, V> {
        side_by_side(self.zero, &network.catalogue, items, &mut self.own);
        if let (Some(queries), Some(matrix)) = (&mut self.of_attention, &network.attention_queries) {
            side_by_side(self.zero, matrix, items, queries);
        }
        Query { own: &self.own, of_attention: self.of_attention.as_ref().unwrap_or(&self.own) }
    }
}

/// Rows of `matrix` into `values` [columns].
fn side_by_side<V: Vector>(zero: V, matrix: &Matrix, rows: &[u32], values: &mut Vec<V>) {
    values.clear();
    for column in 0..matrix.columns {
        values.push(zero.per_lane(|lane| rows.get(lane).map_or(0.0, |&row| matrix.row(row as usize)[column])));
    }
}
