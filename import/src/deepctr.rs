//! DeepCTR's DIN and DIEN (TensorFlow), whose recurrent units are TensorFlow's `GRUCell`: reset before the product. Its
//! AUGRU scales the gate that keeps by 1 − a_t, as the DIEN authors' code does.

use crate::asked::Asked;
use crate::body::{Attention, Body, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Layers, Mlp, Units};
use crate::roles::{QueryOrder, Rules};
use crate::rows::Zero;
use crate::source::{HeadPart, Source};
use crate::tensorflow::{dice_norm, gru_cell, kernel, norm, second_layer};
use model::{Evolution, Normalization, Reset};

/// What names of DeepCTR's embeddings begin with.
pub(super) const MARK: &str = "sparse_";
const LIBRARY: &str = "DeepCTR";
/// ε of its Dice.
const DICE_EPSILON: f32 = 1e-9;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("gru1/");
    let (scope, dnn_scope) = unit_scopes(checkpoint);
    let widest = format!("{dnn_scope}kernel0");
    let rules = Rules {
        width: checkpoint.shape(&widest).and_then(|shape| shape.first()).map_or(0, |width| width / 4),
        widest: (&widest, 4),
        query: QueryOrder::Declared,
        pooled_in_place: false,
        own_histories: true,
        scales_numbers: false,
        // Keras puts layers in the order in which outputs need them: the query's before the others.
        apart: &["sparse_seq_emb_hist_", "sparse_seq_emb_neg_hist_"],
        zero: Zero::Masked,
        code: "the list of feature columns, dnn_feature_columns",
    };
    let (tables, pooled) = tables(checkpoint)?;
    if let Some(inputs) = asked.metadata.get_mut("inputs") {
        let (last, first): (Vec<&str>, Vec<&str>) =
            inputs.split(',').partition(|input| pooled.iter().any(|name| name == input));
        *inputs = [first, last].concat().join(",");
    }
    let features = Features::new(checkpoint, asked, tables, &rules)?;
    let width = features.width();

    let mut attention = unit(checkpoint, &scope, &dnn_scope, width)?;
    asked.settle_attention(&mut attention.mlp, "att_activation")?;
    let last = checkpoint.first_scope("", "dense");
    let mut perceptrons = checkpoint.scopes("", "dnn");
    // The head is made last; before it, where there is one, the auxiliary classifier.
    let head = perceptrons.pop().unwrap_or_else(|| "dnn".to_owned());
    let hidden = dnn(checkpoint, &format!("{head}/"), None)?;
    // The last layer has no bias of its own; the prediction layer's is the head's.
    let weight = checkpoint.take(&format!("{last}/kernel"), [hidden.last().map(|(dense, _)| dense.to), Some(1)])?;
    let bias = format!("{}/global_bias", checkpoint.first_scope("", "prediction_layer"));
    let bias = checkpoint.vector(&bias, Some(1))?;
    let output = Dense { from: weight.shape[0], to: 1, weight: weight.values, bias };
    let mut head = Mlp { hidden, output };
    asked.settle_head(&mut head, "dnn_activation")?;
    asked.task()?;

    let body = if is_dien {
        let auxiliary = match perceptrons.pop() {
            Some(scope) => Mlp::of_sigmoids(dnn(checkpoint, &format!("{scope}/"), Some(2 * width))?),
            None => None,
        };
        dien(checkpoint, asked, attention, auxiliary, width)?
    } else {
        let kinds = [Normalization::None, Normalization::Softmax];
        let normalization = asked.normalization(kinds, "the default of DeepCTR", "DIN(att_weight_normalization=…)")?;
        Body::Din { attention, normalization }
    };
    let mut parts: Vec<HeadPart> = features.without_clicks().chain([HeadPart::Interest(0..width)]).collect();
    parts.extend(features.numbers(checkpoint, asked, &head)?);
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

/// Features and the names of their tensors.
type Tables = Vec<(String, String)>;

