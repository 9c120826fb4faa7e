//! RecBole's DIN and DIEN.

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Mlp, Norm, Units};
use crate::options::Plain;
use crate::source::{HeadPart, Source, Table};
use crate::torch::{NORM_EPSILON, gru_layers, linear, sequential_layers, torch_gru};
use model::{Evolution, Normalization, Reset, Tensor};

/// What names of RecBole's embeddings begin with.
pub(super) const MARK: &str = "embedding_layer.token_embedding_table.";
const LIBRARY: &str = "RecBole";

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("interset_extractor.");
    let unit = if is_dien { "interest_evolution.attention_layer." } else { "attention." };
    let (attention, width) = attention(checkpoint, unit)?;
    let features = features(checkpoint, asked, width, is_dien)?;

    let body = if is_dien {
        dien(checkpoint, asked, attention, width)?
    } else {
        Body::Din { attention, normalization: Normalization::None }
    };
    // What it calls Dice is s·σ(s): Dice of no statistics with α = 0.
    let (mut layers, last) = sequential_layers(checkpoint, "dnn_mlp_layers.mlp_layers.", None, 0.0)?;
    layers.extend(last.map(|dense| (dense, Units::Unknown)));
    for (dense, units) in &mut layers {
        let norm = Norm {
            gamma: None,
            beta: None,
            mean: vec![0.0; dense.to],
            variance: vec![1.0; dense.to],
            epsilon: f32::MIN_POSITIVE,
        };
        *units = Units::Dice { alpha: vec![0.0; dense.to], norm };
    }
    let name = if is_dien { "dnn_predict_layer" } else { "dnn_predict_layers" };
    let output = linear(checkpoint, name, layers.last().map(|(dense, _)| dense.to), Some(1))?;
    let head = Mlp { hidden: layers, output };

    let contexts = features.contexts.iter().cloned().map(HeadPart::Feature);
    let query = [HeadPart::Interest, HeadPart::Item, HeadPart::Category].into_iter();
    let default =
        if is_dien { query.chain(contexts).collect() } else { query.chain([HeadPart::InterestProduct]).collect() };
    features.source(checkpoint, asked, LIBRARY, body, head, default)
}

/// The local activation unit, whose scores are divided by √H, and H. The division is folded into its last layer.
fn attention(checkpoint: &mut Checkpoint, prefix: &str) -> Result<(Unit, usize), ImportError> {
    let layers = format!("{prefix}att_mlp_layers.mlp_layers.");
    let (mut hidden, last) = sequential_layers(checkpoint, &layers, None, 0.0)?;
    hidden.extend(last.map(|dense| (dense, Units::Unknown)));
    let from = hidden.first().map_or(0, |(dense, _)| dense.from);
    let mut output = linear(checkpoint, &format!("{prefix}dense"), hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    let width = from / 4;
    output.scale(&[1.0 / (width.max(1) as f32).sqrt()], &[0.0]);
    let mut mlp = Mlp { hidden, output };
    mlp.settle(|| Plain::Sigmoid);
    Ok((Unit { query: None, mlp }, width))
}

/// The tables: all token features of an item lie in one, one after the other, and those of a user in another.
fn features(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    width: usize,
    is_dien: bool,
) -> Result<Features, ImportError> {
    let table = checkpoint.take(&format!("{MARK}item.embedding.weight"), [None, None])?;
    let dim = table.shape[1].max(1);
    let (item, category) = match width / dim {
        1 => (table, None),
        2 => {
            let items = asked.items()?.filter(|&items| items > 0 && items < table.shape[0]);
            let Some(items) = items else {
                return Err(ImportError::Option {
                    file: checkpoint.file().to_owned(),
                    option: "items".to_owned(),
                    problem: format!(
                        "must say how many of the item table's {} rows are items, the padding row among them; the others \
                         are categories",
                        table.shape[0]
                    ),
                });
            };
            let (first, second) = table.values.split_at(items * dim);
            let part = |values: &[f32]| Tensor { shape: vec![values.len() / dim, dim], values: values.to_vec() };
            (part(first), Some(part(second)))
        }
        fields => {
            return Err(checkpoint.unsupported(format!("items have {fields} features; one or two are supported")));
        }
    };
    let user = format!("{MARK}user.embedding.weight");
    let contexts = if is_dien {
        vec![Table::new("user_id", checkpoint.take(&user, [None, Some(dim)])?)]
    } else {
        // Its DIN has the user's table and does not use it.
        checkpoint.leave(&user);
        Vec::new()
    };
    Ok(Features {
        item: Table::new("item_id", item),
        category: category.map(|table| Table::new("category", table)),
        contexts,
    })
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, attention: Unit, width: usize) -> Result<Body, ImportError> {
    let extractor = torch_gru(checkpoint, "interset_extractor.gru.", width)?;
    let layers = "interset_extractor.auxiliary_net.mlp_layers.";
    let auxiliary = if checkpoint.has_any(layers) {
        let (hidden, output) = sequential_layers(checkpoint, layers, Some(2 * width), NORM_EPSILON)?;
        output.map(|output: Dense| {
            let mut mlp = Mlp { hidden, output };
            mlp.settle(|| Plain::Linear);
            mlp
        })
    } else {
        None
    };
    let cell = "interest_evolution.dynamic_rnn.rnn.";
    let (evolution, second) = if checkpoint.has_any(cell) {
        let [input, hidden] = gru_layers(checkpoint, cell, "", width)?;
        (asked.evolution((Evolution::Augru, "AUGRU"), LIBRARY)?, Gru::new(input, hidden, Gates::ResetUpdate))
    } else {
        let second = torch_gru(checkpoint, "interest_evolution.dynamic_rnn.", width)?;
        (asked.evolution((Evolution::Gru, "GRU"), LIBRARY)?, second)
    };
    Ok(Body::Dien {
        extractor,
        attention: Attention::Unit(attention),
        normalization: Normalization::Softmax,
        evolution,
        second,
        reset: Reset::After,
        auxiliary,
    })
}
