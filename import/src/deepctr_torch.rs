//! DeepCTR-Torch's DIN and DIEN.

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Layers, Mlp};
use crate::source::{HeadPart, Source};
use crate::torch::{NORM_EPSILON, gru_layers, linear, norm, torch_gru, units};
use model::{Evolution, Normalization, Reset};

/// What names of DeepCTR-Torch's embeddings begin with.
pub(super) const MARK: &str = "embedding_dict.";
const LIBRARY: &str = "DeepCTR-Torch";
/// ε of its Dice.
const DICE_EPSILON: f32 = 1e-8;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let names = checkpoint.children(MARK);
    let features = Features::new(checkpoint, asked, &names, |name| format!("{MARK}{name}.weight"))?;
    let width = features.width();
    let is_dien = checkpoint.has_any("interest_extractor.");
    let body = if is_dien { dien(checkpoint, asked, width)? } else { din(checkpoint, asked, width)? };

    // The last layer has no bias of its own; the prediction layer's is the head's.
    let hidden = dnn(checkpoint, "dnn.", None)?;
    let last = hidden.last().map(|(dense, _)| dense.to);
    let mut output = linear(checkpoint, if is_dien { "linear" } else { "dnn_linear" }, last, Some(1))?;
    output.bias = checkpoint.vector("out.bias", Some(1))?;
    let mut head = Mlp { hidden, output };
    asked.settle_head(&mut head);

    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let query = [HeadPart::Item, HeadPart::Category];
    let mut default: Vec<HeadPart> = if is_dien {
        [HeadPart::Interest].into_iter().chain(contexts).chain(query).collect()
    } else {
        contexts.chain(query).chain([HeadPart::Interest]).collect()
    };
    default.extend(features.numbers(&head));
    features.source(checkpoint, asked, LIBRARY, body, head, default)
}

fn din(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    let attention = unit(checkpoint, asked, "attention.local_att.", width)?;
    let normalization = asked.normalization((Normalization::None, "none"), LIBRARY)?;
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
    let normalization = asked.normalization((Normalization::Softmax, "softmax"), LIBRARY)?;
    let layer = "interest_evolution.interest_evolution.";
    let cell = format!("{layer}rnn.");
    let (evolution, second) = if checkpoint.has_any(&cell) {
        let [input, hidden] = gru_layers(checkpoint, &cell, "", width)?;
        (asked.evolution((Evolution::Augru, "AUGRU"), LIBRARY)?, Gru::new(input, hidden, Gates::ResetUpdate))
    } else {
        (asked.evolution((Evolution::Gru, "GRU"), LIBRARY)?, torch_gru(checkpoint, layer, width)?)
    };
    let attention = Attention::Unit(attention);
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset: Reset::After, auxiliary })
}

fn unit(checkpoint: &mut Checkpoint, asked: &mut Asked, prefix: &str, width: usize) -> Result<Unit, ImportError> {
    let hidden = dnn(checkpoint, &format!("{prefix}dnn."), Some(4 * width))?;
    let output = linear(checkpoint, &format!("{prefix}dense"), hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    let mut mlp = Mlp { hidden, output };
    asked.settle_attention(&mut mlp);
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
            let (scale, shift) = norm(checkpoint, &bn, dense.to, NORM_EPSILON)?.scale_and_shift();
            dense.scale(&scale, &shift);
        }
        let activation = format!("{prefix}activation_layers.{layer}");
        let units = units(checkpoint, &activation, dense.to, DICE_EPSILON)?;
        layers.push((dense, units));
    }
    Ok(layers)
}
