//! RecBole's DIN and DIEN.

use crate::asked::Asked;
use crate::body::{Attention, Body, Gates, Gru, Unit};
use crate::checkpoint::Checkpoint;
use crate::error::ImportError;
use crate::features::Features;
use crate::layers::{Dense, Mlp, Units};
use crate::options::Plain;
use crate::rows::Zero;
use crate::source::{Field, HeadPart, Of, Source, Table};
use crate::torch::{DiceKind, gru_layers, linear, sequential_layers, torch_gru};
use model::{Evolution, Normalization, Reset, Tensor};

/// What metadata entries begin with that have the rows of a feature, a line for each row of the item's table.
pub(super) const ROWS: &str = "recbole_rows_";
/// What names of RecBole's embeddings begin with.
pub(super) const MARK: &str = "embedding_layer.token_embedding_table.";
const LIBRARY: &str = "RecBole";
/// It has none by tensors: what it calls Dice is s·σ(s).
const DICE: DiceKind = DiceKind { epsilon: f32::MIN_POSITIVE, affine: true };

pub(super) fn read(checkpoint: &mut Checkpoint, asked: &mut Asked) -> Result<Source, ImportError> {
    let is_dien = checkpoint.has_any("interset_extractor.");
    let unit = if is_dien { "interest_evolution.attention_layer." } else { "attention." };
    let (attention, width) = attention(checkpoint, unit)?;
    let (mut layers, last) = sequential_layers(checkpoint, "dnn_mlp_layers.mlp_layers.", None, DICE)?;
    layers.extend(last.map(|dense| (dense, Units::Unknown)));
    for (dense, units) in &mut layers {
        *units = Units::swish(vec![0.0; dense.to], f32::MIN_POSITIVE);
    }
    let name = if is_dien { "dnn_predict_layer" } else { "dnn_predict_layers" };
    let output = linear(checkpoint, name, layers.last().map(|(dense, _)| dense.to), Some(1))?;
    let head = Mlp { hidden: layers, output };
    let features = features(checkpoint, asked, width, is_dien.then(|| head.inputs().saturating_sub(2 * width)))?;

    let body = if is_dien {
        dien(checkpoint, asked, attention, width)?
    } else {
        Body::Din { attention, normalization: Normalization::None }
    };
    let interest = [HeadPart::Interest(0..width), features.whole_query()].into_iter();
    let parts = if is_dien {
        interest.chain(features.contexts()).collect()
    } else {
        interest.chain([HeadPart::InterestProduct]).collect()
    };
    features.source(checkpoint, asked, LIBRARY, body, head, parts)
}

/// The local activation unit, whose scores are divided by √H, and H. The division is folded into its last layer.
fn attention(checkpoint: &mut Checkpoint, prefix: &str) -> Result<(Unit, usize), ImportError> {
    let layers = format!("{prefix}att_mlp_layers.mlp_layers.");
    let (mut hidden, last) = sequential_layers(checkpoint, &layers, None, DICE)?;
    hidden.extend(last.map(|dense| (dense, Units::Unknown)));
    let from = hidden.first().map_or(0, |(dense, _)| dense.from);
    let mut output = linear(checkpoint, &format!("{prefix}dense"), hidden.last().map(|(dense, _)| dense.to), Some(1))?;
    let width = from / 4;
    output.scale(&[1.0 / (width.max(1) as f32).sqrt()], &[0.0]);
    let mut mlp = Mlp { hidden, output };
    mlp.settle(&[Plain::Sigmoid]);
    Ok((Unit { query: None, mlp }, width))
}

