//! The queries of a block of candidates.

use super::dense::Dense;
use super::lanes::Vector;
use crate::catalogue::Catalogue;
use crate::layers::{Layer, Units};

/// The queries of as many candidates as a vector has lanes; 0 where there are fewer.
#[derive(Debug)]
pub(crate) struct Queries<V> {
    zero: V,
    own: Vec<V>,
    /// The layer that makes of them what attention sees in their place, if anything.
    layer: Option<(Dense<V>, Units)>,
    of_attention: Vec<V>,
}

/// The queries as the stages see them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a, V> {
    /// q, `[H]`.
    pub own: &'a [V],
    /// What attention sees in its place, `[key]`.
    pub of_attention: &'a [V],
}

impl<V: Vector> Queries<V> {
    /// Of no candidates; `layer` makes of a query what attention sees in its place, if anything.
    pub fn new(zero: V, layer: Option<&Layer>) -> Self {
        let layer =
            layer.map(|layer| (Dense::new(zero, &layer.dense.weight, &layer.dense.bias), layer.activation.clone()));
        Self { zero, own: Vec::new(), layer, of_attention: Vec::new() }
    }

    /// Gathers those of `items`.
    pub fn load(&mut self, catalogue: &Catalogue, items: &[u32]) {
        self.own.clear();
        for k in 0..catalogue.width() {
            self.own.push(self.zero.per_lane(|lane| items.get(lane).map_or(0.0, |&item| catalogue.item(item)[k])));
        }
    }

    /// Those gathered, and what attention sees in their place.
    #[inline(always)]
    pub fn query(&mut self) -> Query<'_, V> {
        let Some((dense, activation)) = &self.layer else {
            return Query { own: &self.own, of_attention: &self.own };
        };
        dense.run(&self.own, &mut self.of_attention);
        activation.apply(&mut self.of_attention);
        // Without what it is filled up with.
        Query { own: &self.own, of_attention: &self.of_attention[..activation.alpha.len()] }
    }
}
