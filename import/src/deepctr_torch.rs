//! DeepCTR-Torch's DIN and DIEN.

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Layers, Mlp};
use crate::roles::{QueryOrder, Rules};
use crate::rows::Zero;
use crate::source::{HeadPart, Source};
use crate::torch::{DiceKind, gru_layers, linear, norm, torch_gru, units};
use model::{Evolution, Normalization, Reset};

/// What names of DeepCTR-Torch's embeddings begin with.
pub(super) const MARK: &str = "embedding_dict.";
const LIBRARY: &str = "DeepCTR-Torch";
const DICE: DiceKind = DiceKind { epsilon: 1e-8, affine: true };

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("interest_extractor.");
    let (widest, times) = if is_dien {
        ("interest_extractor.gru.weight_ih_l0", 1)
    } else {
        ("attention.local_att.dnn.linears.0.weight", 4)
    };
    let tables = checkpoint.children(MARK).into_iter().map(|name| (name.clone(), format!("{MARK}{name}.weight")));
    let tables = tables.collect();
    let rules = Rules {
        width: checkpoint.shape(widest).and_then(|shape| shape.get(1)).map_or(0, |width| width / times),
        widest: (widest, times),
        query: QueryOrder::Declared,
        pooled_in_place: false,
        own_histories: true,
        scales_numbers: false,
        apart: &[],
        zero: Zero::Free,
        code: "the list of feature columns, dnn_feature_columns",
    };
    let features = Features::new(checkpoint, asked, tables, &rules)?;
    let width = features.width();
    let body = if is_dien { dien(checkpoint, asked, width)? } else { din(checkpoint, asked, width)? };

    let hidden = dnn(checkpoint, "dnn.", None)?;
    let last = hidden.last().map(|(dense, _)| dense.to);
    // The last layer has no bias of its own; the prediction layer's is the head's.
    let output = if is_dien { "linear.weight" } else { "dnn_linear.weight" };
    let output = checkpoint.take(output, [Some(1), last])?;
    let output = Dense::from_rows(output, checkpoint.vector("out.bias", Some(1))?);
    let mut head = Mlp { hidden, output };
    asked.settle_head(&mut head, "dnn_activation")?;
    asked.task()?;

    let interest = [HeadPart::Interest(0..width)];
    let mut parts: Vec<HeadPart> = if is_dien {
        interest.into_iter().chain(features.without_clicks()).collect()
    } else {
        features.without_clicks().chain(interest).collect()
    };
    parts.extend(features.numbers(checkpoint, asked, &head)?);
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

fn din(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    let attention = unit(checkpoint, asked, "attention.local_att.", width)?;
    let kinds = [Normalization::None, Normalization::Softmax];
    let normalization =
        asked.normalization(kinds, "the default of DeepCTR-Torch", "DIN(att_weight_normalization=…)")?;
    Ok(Body::Din { attention, normalization })
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    let extractor = torch_gru(checkpoint, "interest_extractor.gru.", width)?;
    let auxiliary = if checkpoint.has_any("interest_extractor.auxiliary_net.") {
        Mlp::of_sigmoids(dnn(checkpoint, "interest_extractor.auxiliary_net.", Some(2 * width))?)
    } else {
        None
    };
    let attention = unit(checkpoint, asked, "interest_evolution.attention.local_att.", width)?;
    let kinds = [Normalization::Softmax, Normalization::None];
    let normalization =
        asked.normalization(kinds, "the default of DeepCTR-Torch", "DIEN(att_weight_normalization=…)")?;
    let layer = "interest_evolution.interest_evolution.";
    let (cell, code) = (format!("{layer}rnn."), "DIEN(gru_type=…)");
    let (evolution, second) = if checkpoint.has_any(&cell) {
        let [input, hidden] = gru_layers(checkpoint, &cell, "", width)?;
        let evolution = asked.evolution([Evolution::Augru, Evolution::Agru], "the usual one of the two", code)?;
        (evolution, Gru::new(input, hidden, Gates::ResetUpdate))
    } else {
        let evolution = asked.evolution([Evolution::Gru, Evolution::Aigru], "the default of DeepCTR-Torch", code)?;
        (evolution, torch_gru(checkpoint, layer, width)?)
    };
    let attention = Attention::Unit(attention);
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset: Reset::After, auxiliary })
}

fn unit(checkpoint: &mut Checkpoint, asked: &mut Asked, prefix: &str, width: usize) -> Result<Unit, ImportError> {
    let hidden = dnn(checkpoint, &format!("{prefix}dnn."), Some(4 * width))?;
    let output = linear(checkpoint, &format!("{prefix}dense"), hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    let mut mlp = Mlp { hidden, output };
    asked.settle_attention(&mut mlp, "att_activation")?;
    Ok(Unit { query: None, mlp })
}

/// Its perceptron: `linears`, `bn` where there is one, `activation_layers`, numbered alike.
fn dnn(checkpoint: &mut Checkpoint, prefix: &str, mut from: Option<usize>) -> Result<Layers, ImportError> {
    let mut layers = Vec::new();
    let count = checkpoint.children(&format!("{prefix}linears.")).len().max(1);
    for layer in 0..count {
        let mut dense = linear(checkpoint, &format!("{prefix}linears.{layer}"), from, None)?;
        from = Some(dense.to);
        let bn = format!("{prefix}bn.{layer}");
        if checkpoint.has(&format!("{bn}.running_mean")) {
            let (scale, shift) = norm(checkpoint, &bn, dense.to)?.scale_and_shift();
            dense.scale(&scale, &shift);
        }
        let activation = format!("{prefix}activation_layers.{layer}");
        let units = units(checkpoint, &activation, dense.to, DICE)?;
        layers.push((dense, units));
    }
    Ok(layers)
}