/// The tables: all token features of an item lie in one, one after the other, and those of a user in another. `of_user` is how
/// many numbers of the user the head takes, where it takes any.
fn features(
    checkpoint: &mut Checkpoint,
    asked: &mut Asked,
    width: usize,
    of_user: Option<usize>,
) -> Result<Features, ImportError> {
    let mut unread = vec!["float_seq_embedding_table.item."];
    if of_user.is_some() {
        unread.extend(["float_embedding_table.user.", "float_seq_embedding_table.user."]);
    }
    for kind in unread {
        let prefix = format!("embedding_layer.{kind}");
        if let Some(name) = checkpoint.names().find(|name| name.starts_with(&prefix)) {
            return Err(checkpoint.unsupported(format!(
                "tensor \"{name}\" is of a feature of numbers, which is not supported; leave it out of numerical_features"
            )));
        }
    }
    // RecBole's DIN has the user's tables and does not use them.
    for name in checkpoint.names().filter(|name| name.contains(".user.")).map(str::to_owned).collect::<Vec<_>>() {
        if of_user.is_none() && name.starts_with("embedding_layer.") {
            checkpoint.leave(&name);
        }
    }
    let table = checkpoint.take(&format!("{MARK}item.embedding.weight"), [None, None])?;
    let dim = table.shape[1].max(1);
    let sequences = token_sequences(checkpoint, asked, "item", dim)?;
    let numbers = numbers(checkpoint, dim)?;
    let sizes = sizes(checkpoint, asked, &table, (width / dim).saturating_sub(sequences.len() + numbers.len()))?;
    let user = format!("{MARK}user.embedding.weight");
    let contexts = match of_user {
        Some(numbers) => {
            let sequences = token_sequences(checkpoint, asked, "user", dim)?;
            let table = checkpoint.take(&user, [None, Some(dim)])?;
            let mut contexts = of_users(checkpoint, table, (numbers / dim).saturating_sub(sequences.len()))?;
            contexts.extend(sequences);
            contexts
        }
        None => Vec::new(),
    };
    let item = checkpoint.metadata().get("recbole_item");
    let item = sizes.iter().position(|(name, _)| Some(name) == item).unwrap_or(0);
    let category = usize::from(item == 0);
    let mut query = Vec::new();
    for (place, (name, table)) in split(&table, &sizes).into_iter().enumerate() {
        let table = Table::new(&name, table);
        query.push(match place {
            _ if place == item => Field { table, of_clicks: None, of: Of::Item },
            _ if place == category => Field { table, of_clicks: None, of: Of::Category },
            _ => further(checkpoint, asked, table, false)?,
        });
    }
    for table in sequences {
        query.push(further(checkpoint, asked, table, true)?);
    }
    query.extend(numbers.into_iter().map(|table| Field { table, of_clicks: None, of: Of::Item }));
    Ok(Features::known(query, contexts, Zero::Padding))
}

/// A feature of the products beyond item and category: where the file has its rows for each product and the catalogue has none,
/// its table is put in the order of the products. `is_sequence` for one of several values, of which 0 is padding.
fn further(checkpoint: &Checkpoint, asked: &mut Asked, table: Table, is_sequence: bool) -> Result<Field, ImportError> {
    let lines = checkpoint.metadata().get(&format!("{ROWS}{}", table.feature));
    let Some(lines) = lines.filter(|_| !asked.options.feature_rows.contains_key(&table.feature)) else {
        return Ok(Field { table, of_clicks: None, of: Of::Rows });
    };
    let products: Vec<Vec<u32>> = lines
        .split('\n')
        .map(|line| line.split(' ').filter_map(|row| row.parse().ok()).filter(|&row| !is_sequence || row > 0).collect())
        .collect();
    let table = if is_sequence { asked.pooled(&table, &products)? } else { gathered(checkpoint, &table, &products)? };
    Ok(Field { table, of_clicks: None, of: Of::Item })
}

/// One row of a table for each product.
fn gathered(checkpoint: &Checkpoint, table: &Table, products: &[Vec<u32>]) -> Result<Table, ImportError> {
    let mut values = Vec::with_capacity(products.len() * table.dim);
    for rows in products {
        match rows.as_slice() {
            [row] if (*row as usize) < table.rows => values.extend_from_slice(table.row(*row as usize)),
            _ => {
                let problem =
                    format!("the trainer's rows of \"{}\" are not in its table of {}", table.feature, table.rows);
                return Err(checkpoint.unsupported(problem));
            }
        }
    }
    Ok(Table { feature: table.feature.clone(), rows: products.len(), dim: table.dim, values })
}

