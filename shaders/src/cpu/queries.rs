//! The candidates' queries, laid out for the stages.

use super::lanes::Vector;
use crate::network::{Matrix, Network};

/// The queries of some items, those of a block side by side, the last block filled up with zeros.
#[derive(Debug)]
pub(crate) struct Queries<V> {
    blocks: usize,
    /// q, [block][H].
    own: Vec<V>,
    /// What attention sees in its place, [block][key], where that is not the query itself.
    of_attention: Option<Vec<V>>,
}

/// The queries of one block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a, V> {
    /// q, [H].
    pub own: &'a [V],
    /// What attention sees in its place, [key].
    pub of_attention: &'a [V],
}

impl<V: Vector> Queries<V> {
    pub fn new(zero: V, network: &Network, items: &[u32]) -> Self {
        Self {
            blocks: items.len().div_ceil(V::LANES),
            own: side_by_side(zero, &network.catalogue, items),
            of_attention: network.attention_queries.as_ref().map(|queries| side_by_side(zero, queries, items)),
        }
    }

    /// Those of block number `block`.
    pub fn block(&self, block: usize) -> Query<'_, V> {
        let part = |queries: &'_ Vec<V>| {
            let width = queries.len() / self.blocks;
            block * width..(block + 1) * width
        };
        let own = &self.own[part(&self.own)];
        Query { own, of_attention: self.of_attention.as_ref().map_or(own, |queries| &queries[part(queries)]) }
    }
}

/// Rows of `matrix`, [block][columns].
fn side_by_side<V: Vector>(zero: V, matrix: &Matrix, rows: &[u32]) -> Vec<V> {
    let mut values = Vec::with_capacity(rows.len().div_ceil(V::LANES) * matrix.columns);
    for rows in rows.chunks(V::LANES) {
        for column in 0..matrix.columns {
            values.push(zero.per_lane(|lane| rows.get(lane).map_or(0.0, |&row| matrix.row(row as usize)[column])));
        }
    }
    values
}
