//! The code of the DIEN paper's authors (github.com/mouna99/dien, TensorFlow 1): its DIN, and DIEN in four forms.

use crate::asked::Asked;
use crate::body::{Attention, Body, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Layers, Mlp, Norm, Units};
use crate::options::Plain;
use crate::rows::Zero;
use crate::source::{Field, HeadPart, Of, Source, Table};
use crate::tensorflow::{gru_cell, kernel, norm, second_layer};
use model::{Evolution, Normalization, Reset};

/// What its item table is named.
pub(super) const MARK: &str = "mid_embedding_var";
const LIBRARY: &str = "the DIEN authors";
/// ε of its Dice.
const DICE_EPSILON: f32 = 1e-9;

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let mut table = |name: &str| -> Result<Table, ImportError> {
        Ok(Table::new(name, checkpoint.take(&format!("{name}_embedding_var"), [None, None])?))
    };
    let field = |table: Table, of: Of| Field { table, of_clicks: None, of };
    let query = vec![field(table("mid")?, Of::Item), field(table("cat")?, Of::Category)];
    let features = Features::known(query, vec![table("uid")?], Zero::Padding);
    let width = features.width();

    let is_dien = checkpoint.has_any("gru1/");
    let body = if is_dien {
        dien(checkpoint, asked, width)?
    } else {
        Body::Din { attention: unit(checkpoint, width, width)?, normalization: Normalization::Softmax }
    };
    let head = head(checkpoint)?;
    let interest = match &body {
        Body::Dien { second, .. } => second.hidden.from,
        Body::Din { .. } | Body::ComirecSa(_) => width,
    };
    let parts = [features.whole_query(), HeadPart::KeySum, HeadPart::KeyProduct, HeadPart::Interest(0..interest)];
    let parts = features.contexts().chain(parts).collect();
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, width: usize) -> Result<Body, ImportError> {
    // The cell's width can be read off its candidate's bias alone.
    let hidden = checkpoint.shape("gru1/gru_cell/candidate/bias").map_or(width, |shape| shape.iter().product());
    let extractor = gru_cell(checkpoint, "gru1/gru_cell/", width, hidden)?;
    let attention = Attention::Unit(unit(checkpoint, width, hidden)?);
    let plain = [Evolution::Aigru, Evolution::Gru];
    let (evolution, second) = second_layer(checkpoint, asked, hidden, plain, "train.py's model_type")?;
    let auxiliary = if checkpoint.has_any("f1gru/") { Some(auxiliary(checkpoint, width + hidden)?) } else { None };
    let (normalization, reset) = (Normalization::Softmax, Reset::Before);
    Ok(Body::Dien { extractor, attention, normalization, evolution, second, reset, auxiliary })
}

/// Layers f1_att…, f2_att…, f3_att…; before them, in DIEN, the query's own layer f1… with a PReLU. What follows are tags of
/// the place in the program, "null" and "1_1".
fn unit(checkpoint: &mut Checkpoint, width: usize, key: usize) -> Result<Unit, ImportError> {
    let tag = checkpoint
        .names()
        .find_map(|name| name.strip_prefix("f1_att")?.strip_suffix("/kernel"))
        .unwrap_or("null")
        .to_owned();
    let projection = format!("f1{tag}/");
    let query = if checkpoint.has_any(&projection) {
        let dense = kernel(checkpoint, &projection, "", Some(width), Some(key))?;
        let alpha = if checkpoint.has("prelu_") { "prelu_" } else { "prelu/prelu_" };
        Some((dense, checkpoint.vector(alpha, Some(key))?))
    } else {
        None
    };
    let mut layer =
        |number: usize, from: usize| kernel(checkpoint, &format!("f{number}_att{tag}/"), "", Some(from), None);
    let first = layer(1, 4 * key)?;
    let second = layer(2, first.to)?;
    let output = layer(3, second.to)?;
    let sigmoid = |dense| (dense, Units::Plain(Plain::Sigmoid));
    Ok(Unit { query, mlp: Mlp { hidden: vec![sigmoid(first), sigmoid(second)], output } })
}

/// A batch normalisation of the input, two layers, and a softmax of two units, of which the first is the click.
fn head(checkpoint: &mut Checkpoint) -> Result<Mlp, ImportError> {
    let mut hidden = Layers::new();
    for layer in [1, 2] {
        let from = hidden.last().map(|(dense, _)| dense.to);
        let dense = kernel(checkpoint, &format!("f{layer}/"), "", from, None)?;
        let units = activation(checkpoint, layer, dense.to)?;
        hidden.push((dense, units));
    }
    let output = click(kernel(checkpoint, "f3/", "", hidden.last().map(|(dense, _)| dense.to), Some(2))?);
    let mut mlp = Mlp { hidden, output };
    mlp.fold_input(&norm(checkpoint, "bn1/", mlp.hidden[0].0.from)?);
    Ok(mlp)
}

fn activation(checkpoint: &mut Checkpoint, layer: usize, units: usize) -> Result<Units, ImportError> {
    let prelu = format!("prelu{layer}/prelu_prelu{layer}");
    if checkpoint.has(&prelu) {
        return Ok(Units::Prelu(checkpoint.vector(&prelu, Some(units))?));
    }
    let alpha = checkpoint.vector(&format!("dice_{layer}/alphadice_{layer}"), Some(units))?;
    let statistic = |checkpoint: &mut Checkpoint, part: &str| {
        let name = format!("dice_{layer}/{part}");
        if !checkpoint.has(&name) {
            return Err(checkpoint.unsupported(format!(
                "there is no \"{name}\" of [{units}]: this code's Dice takes the statistics of the batch at hand, which a \
                 checkpoint does not keep; measure the mean and variance of f{layer}'s output on a large batch and add \
                 them as dice_{layer}/mean and dice_{layer}/variance"
            )));
        }
        checkpoint.vector(&name, Some(units))
    };
    let (mean, variance) = (statistic(checkpoint, "mean")?, statistic(checkpoint, "variance")?);
    Ok(Units::Dice { alpha, norm: Norm { gamma: None, beta: None, mean, variance, epsilon: DICE_EPSILON } })
}

/// The auxiliary classifier: the same with sigmoids.
fn auxiliary(checkpoint: &mut Checkpoint, from: usize) -> Result<Mlp, ImportError> {
    let first = kernel(checkpoint, "f1gru/", "", Some(from), None)?;
    let second = kernel(checkpoint, "f2gru/", "", Some(first.to), None)?;
    let output = click(kernel(checkpoint, "f3gru/", "", Some(second.to), Some(2))?);
    let sigmoid = |dense| (dense, Units::Plain(Plain::Sigmoid));
    let mut mlp = Mlp { hidden: vec![sigmoid(first), sigmoid(second)], output };
    mlp.fold_input(&norm(checkpoint, "bn1gru/", from)?);
    Ok(mlp)
}

/// The logit of the first of two units under a softmax: the difference of the two.
fn click(two: Dense) -> Dense {
    let difference = |pair: &[f32]| pair[0] - pair[1];
    Dense {
        from: two.from,
        to: 1,
        weight: two.weight.chunks_exact(2).map(difference).collect(),
        bias: two.bias.chunks_exact(2).map(difference).collect(),
    }
}