/// The tables of the features of several values (token_seq) of "item" or "user", which come after the others. Where nothing says
/// their names, the only one has that of the catalogue's only column of rows.
fn token_sequences(
    checkpoint: &mut Checkpoint,
    asked: &Asked,
    owner: &str,
    dim: usize,
) -> Result<Vec<Table>, ImportError> {
    let prefix = format!("embedding_layer.token_seq_embedding_table.{owner}.");
    let places = checkpoint.children(&prefix);
    let names = checkpoint.metadata().get(&format!("recbole_{owner}_sequences")).cloned().unwrap_or_default();
    let mut names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
    let mut columns = asked.options.feature_rows.keys();
    if let (true, "item", Some(column), None) = (names.is_empty(), owner, columns.next(), columns.next()) {
        names.push(column.clone());
    }
    if names.len() != places.len() {
        names = places.iter().map(|place| format!("{owner}_sequence_{place}")).collect();
    }
    let tables = places.iter().zip(&names).map(|(place, name)| {
        let table = checkpoint.take(&format!("{prefix}{place}.weight"), [None, Some(dim)])?;
        Ok(Table::new(name, table))
    });
    tables.collect()
}

/// Features of the products that are numbers, which come last: a vector for each row of the item's table, the number times a row
/// of the feature's part of one table.
fn numbers(checkpoint: &mut Checkpoint, dim: usize) -> Result<Vec<Table>, ImportError> {
    let name = "embedding_layer.float_embedding_table.item.embedding.weight";
    if !checkpoint.has(name) {
        return Ok(Vec::new());
    }
    let table = checkpoint.take(name, [None, Some(dim)])?;
    let unknown = || {
        checkpoint.unsupported(format!(
            "tensor \"{name}\" is of numbers of the products, which only the trainer's own .pth says; import that, or leave them \
             out of numerical_features"
        ))
    };
    let sizes = checkpoint.metadata().get("recbole_item_numbers").map(|text| pairs(text)).unwrap_or_default();
    if sizes.iter().map(|(_, size)| size).sum::<usize>() != table.shape[0] {
        return Err(unknown());
    }
    let of_feature = |(feature, part): (String, Tensor)| {
        let part = Table::new(&feature, part);
        let lines = checkpoint.metadata().get(&format!("{ROWS}{feature}")).ok_or_else(unknown)?;
        let mut values = Vec::new();
        for line in lines.split('\n') {
            // The number, and the row of the feature's part that it scales.
            let (number, row) = line.split_once(' ').ok_or_else(unknown)?;
            let (Ok(number), Ok(row)) = (number.parse::<f32>(), row.parse::<usize>()) else { return Err(unknown()) };
            if row >= part.rows || !number.is_finite() {
                return Err(unknown());
            }
            values.extend(part.row(row).iter().map(|value| number * value));
        }
        Ok(Table { feature, rows: values.len() / dim, dim, values })
    };
    split(&table, &sizes).into_iter().map(of_feature).collect()
}

/// The features in the item's table and how many rows each has.
fn sizes(
    checkpoint: &Checkpoint,
    asked: &mut Asked,
    table: &Tensor,
    fields: usize,
) -> Result<Vec<(String, usize)>, ImportError> {
    let rows = table.shape[0];
    if fields == 1 {
        return Ok(vec![("item_id".to_owned(), rows)]);
    }
    let of_trainer = checkpoint
        .metadata()
        .get("recbole_item_fields")
        .map(|text| pairs(text))
        .filter(|sizes| sizes.len() == fields && sizes.iter().map(|(_, size)| size).sum::<usize>() == rows);
    if let Some(sizes) = of_trainer {
        return Ok(sizes);
    }
    if fields > 2 {
        return Err(checkpoint.unsupported(format!(
            "tensor \"{MARK}item.embedding.weight\" holds {fields} features, one after the other; the trainer's own .pth, which \
             says where each begins, can be read, or a network of one or two"
        )));
    }
    let said = asked.said::<usize>("items")?;
    // All products and the padding row, where the rest then is all categories and theirs.
    let of_catalogue = asked.catalogue.and_then(|catalogue| {
        let count = catalogue.vocabulary();
        let with_padding = |given: Option<&[u32]>, count: usize| {
            given.and_then(|rows| rows.iter().max()).map_or(count, |&last| last as usize).saturating_add(1)
        };
        let items = with_padding(catalogue.rows(), count.items);
        let categories = with_padding(catalogue.category_rows(), count.categories);
        (items.saturating_add(categories) == rows).then_some(items)
    });
    match said.or(of_catalogue).filter(|&items| items > 0 && items < rows) {
        Some(items) => Ok(vec![("item_id".to_owned(), items), ("category".to_owned(), rows - items)]),
        None => Err(asked.refused(
            "items",
            format!(
                "must say how many of the item table's {rows} rows are items, the padding row among them; the others are \
                 categories"
            ),
        )),
    }
}

