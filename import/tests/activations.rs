//! Layers of several activations in one network, which our configuration says by one: by hand, in 64-bit floats.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use import::Options;
use support::{Tensors, deepctr_torch_din, fuxictr_din, import, shop, tensor};

fn function(name: &str) -> fn(f64) -> f64 {
    match name {
        "relu" => |s| s.max(0.0),
        "sigmoid" => |s| 1.0 / (1.0 + (-s).exp()),
        "tanh" => f64::tanh,
        "leaky-relu" => |s| if s > 0.0 { s } else { 0.01 * s },
        "silu" => |s| s / (1.0 + (-s).exp()),
        _ => |s| s,
    }
}

/// A layer of PyTorch: weight [to, from] and bias.
fn linear(all: &Tensors, name: &str, x: &[f64]) -> Vec<f64> {
    let find = |part: &str| &all.iter().find(|(other, _)| *other == format!("{name}.{part}")).unwrap().1.values;
    let rows = find("weight").chunks(x.len());
    rows.zip(find("bias"))
        .map(|(row, bias)| row.iter().zip(x).map(|(weight, x)| f64::from(*weight) * x).sum::<f64>() + f64::from(*bias))
        .collect()
}

fn row(all: &Tensors, name: &str, row: usize) -> Vec<f64> {
    let table = &all.iter().find(|(other, _)| other == name).unwrap().1;
    let dim = table.shape[1];
    table.values[row * dim..][..dim].iter().map(|&value| f64::from(value)).collect()
}

/// The scores of a local activation unit for a query and clicks.
fn unit_input(query: &[f64], key: &[f64]) -> Vec<f64> {
    let pairs = || query.iter().zip(key);
    let (difference, product) = (pairs().map(|(q, k)| q - k), pairs().map(|(q, k)| q * k));
    query.iter().chain(key).copied().chain(difference).chain(product).collect()
}

/// The attention that an import gives the clicks 2 and 0 for candidate 1.
fn attention(all: Tensors, options: &Options) -> Vec<f64> {
    let imported = import(all, options).unwrap();
    let found = model::reference::inspect(&imported.weights, &shop().item_categories(), &[2, 0], &[1]).unwrap();
    found[0].trace.attention().iter().map(|&weight| f64::from(weight)).collect()
}

#[test]
fn activations_differ_from_layer_to_layer() {
    let all = deepctr_torch_din(&["item_id", "cate_id"], 3);
    // Bags before Cups, from row 1 on.
    let vector = |item: usize, category: usize| {
        [row(&all, "embedding_dict.item_id.weight", item), row(&all, "embedding_dict.cate_id.weight", category)]
            .concat()
    };
    let query = vector(2, 1);
    let kinds = ["relu", "sigmoid", "tanh", "leaky-relu", "silu", "linear"];
    for (first, second, third) in kinds.iter().flat_map(|first| {
        kinds.iter().map(move |second| (first, second, kinds[(first.len() + second.len()) % kinds.len()]))
    }) {
        let names = [*first, *second, third];
        let score = |key: Vec<f64>| {
            let mut x = unit_input(&query, &key);
            for (layer, name) in names.iter().enumerate() {
                x = linear(&all, &format!("attention.local_att.dnn.linears.{layer}"), &x)
                    .into_iter()
                    .map(function(name))
                    .collect();
            }
            linear(&all, "attention.local_att.dense", &x)[0]
        };
        let options = Options::default().with("attention-activation", &names.join(",")).with("first-row", "1");
        let found = attention(all.clone(), &options);
        let expected = [score(vector(3, 2)), score(vector(1, 2))];
        for (found, expected) in found.iter().zip(expected) {
            // Sums of 20 numbers in float32, and (1 + s)·σ(s) + (1 − s)·σ(s) in the place of 2·σ(s).
            assert!((found - expected).abs() < 1e-5, "{names:?}: {found}, expected {expected}");
        }
    }
}

#[test]
fn activations_with_tensors_go_with_those_without() {
    let mut all = deepctr_torch_din(&["item_id", "cate_id"], 3);
    let place = all.iter().position(|(name, _)| name == "attention.local_att.dense.weight").unwrap();
    let layer = |number: usize, part: &str| format!("attention.local_att.dnn.activation_layers.{number}.{part}");
    // Dice, then PReLU, then what is asked for.
    let of_dice = ["alpha", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"];
    let names = of_dice.map(|part| layer(0, part)).into_iter().chain([layer(1, "weight")]);
    all.splice(place..place, names.map(|name| (name.clone(), tensor(&name, &[4]))));
    let vector = |item: usize, category: usize| {
        [row(&all, "embedding_dict.item_id.weight", item), row(&all, "embedding_dict.cate_id.weight", category)]
            .concat()
    };
    let values = |name: String| all.iter().find(|(other, _)| *other == name).unwrap().1.values.clone();
    let [alpha, gamma, beta, mean, variance] = of_dice.map(|part| values(layer(0, part)));
    let slope = values(layer(1, "weight"));
    let score = |key: Vec<f64>| {
        let mut x = unit_input(&vector(2, 1), &key);
        x = linear(&all, "attention.local_att.dnn.linears.0", &x);
        for (unit, s) in x.iter_mut().enumerate() {
            let [alpha, gamma, beta, mean, variance] =
                [&alpha, &gamma, &beta, &mean, &variance].map(|values| f64::from(values[unit]));
            let p = function("sigmoid")((*s - mean) / (variance + 1e-8).sqrt() * gamma + beta);
            *s *= p + alpha * (1.0 - p);
        }
        x = linear(&all, "attention.local_att.dnn.linears.1", &x);
        x.iter_mut().zip(&slope).filter(|(s, _)| **s < 0.0).for_each(|(s, slope)| *s *= f64::from(*slope));
        x = linear(&all, "attention.local_att.dnn.linears.2", &x).into_iter().map(f64::tanh).collect();
        linear(&all, "attention.local_att.dense", &x)[0]
    };
    let options = Options::default().with("attention-activation", "tanh").with("first-row", "1");
    let found = attention(all.clone(), &options);
    for (found, expected) in found.iter().zip([score(vector(3, 2)), score(vector(1, 2))]) {
        // As above.
        assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
    }
}

#[test]
fn a_sigmoid_may_follow_any_attention() {
    let all = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    for name in ["relu", "sigmoid", "tanh", "leaky-relu", "silu", "linear"] {
        let with = |output: &str| {
            attention(
                all.clone(),
                &Options::default().with("attention-activation", name).with("attention-output", output),
            )
        };
        for (score, weight) in with("none").into_iter().zip(with("sigmoid")) {
            // A few roundings of float32.
            assert!((function("sigmoid")(score) - weight).abs() < 2e-6, "{name}: {score} became {weight}");
        }
    }
}

#[test]
fn an_activation_that_no_others_give_is_refused() {
    let all = deepctr_torch_din(&["item_id", "cate_id"], 1);
    let error = import(all, &Options::default().with("head-activation", "gelu")).unwrap_err().to_string();
    assert!(error.contains("option \"head-activation\" cannot be read: \"gelu\" is not known"), "{error}");
    assert!(error.contains("such as GELU, which no others give, must be trained anew"), "{error}");
}
