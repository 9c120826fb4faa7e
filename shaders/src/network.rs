//! A network made ready to run: what depends on the weights alone, computed once and shared by both backends.

use model::{Config, Inspection, Trace, Weights};

use crate::catalogue::Catalogue;
use crate::error::EngineError;
use crate::layers::Mlp;
use crate::networks::Body;

/// A network and its catalogue, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub config: Config,
    pub catalogue: Catalogue,
    /// The part between the embeddings and the head.
    pub body: Body,
    pub head: Mlp,
}

impl Network {
    /// # Errors
    /// [`EngineError::ItemCategories`], [`EngineError::OutOfRange`], [`EngineError::Unsupported`].
    pub fn new(weights: &Weights, item_categories: &[u32]) -> Result<Self, EngineError> {
        let config = weights.config().clone();
        let catalogue = Catalogue::new(weights, item_categories)?;
        if config.head.wide {
            return Err(EngineError::Unsupported("a wide part (head.wide)".to_owned()));
        }
        let head = Mlp::new(weights, "head", 0..config.head.hidden.len(), config.head.activation);
        Ok(Self { catalogue, body: Body::new(weights), head, config })
    }

    /// The key in place of those of `history`, `[H]`, where that is empty and a key stands for it.
    pub fn stand_in(&self, history: &[u32]) -> Option<&[f32]> {
        self.body.padding().filter(|_| history.is_empty())
    }

    /// What was computed for `item` after `steps` clicks, from the values of the trace's parts in their order.
    pub fn inspection(
        &self,
        item: u32,
        [logit, probability]: [f32; 2],
        steps: usize,
        parts: Vec<Vec<f32>>,
    ) -> Inspection {
        let (specs, sizes) = (self.config.network.parts(), self.config.trace_sizes(steps));
        debug_assert_eq!(specs.len(), parts.len());
        let trace = Trace::new(specs.iter().zip(parts).map(|(spec, values)| spec.of(sizes, values)));
        Inspection { item, logit, probability, trace }
    }
}