/// Names and numbers of "item_id:11 category:5".
fn pairs(text: &str) -> Vec<(String, usize)> {
    text.split(' ')
        .filter_map(|pair| pair.rsplit_once(':'))
        .filter_map(|(name, size)| Some((name.to_owned(), size.parse().ok()?)))
        .collect()
}

/// The parts of a table of several features.
fn split(table: &Tensor, sizes: &[(String, usize)]) -> Vec<(String, Tensor)> {
    let dim = table.shape[1];
    let mut at = 0;
    let mut parts = Vec::new();
    for (name, size) in sizes {
        let values = table.values[at * dim..(at + size) * dim].to_vec();
        parts.push((name.clone(), Tensor { shape: vec![*size, dim], values }));
        at += size;
    }
    parts
}

/// The features in the user's table, of which the head takes `count`. Where nothing says where each begins, each is the whole
/// table, and its row counts from the table's first.
fn of_users(checkpoint: &Checkpoint, table: Tensor, count: usize) -> Result<Vec<Table>, ImportError> {
    let sizes = checkpoint.metadata().get("recbole_user_fields").map(|text| pairs(text)).unwrap_or_default();
    if sizes.len() == count && sizes.iter().map(|(_, size)| size).sum::<usize>() == table.shape[0] {
        return Ok(split(&table, &sizes).into_iter().map(|(name, table)| Table::new(&name, table)).collect());
    }
    Ok(match count {
        1 => vec![Table::new("user_id", table)],
        _ => (1..=count).map(|number| Table::new(&format!("user feature {number}"), table.clone())).collect(),
    })
}

fn dien(checkpoint: &mut Checkpoint, asked: &mut Asked, attention: Unit, width: usize) -> Result<Body, ImportError> {
    let extractor = torch_gru(checkpoint, "interset_extractor.gru.", width)?;
    let layers = "interset_extractor.auxiliary_net.mlp_layers.";
    let auxiliary = if checkpoint.has_any(layers) {
        let (hidden, output) = sequential_layers(checkpoint, layers, Some(2 * width), DICE)?;
        output.map(|output: Dense| {
            let mut mlp = Mlp { hidden, output };
            mlp.settle(&[Plain::Linear]);
            mlp
        })
    } else {
        None
    };
    let cell = "interest_evolution.dynamic_rnn.rnn.";
    let (evolution, second) = if checkpoint.has_any(cell) {
        let [input, hidden] = gru_layers(checkpoint, cell, "", width)?;
        let evolution = asked.evolution([Evolution::Augru, Evolution::Agru], "the usual one of the two", "gru_type")?;
        (evolution, Gru::new(input, hidden, Gates::ResetUpdate))
    } else {
        let second = torch_gru(checkpoint, "interest_evolution.dynamic_rnn.", width)?;
        (asked.evolution([Evolution::Gru, Evolution::Aigru], "the usual one of the two", "gru_type")?, second)
    };
    let kinds = [Normalization::Softmax, Normalization::None];
    let code = "SequenceAttLayer(softmax_stag=…): True from RecBole 1.2.0 on, False before";
    let normalization = asked.normalization(kinds, "as RecBole has it from 1.2.0 on", code)?;
    Ok(Body::Dien {
        extractor,
        attention: Attention::Unit(attention),
        normalization,
        evolution,
        second,
        reset: Reset::After,
        auxiliary,
    })
}
