//! DeepCTR's DIN and DIEN (TensorFlow), whose recurrent units are TensorFlow's `GRUCell`: reset before the product. Its
//! AUGRU scales the gate that keeps by 1 − a_t, as the DIEN authors' code does.

use crate::asked::Asked;
use crate::body::{Attention, Body, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Layers, Mlp, Units};
use crate::source::{HeadPart, Source};
use crate::tensorflow::{NORM_EPSILON, gru_cell, kernel, norm, second_layer};
use model::{Evolution, Normalization, Reset};

/// What names of DeepCTR's embeddings begin with.
pub(super) const MARK: &str = "sparse_";
const LIBRARY: &str = "DeepCTR";
/// ε of its Dice.
const DICE_EPSILON: f32 = 1e-9;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let tables = tables(checkpoint);
    let names: Vec<String> = tables.iter().map(|(feature, _)| feature.clone()).collect();
    let table =
        |name: &str| tables.iter().find(|(feature, _)| feature == name).map_or("", |(_, table)| table).to_owned();
    let features = Features::new(checkpoint, asked, &names, table)?;
    let width = features.width();

    let is_dien = checkpoint.has_any("gru1/");
    let mut attention = unit(checkpoint, width)?;
    asked.settle_attention(&mut attention.mlp);
    let last = checkpoint.first_scope("", "dense");
    let mut perceptrons = checkpoint.scopes("", "dnn");
    // The head is made last; before it, where there is one, the auxiliary classifier.
    let head = perceptrons.pop().unwrap_or_else(|| "dnn".to_owned());
    let hidden = dnn(checkpoint, &format!("{head}/"), None)?;
    let mut output = kernel(checkpoint, &format!("{last}/"), "", hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    let bias = format!("{}/global_bias", checkpoint.first_scope("", "prediction_layer"));
    output.bias = checkpoint.vector(&bias, Some(1))?;
    let mut head = Mlp { hidden, output };
    asked.settle_head(&mut head);

    let body = if is_dien {
        let auxiliary = match perceptrons.pop() {
            Some(scope) => Mlp::of_sigmoids(dnn(checkpoint, &format!("{scope}/"), Some(2 * width))?),
            None => None,
        };
        dien(checkpoint, asked, attention, auxiliary, width)?
    } else {
        Body::Din { attention, normalization: asked.normalization((Normalization::None, "none"), LIBRARY)? }
    };
    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let mut default: Vec<HeadPart> = contexts.chain([HeadPart::Item, HeadPart::Category, HeadPart::Interest]).collect();
    default.extend(features.numbers(&head));
    features.source(checkpoint, asked, LIBRARY, body, head, default)
}

/// Features and the names of their tables: "sparse_emb_user/embeddings" is the user's, and
/// "sparse_seq_emb_neg_hist_item/embeddings" the item's, which its histories share.
fn tables(checkpoint: &Checkpoint) -> Vec<(String, String)> {
    let mut tables: Vec<(String, String)> = Vec::new();
    for name in checkpoint.names() {
        let Some(feature) = name.strip_prefix(MARK).and_then(|name| name.strip_suffix("/embeddings")) else { continue };
        let mut feature = feature;
        for prefix in ["seq_", "emb_", "neg_", "hist_"] {
            feature = feature.strip_prefix(prefix).unwrap_or(feature);
        }
        tables.push((feature.to_owned(), name.to_owned()));
    }
    tables
}

fn dien(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    attention: Unit,
    auxiliary: Option<Mlp>,
    width: usize,
) -> Result<Body, ImportError> {
    let extractor = gru_cell(checkpoint, "gru1/gru_cell/", width, width)?;
    let normalization = asked.normalization((Normalization::Softmax, "softmax"), LIBRARY)?;
    let (evolution, second) = second_layer(checkpoint, asked, width, (Evolution::Gru, "GRU"), LIBRARY)?;
    let (attention, reset) = (Attention::Unit(attention), Reset::Before);
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset, auxiliary })
}

fn unit(checkpoint: &mut Checkpoint, width: usize) -> Result<Unit, ImportError> {
    let pooling = checkpoint.first_scope("", "attention_sequence_pooling_layer");
    let unit = format!("{pooling}/{}/", checkpoint.first_scope(&format!("{pooling}/"), "local_activation_unit"));
    let dnn_scope = format!("{unit}{}/", checkpoint.first_scope(&unit, "dnn"));
    let hidden = dnn(checkpoint, &dnn_scope, Some(4 * width))?;
    let output = kernel(checkpoint, &unit, "", hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    Ok(Unit { query: None, mlp: Mlp { hidden, output } })
}

/// Its perceptron: kernel0, bias0, kernel1, …, and scopes of batch normalisations and activations in the same order.
fn dnn(checkpoint: &mut Checkpoint, scope: &str, mut from: Option<usize>) -> Result<Layers, ImportError> {
    let norms = checkpoint.scopes(scope, "batch_normalization");
    let [dice, prelu] = ["dice", "p_re_lu"].map(|kind| checkpoint.scopes(scope, kind));
    let count = (0..).take_while(|layer| checkpoint.has(&format!("{scope}kernel{layer}"))).count().max(1);
    let mut layers = Vec::new();
    for layer in 0..count {
        let mut dense = kernel(checkpoint, scope, &layer.to_string(), from, None)?;
        from = Some(dense.to);
        if let Some(name) = norms.get(layer) {
            let (scale, shift) =
                norm(checkpoint, &format!("{scope}{name}/"), dense.to, NORM_EPSILON)?.scale_and_shift();
            dense.scale(&scale, &shift);
        }
        let units = if let Some(name) = dice.get(layer) {
            let dice = format!("{scope}{name}/");
            let alpha = checkpoint.vector(&format!("{dice}dice_alpha"), Some(dense.to))?;
            let inner = format!("{dice}{}/", checkpoint.first_scope(&dice, "batch_normalization"));
            Units::Dice { alpha, norm: norm(checkpoint, &inner, dense.to, DICE_EPSILON)? }
        } else if let Some(name) = prelu.get(layer) {
            Units::Prelu(checkpoint.vector(&format!("{scope}{name}/alpha"), Some(dense.to))?)
        } else {
            Units::Unknown
        };
        layers.push((dense, units));
    }
    Ok(layers)
}
