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
    /// Whether numbers may grow too large for float32, for some history and candidate.
    pub may_overflow: bool,
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
        Ok(Self { catalogue, body: Body::new(weights), head, config, may_overflow: may_overflow(weights) })
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

/// Whether numbers of a network of these weights may grow too large for float32, for some history and candidate.
///
/// On the way from the embeddings to the logit each other tensor multiplies or is added once, query and keys come together at
/// most four times (in the scores as q⊙k, in the interest as w·k, in the head as q⊙v), and activations make numbers greater by
/// no more than their α. Gates, softmax weights and the states of recurrent layers stay within 1, unless
/// [`NetworkConfig::grows`](model::NetworkConfig::grows). So no number, nor any part of a sum in whichever order, is greater
/// than the product of what each tensor can make of a 1: networks as they are trained stay below 1e25.
fn may_overflow(weights: &Weights) -> bool {
    /// 200 clicks are summed up, inner products of embeddings or states have no more than 8192 terms, and what is added beside
    /// them is less than ten times as much: 2²⁴.
    const SUMS: f64 = 16_777_216.0;
    let sum = |values: &mut dyn Iterator<Item = &f32>| values.map(|value| value.abs()).sum::<f32>();
    let (mut embedding, mut others) = (1.0, SUMS);
    for (name, shape) in weights.config().tensors(weights.vocabulary()) {
        let values = weights.values(&name);
        let greatest = values.iter().fold(0.0, |greatest: f32, value| greatest.max(value.abs()));
        if name.starts_with("embedding.") {
            embedding += f64::from(greatest);
            continue;
        }
        let gain = match *shape {
            [rows, columns] => {
                let of_rows = (0..rows).map(|row| sum(&mut values[row * columns..][..columns].iter()));
                let of_columns = (0..columns).map(|column| sum(&mut values[column..].iter().step_by(columns)));
                of_rows.chain(of_columns).fold(0.0, f32::max)
            }
            // What is divided by a standard deviation.
            _ if name.ends_with(".variance") => {
                values.iter().fold(0.0, |gain: f32, value| gain.max(1.0 / value.sqrt()))
            }
            _ => greatest,
        };
        others *= 1.0 + f64::from(gain);
    }
    // Half of the greatest float32, for rounding.
    weights.config().network.grows() || embedding.powi(4) * others > f64::from(f32::MAX / 2.0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::NetworkKind;

    use super::*;

    #[test]
    fn the_page_s_networks_cannot_overflow() {
        for kind in NetworkKind::ALL {
            let file = format!("{}.safetensors", kind.id());
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").join(&file);
            let weights = Weights::from_safetensors(&file, &std::fs::read(path).unwrap()).unwrap();
            assert!(!may_overflow(&weights), "{file}");
        }
    }
}