/// Features and the names of their tables: "sparse_emb_user/embeddings" is the user's, and
/// "sparse_seq_emb_neg_hist_item/embeddings" the item's, which its histories share, where the item has none of its own. Features
/// of several values, "sparse_seq_emb_tags/embeddings", are pooled after all others, wherever they are declared; their names
/// are the second list.
fn tables(checkpoint: &Checkpoint) -> Result<(Tables, Vec<String>), ImportError> {
    let (mut tables, mut pooled) = (Tables::new(), Tables::new());
    for name in checkpoint.names() {
        let Some(feature) = name.strip_prefix(MARK).and_then(|name| name.strip_suffix("/embeddings")) else { continue };
        let mut plain = feature.strip_prefix("seq_").unwrap_or(feature);
        plain = plain.strip_prefix("emb_").unwrap_or(plain);
        let history = plain;
        for prefix in ["neg_", "hist_"] {
            plain = plain.strip_prefix(prefix).unwrap_or(plain);
        }
        if feature.starts_with("seq_") && plain == history {
            pooled.push((plain.to_owned(), name.to_owned()));
            continue;
        }
        let has_own = plain != history && checkpoint.has(&format!("{MARK}emb_{plain}/embeddings"));
        let feature = if has_own { history } else { plain };
        if let Some((_, other)) = tables.iter().find(|(other, _)| other == feature) {
            let problem = format!("the tensors \"{other}\" and \"{name}\" are both of \"{feature}\"");
            return Err(checkpoint.unsupported(problem));
        }
        tables.push((feature.to_owned(), name.to_owned()));
    }
    let names = pooled.iter().map(|(name, _)| name.clone()).collect();
    tables.extend(pooled);
    Ok((tables, names))
}

fn dien(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    attention: Unit,
    auxiliary: Option<Mlp>,
    width: usize,
) -> Result<Body, ImportError> {
    let extractor = gru_cell(checkpoint, "gru1/gru_cell/", width, width)?;
    let kinds = [Normalization::Softmax, Normalization::None];
    let normalization = asked.normalization(kinds, "the default of DeepCTR", "DIEN(att_weight_normalization=…)")?;
    let plain = [Evolution::Gru, Evolution::Aigru];
    let (evolution, second) = second_layer(checkpoint, asked, width, plain, "DIEN(gru_type=…)")?;
    let (attention, reset) = (Attention::Unit(attention), Reset::Before);
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset, auxiliary })
}

/// The scopes of the local activation unit and of its perceptron.
fn unit_scopes(checkpoint: &Checkpoint) -> (String, String) {
    let pooling = checkpoint.first_scope("", "attention_sequence_pooling_layer");
    let unit = format!("{pooling}/{}/", checkpoint.first_scope(&format!("{pooling}/"), "local_activation_unit"));
    let dnn_scope = format!("{unit}{}/", checkpoint.first_scope(&unit, "dnn"));
    (unit, dnn_scope)
}

fn unit(checkpoint: &mut Checkpoint, unit: &str, dnn_scope: &str, width: usize) -> Result<Unit, ImportError> {
    let hidden = dnn(checkpoint, dnn_scope, Some(4 * width))?;
    let output = kernel(checkpoint, unit, "", hidden.last().map(|(dense, _)| dense.to), Some(1))?;
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
            let (scale, shift) = norm(checkpoint, &format!("{scope}{name}/"), dense.to)?.scale_and_shift();
            dense.scale(&scale, &shift);
        }
        let units = if let Some(name) = dice.get(layer) {
            let dice = format!("{scope}{name}/");
            let alpha = checkpoint.vector(&format!("{dice}dice_alpha"), Some(dense.to))?;
            let inner = format!("{dice}{}/", checkpoint.first_scope(&dice, "batch_normalization"));
            Units::Dice { alpha, norm: dice_norm(checkpoint, &inner, dense.to, DICE_EPSILON)? }
        } else if let Some(name) = prelu.get(layer) {
            Units::Prelu(checkpoint.vector(&format!("{scope}{name}/alpha"), Some(dense.to))?)
        } else {
            Units::Unknown
        };
        layers.push((dense, units));
    }
    Ok(layers)
}
