//! DeepCTR's DIN and DIEN (TensorFlow), whose recurrent units are TensorFlow's `GRUCell`: reset before the product. Its
//! AUGRU scales the gate that keeps by 1 − a_t, as the DIEN authors' code does.

use super::ImportError;
use super::checkpoint::Checkpoint;
use super::fuxictr::Features;
use super::options::{Asked, Plain};
use super::parts::{Attention, Body, Dense, Gru, HeadPart, Layers, Mlp, Norm, Source, Unit, Units};
use crate::{Evolution, Normalization, Reset};

/// What names of DeepCTR's embeddings begin with.
pub(super) const MARK: &str = "sparse_";
const LIBRARY: &str = "DeepCTR";
/// ε of its Dice, and of Keras's batch normalisation.
const DICE_EPSILON: f32 = 1e-9;
pub(super) const NORM_EPSILON: f32 = 1e-3;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let tables = tables(checkpoint);
    let names: Vec<String> = tables.iter().map(|(feature, _)| feature.clone()).collect();
    let table =
        |name: &str| tables.iter().find(|(feature, _)| feature == name).map_or("", |(_, table)| table).to_owned();
    let features = Features::new(checkpoint, asked, &names, table)?;
    let width = features.item.dim + features.category.as_ref().map_or(0, |category| category.dim);

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
            Some(scope) => {
                // All its layers end in a sigmoid, the last as well, so that what comes before that is the logit.
                let mut layers = dnn(checkpoint, &format!("{scope}/"), Some(2 * width))?;
                layers.pop().map(|(output, _)| {
                    let mut mlp = Mlp { hidden: layers, output };
                    mlp.settle(|| Plain::Sigmoid);
                    mlp
                })
            }
            None => None,
        };
        dien(checkpoint, asked, attention, auxiliary, width)?
    } else {
        Body::Din { attention, normalization: asked.normalization((Normalization::None, "none"), LIBRARY)? }
    };
    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let mut default: Vec<HeadPart> = contexts.chain([HeadPart::Item, HeadPart::Category, HeadPart::Interest]).collect();
    // Numbers come last and have no tensors.
    let known = 2 * width + features.contexts.iter().map(|table| table.dim).sum::<usize>();
    let input = head.hidden.first().map_or(0, |(dense, _)| dense.from);
    default.extend((1..=input.saturating_sub(known)).map(|number| HeadPart::Number(format!("number {number}"))));
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

/// The second recurrent layer "gru2": TensorFlow's own cell, or one that takes attention.
pub(super) fn second_layer(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    width: usize,
    plain: (Evolution, &str),
    library: &str,
) -> Result<(Evolution, Gru), ImportError> {
    if checkpoint.has_any("gru2/gru_cell/") {
        return Ok((asked.evolution(plain, library)?, gru_cell(checkpoint, "gru2/gru_cell/", width, width)?));
    }
    if !checkpoint.has_any("gru2/") {
        return Err(checkpoint.unsupported(
            "there is no tensor under \"gru2/\": Keras does not keep track of the variables of AGRU and AUGRU, so \
             model.weights lacks them; save tf.compat.v1.global_variables() instead",
        ));
    }
    let evolution = match asked.evolution((Evolution::Augru, "AUGRU"), library)? {
        Evolution::Augru => Evolution::AugruAuthors,
        evolution => evolution,
    };
    Ok((evolution, gru_cell(checkpoint, "gru2/", width, width)?))
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

/// `scope`kernel`number` [from, to] and `scope`bias`number`, where there is one.
pub(super) fn kernel(
    checkpoint: &mut Checkpoint,
    scope: &str,
    number: &str,
    from: Option<usize>,
    to: Option<usize>,
) -> Result<Dense, ImportError> {
    let weight = checkpoint.take(&format!("{scope}kernel{number}"), [from, to])?;
    let (from, to) = (weight.shape[0], weight.shape[1]);
    let bias = format!("{scope}bias{number}");
    let bias = if checkpoint.has(&bias) { checkpoint.vector(&bias, Some(to))? } else { vec![0.0; to] };
    Ok(Dense { from, to, weight: weight.values, bias })
}

/// Keras's batch normalisation in a scope.
pub(super) fn norm(checkpoint: &mut Checkpoint, scope: &str, units: usize, epsilon: f32) -> Result<Norm, ImportError> {
    let mut vector = |part: &str, optional: bool| {
        let name = format!("{scope}{part}");
        if optional && !checkpoint.has(&name) { Ok(None) } else { checkpoint.vector(&name, Some(units)).map(Some) }
    };
    let (gamma, beta) = (vector("gamma", true)?, vector("beta", true)?);
    let mean = vector("moving_mean", false)?.unwrap_or_default();
    let variance = vector("moving_variance", false)?.unwrap_or_default();
    Ok(Norm { gamma, beta, mean, variance, epsilon })
}

/// TensorFlow's `GRUCell`: gates [from + hidden, 2·hidden] with columns r, u, where u keeps, and candidate
/// [from + hidden, hidden].
pub(super) fn gru_cell(
    checkpoint: &mut Checkpoint,
    scope: &str,
    from: usize,
    hidden: usize,
) -> Result<Gru, ImportError> {
    let rows = Some(from + hidden);
    let gates = kernel(checkpoint, &format!("{scope}gates/"), "", rows, Some(2 * hidden))?;
    let candidate = kernel(checkpoint, &format!("{scope}candidate/"), "", rows, Some(hidden))?;
    // 1 − σ(s) = σ(−s).
    let signed = |gates: &[f32]| -> Vec<f32> {
        let (reset, keep) = gates.split_at(hidden);
        reset.iter().copied().chain(keep.iter().map(|keep| -keep)).collect()
    };
    let weight: Vec<f32> = gates
        .weight
        .chunks_exact(2 * hidden)
        .zip(candidate.weight.chunks_exact(hidden))
        .flat_map(|(gates, candidate)| [signed(gates), candidate.to_vec()].concat())
        .collect();
    let (of_input, of_hidden) = weight.split_at(from * 3 * hidden);
    let layer =
        |from: usize, weight: &[f32], bias: Vec<f32>| Dense { from, to: 3 * hidden, weight: weight.to_vec(), bias };
    Ok(Gru {
        input: layer(from, of_input, [signed(&gates.bias), candidate.bias].concat()),
        hidden: layer(hidden, of_hidden, vec![0.0; 3 * hidden]),
    })
}
