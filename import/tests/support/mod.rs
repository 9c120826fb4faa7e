//! Networks of every library in small, made here tensor by tensor, and what they answer.
#![allow(dead_code, reason = "not every test needs everything")]

use std::collections::BTreeMap;

use import::{Checkpoint, ImportError, Imported, Options, from_checkpoint};
use model::{Catalogue, Tensor, Weights};

/// Tensors in the order of their file.
pub type Tensors = Vec<(String, Tensor)>;

/// Values that follow no pattern, between −1 and 1, another for each name; a variance's are above 0.
pub fn tensor(name: &str, shape: &[usize]) -> Tensor {
    let size: usize = shape.iter().product();
    let seed: usize = name.bytes().fold(7, |seed, byte| (seed * 31 + usize::from(byte)) % 10_007);
    let least = if name.contains("var") { -1.5 } else { 1.0 };
    let values = (0..size).map(|index| ((index * 7919 + seed * 101) % 1009) as f32 / 504.5 - least).collect();
    Tensor { shape: shape.to_vec(), values }
}

pub fn tensors(shapes: &[(&str, &[usize])]) -> Tensors {
    shapes.iter().map(|(name, shape)| ((*name).to_owned(), tensor(name, shape))).collect()
}

/// DeepCTR-Torch's DIN of item_id (3 numbers), cate_id (2) and other features of 4, in this order, with `hidden` layers of 4 in
/// the attention.
pub fn deepctr_torch_din(declared: &[&str], hidden: usize) -> Tensors {
    let shape = |feature: &str| match feature {
        "item_id" => [5, 3],
        "cate_id" => [3, 2],
        _ => [6, 4],
    };
    let inputs: usize = declared.iter().map(|feature| shape(feature)[1]).sum();
    let names = declared.iter().map(|feature| (format!("embedding_dict.{feature}.weight"), shape(feature)));
    let mut all: Tensors = names.map(|(name, shape)| (name.clone(), tensor(&name, &shape))).collect();
    all.extend(tensors(&[("out.bias", &[1])]));
    for layer in 0..hidden {
        let name = format!("attention.local_att.dnn.linears.{layer}");
        let from = if layer == 0 { 20 } else { 4 };
        all.push((format!("{name}.weight"), tensor(&name, &[4, from])));
        all.push((format!("{name}.bias"), tensor(&name, &[4])));
    }
    all.extend(tensors(&[
        ("attention.local_att.dense.weight", &[1, 4]),
        ("attention.local_att.dense.bias", &[1]),
        ("dnn.linears.0.weight", &[6, inputs + 5]),
        ("dnn.linears.0.bias", &[6]),
        ("dnn_linear.weight", &[1, 6]),
    ]));
    all
}

/// FuxiCTR's DIN of these features in this order, of 3 numbers each; a history shares the table of what it is of.
pub fn fuxictr_din(features: &[&str]) -> Tensors {
    let mut all = Tensors::new();
    for feature in features {
        let of = match *feature {
            "item_history" => "item_id",
            "cate_history" => "cate_id",
            other => other,
        };
        let rows = if of == "cate_id" { 3 } else { 6 };
        all.push((format!("embedding_layer.embedding_layers.{feature}.weight"), tensor(of, &[rows, 3])));
    }
    all.extend(tensors(&[
        ("attention_layers.0.attention_layer.mlp.0.weight", &[4, 24]),
        ("attention_layers.0.attention_layer.mlp.0.bias", &[4]),
        ("attention_layers.0.attention_layer.mlp.2.weight", &[1, 4]),
        ("attention_layers.0.attention_layer.mlp.2.bias", &[1]),
        ("dnn.mlp.0.weight", &[6, 3 * features.len()]),
        ("dnn.mlp.0.bias", &[6]),
        ("dnn.mlp.2.weight", &[1, 6]),
        ("dnn.mlp.2.bias", &[1]),
    ]));
    all
}

/// RecBole's DIN of items and categories in one table of 5 and 3 rows, of 2 numbers, and of `sequences` further features of
/// several values, in tables of 4 rows.
pub fn recbole_din(sequences: usize) -> Tensors {
    let width = 2 * (2 + sequences);
    let mut all = tensors(&[
        ("attention.att_mlp_layers.mlp_layers.1.weight", &[4, 4 * width]),
        ("attention.att_mlp_layers.mlp_layers.1.bias", &[4]),
        ("attention.dense.weight", &[1, 4]),
        ("attention.dense.bias", &[1]),
        ("dnn_mlp_layers.mlp_layers.1.weight", &[3, 3 * width]),
        ("dnn_mlp_layers.mlp_layers.1.bias", &[3]),
        ("embedding_layer.token_embedding_table.user.embedding.weight", &[6, 2]),
        ("embedding_layer.token_embedding_table.item.embedding.weight", &[8, 2]),
        ("embedding_layer.token_seq_embedding_table.user.0.weight", &[7, 2]),
    ]);
    for place in 0..sequences {
        let name = format!("embedding_layer.token_seq_embedding_table.item.{place}.weight");
        all.push((name.clone(), tensor(&name, &[4, 2])));
    }
    all.extend(tensors(&[("dnn_predict_layers.weight", &[1, 3]), ("dnn_predict_layers.bias", &[1])]));
    all
}

/// DeepCTR's DIN of users, items and categories.
pub fn deepctr_din() -> Tensors {
    let unit = "attention_sequence_pooling_layer/local_activation_unit";
    let mut all = tensors(&[
        ("sparse_seq_emb_hist_item/embeddings", &[5, 3]),
        ("sparse_seq_emb_hist_cate/embeddings", &[3, 2]),
        ("sparse_emb_user/embeddings", &[6, 4]),
    ]);
    for (part, shape) in
        [("kernel", vec![4, 1]), ("bias", vec![1]), ("dnn/kernel0", vec![20, 4]), ("dnn/bias0", vec![4])]
    {
        let name = format!("{unit}/{part}");
        all.push((name.clone(), tensor(&name, &shape)));
    }
    all.extend(tensors(&[
        ("dnn_1/kernel0", &[14, 6]),
        ("dnn_1/bias0", &[6]),
        ("dense/kernel", &[6, 1]),
        ("prediction_layer/global_bias", &[1]),
    ]));
    all
}

/// Four products in two categories.
pub fn shop() -> Catalogue {
    Catalogue::from_csv("shop.csv", b"id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\nd,D,Bags\n").unwrap()
}

pub fn import(tensors: Tensors, options: &Options) -> Result<Imported, ImportError> {
    from_checkpoint(Checkpoint::new("model.pt", BTreeMap::new(), tensors), &shop(), options)
}

pub fn open(imported: &Imported) -> Vec<&str> {
    imported.questions.iter().map(|question| question.option).collect()
}

/// What a network answers for four products after a few histories, `[history * product]`.
pub fn answers(weights: &Weights) -> Vec<f64> {
    answers_in(&shop(), weights)
}

/// The same for the first four products of a catalogue.
pub fn answers_in(catalogue: &Catalogue, weights: &Weights) -> Vec<f64> {
    let categories = catalogue.item_categories();
    let histories: [&[u32]; 3] = [&[], &[2], &[3, 0, 1, 3]];
    let of_history = |history: &[u32]| {
        let found = model::reference::inspect(weights, &categories, history, &[0, 1, 2, 3]).unwrap();
        found.into_iter().map(|found| f64::from(found.probability)).collect::<Vec<f64>>()
    };
    histories.iter().flat_map(|history| of_history(history)).collect()
}

pub fn largest_difference(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}
