//! Networks that can be read in several ways: what the file says is taken, what it cannot say is asked, and predictions settle it.
//!
//! More than 500 lines, as all of these tests read the same few networks, which are made here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use std::collections::BTreeMap;

use import::{Answer, Checkpoint, ImportError, Imported, Options, check, from_checkpoint};
use model::{Inspection, Tensor, Weights};
use support::{Tensors, deepctr_torch_din, import, open, shop, tensor, tensors};

/// FuxiCTR's DIN, which has the tables in this order, of 3 numbers each; a history shares the table of what it is of.
fn fuxictr_din(features: &[&str]) -> Tensors {
    let mut all = Tensors::new();
    for feature in features {
        let of = match *feature {
            "item_history" => "item_id",
            "cate_history" => "cate_id",
            "brand_history" => "brand",
            other => other,
        };
        let rows = if of == "cate_id" { 3 } else { 6 };
        all.push((format!("embedding_layer.embedding_layers.{feature}.weight"), tensor(of, &[rows, 3])));
    }
    all.extend(tensors(&[
        ("attention_layers.0.attention_layer.mlp.0.weight", &[4, 24]),
        ("attention_layers.0.attention_layer.mlp.0.bias", &[4]),
        ("attention_layers.0.attention_layer.mlp.1.alpha", &[4]),
        ("attention_layers.0.attention_layer.mlp.1.bn.running_mean", &[4]),
        ("attention_layers.0.attention_layer.mlp.2.weight", &[1, 4]),
        ("attention_layers.0.attention_layer.mlp.2.bias", &[1]),
        ("dnn.mlp.0.weight", &[6, 3 * features.len()]),
        ("dnn.mlp.0.bias", &[6]),
        ("dnn.mlp.2.weight", &[1, 6]),
        ("dnn.mlp.2.bias", &[1]),
    ]));
    let variance = Tensor { shape: vec![4], values: vec![0.5, 1.0, 2.0, 0.25] };
    let place = all.iter().position(|(name, _)| name.ends_with("running_mean")).unwrap();
    all.insert(place + 1, ("attention_layers.0.attention_layer.mlp.1.bn.running_var".to_owned(), variance));
    all
}

fn checkpoint(tensors: Tensors) -> Checkpoint {
    Checkpoint::new("model.pt", BTreeMap::new(), tensors)
}

fn sorted(mut tensors: Tensors) -> Tensors {
    tensors.sort_by(|(one, _), (other, _)| one.cmp(other));
    tensors
}

fn inspect(weights: &Weights, categories: &[u32], history: &[u32], candidate: u32) -> Result<Inspection, String> {
    let found = model::reference::inspect(weights, categories, history, &[candidate]);
    Ok(found.map_err(|error| error.to_string())?.remove(0))
}

fn probability(weights: &Weights, categories: &[u32], history: &[u32], candidate: u32) -> Result<f64, String> {
    Ok(f64::from(inspect(weights, categories, history, candidate)?.probability))
}

/// What the network answers for each product after a few histories.
fn answers(imported: &Imported) -> Vec<Answer> {
    let shop = shop();
    let id = |row: u32| shop.items()[row as usize].id.clone();
    let histories: [&[u32]; 4] = [&[], &[2], &[0, 1, 3], &[3, 3, 1, 0]];
    let asked = histories.iter().flat_map(|history| (0..4).map(move |candidate| (*history, candidate)));
    asked
        .map(|(history, candidate)| Answer {
            history: history.iter().map(|&row| id(row)).collect(),
            candidate: id(candidate),
            probability: probability(&imported.weights, &shop.item_categories(), history, candidate).unwrap(),
            trace: BTreeMap::new(),
        })
        .collect()
}

fn largest_difference(one: &[Answer], other: &[Answer]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one.probability - other.probability).abs()).fold(0.0, f64::max)
}

/// The columns of a weight [to, from] in another order.
fn reorder(tensors: &mut Tensors, name: &str, columns: &[usize]) {
    let (_, tensor) = tensors.iter_mut().find(|(other, _)| other == name).unwrap();
    let from = tensor.shape[1];
    tensor.values = tensor.values.chunks(from).flat_map(|row| columns.iter().map(|&column| row[column])).collect();
}

#[test]
fn the_order_of_a_files_tensors_is_the_models() {
    let names = ["user", "item_id", "cate_id", "gender"];
    let options =
        Options { context: [("user".to_owned(), 2.0), ("gender".to_owned(), 1.0)].into(), ..Options::default() };
    let found = import(deepctr_torch_din(&names, 1), &options).unwrap();
    assert_eq!(open(&found), ["attention-activation", "normalization", "head-activation", "first-row"]);

    // The same network with gender before user: the head's columns in another order.
    let mut other = deepctr_torch_din(&["gender", "user", "item_id", "cate_id"], 1);
    let columns: Vec<usize> = (9..13).chain(0..9).chain(13..18).collect();
    reorder(&mut other, "dnn.linears.0.weight", &columns);
    let other = import(other, &options).unwrap();
    // A sum in another order: a few roundings of float32.
    assert!(largest_difference(&answers(&found), &answers(&other)) < 1e-6);

    // The alphabet's order says nothing, and the answer does.
    let of_alphabet = import(sorted(deepctr_torch_din(&names, 1)), &options).unwrap();
    assert!(open(&of_alphabet).contains(&"features"), "{:?}", open(&of_alphabet));
    let said =
        import(sorted(deepctr_torch_din(&names, 1)), &options.with("features", "user,item_id,cate_id,gender")).unwrap();
    assert_eq!(answers(&said), answers(&found));
}

#[test]
fn a_query_of_the_category_first_is_read_as_it_is() {
    let usual = import(deepctr_torch_din(&["item_id", "cate_id"], 1), &Options::default()).unwrap();
    let mut swapped = deepctr_torch_din(&["cate_id", "item_id"], 1);
    let block = [3, 4, 0, 1, 2];
    let blocks = |count: usize| -> Vec<usize> {
        (0..count).flat_map(|number| block.iter().map(move |column| number * 5 + column)).collect()
    };
    reorder(&mut swapped, "attention.local_att.dnn.linears.0.weight", &blocks(4));
    reorder(&mut swapped, "dnn.linears.0.weight", &blocks(2));
    let swapped = import(swapped, &Options::default()).unwrap();
    assert_eq!(swapped.weights.config().category_dim, 0);
    assert!(largest_difference(&answers(&usual), &answers(&swapped)) < 1e-6);
}

#[test]
fn a_history_with_a_table_of_its_own_is_read_as_it_is() {
    let shared = import(deepctr_torch_din(&["item_id", "cate_id"], 1), &Options::default()).unwrap();
    let mut own = deepctr_torch_din(&["item_id", "cate_id"], 1);
    for (place, feature) in ["item_id", "cate_id"].into_iter().enumerate() {
        let table = own[place].1.clone();
        own.insert(2 + place, (format!("embedding_dict.hist_{feature}.weight"), table));
    }
    // Equal tables are shared ones.
    assert_eq!(answers(&import(own.clone(), &Options::default()).unwrap()), answers(&shared));
    // The padding of a table is not a click's: the network is the same, said by vectors of both tables.
    own[2].1.values[0] += 1.0;
    let apart = import(own.clone(), &Options::default()).unwrap();
    assert_eq!(apart.weights.config().item_dim, 10);
    assert!(largest_difference(&answers(&shared), &answers(&apart)) < 1e-6);
    // A click's own numbers change what it does as a click.
    own[2].1.values[3] += 1.0;
    let changed = import(own.clone(), &Options::default()).unwrap();
    assert!(largest_difference(&answers(&shared), &answers(&changed)) > 1e-4);
    // Rows that are numbered otherwise are no table of the same products.
    own[2].1 = tensor("other", &[7, 3]);
    assert!(import(own, &Options::default()).unwrap_err().to_string().contains("embedding_dict.hist_item_id.weight"));
}

/// DeepCTR-Torch's DIEN of items of 2 numbers, with attention and an auxiliary classifier.
fn deepctr_dien() -> Tensors {
    tensors(&[
        ("embedding_dict.item_id.weight", &[5, 2]),
        ("out.bias", &[1]),
        ("interest_extractor.gru.weight_ih_l0", &[6, 2]),
        ("interest_extractor.gru.weight_hh_l0", &[6, 2]),
        ("interest_extractor.gru.bias_ih_l0", &[6]),
        ("interest_extractor.gru.bias_hh_l0", &[6]),
        ("interest_extractor.auxiliary_net.linears.0.weight", &[3, 4]),
        ("interest_extractor.auxiliary_net.linears.0.bias", &[3]),
        ("interest_extractor.auxiliary_net.linears.1.weight", &[1, 3]),
        ("interest_extractor.auxiliary_net.linears.1.bias", &[1]),
        ("interest_evolution.attention.local_att.dnn.linears.0.weight", &[3, 8]),
        ("interest_evolution.attention.local_att.dnn.linears.0.bias", &[3]),
        ("interest_evolution.attention.local_att.dense.weight", &[1, 3]),
        ("interest_evolution.attention.local_att.dense.bias", &[1]),
        ("interest_evolution.interest_evolution.rnn.weight_ih", &[6, 2]),
        ("interest_evolution.interest_evolution.rnn.weight_hh", &[6, 2]),
        ("interest_evolution.interest_evolution.rnn.bias_ih", &[6]),
        ("interest_evolution.interest_evolution.rnn.bias_hh", &[6]),
        ("dnn.linears.0.weight", &[4, 4]),
        ("dnn.linears.0.bias", &[4]),
        ("linear.weight", &[1, 4]),
    ])
}

#[test]
fn dien_reads_clicks_from_a_table_of_their_own() {
    let shared = import(deepctr_dien(), &Options::default()).unwrap();
    let mut own = deepctr_dien();
    let table = own[0].1.clone();
    own.insert(1, ("embedding_dict.hist_item_id.weight".to_owned(), table));
    // Padding's row, which no click has.
    own[1].1.values[1] += 1.0;
    let apart = import(own, &Options::default()).unwrap();
    assert_eq!(apart.weights.config().item_dim, 4);
    assert!(largest_difference(&answers(&shared), &answers(&apart)) < 1e-6);
}

#[test]
fn a_category_outside_of_the_history_is_the_candidates() {
    let mut all = deepctr_torch_din(&["item_id", "cate_id"], 1);
    let place = |all: &Tensors, name: &str| all.iter().position(|(other, _)| other == name).unwrap();
    let attention = place(&all, "attention.local_att.dnn.linears.0.weight");
    all[attention].1 = tensor("narrow", &[4, 12]);
    let head = place(&all, "dnn.linears.0.weight");
    all[head].1 = tensor("head", &[6, 8]);
    let outside = import(all.clone(), &Options::default()).unwrap();
    assert!(open(&outside).contains(&"category"), "{:?}", open(&outside));
    let found = answers(&outside);
    // The category's table counts for candidates, and for clicks it does not.
    let categories = place(&all, "embedding_dict.cate_id.weight");
    all[categories].1.values.iter_mut().for_each(|value| *value = 0.0);
    let without = answers(&import(all, &Options::default()).unwrap());
    assert!(largest_difference(&found, &without) > 1e-4);
}

#[test]
fn a_feature_of_the_products_needs_its_rows() {
    let all = deepctr_torch_din(&["brand", "item_id", "cate_id"], 1);
    let asked = import(all.clone(), &Options::default()).unwrap();
    let question = asked.questions.iter().find(|question| question.option == "user-features").unwrap();
    assert!(question.asks.contains("brand"), "{}", question.asks);
    let error = import(all.clone(), &Options::default().with("user-features", "none")).unwrap_err().to_string();
    assert!(error.contains("embedding_dict.brand.weight") && error.contains("a column \"brand_row\""), "{error}");

    let rows =
        import::feature_rows("shop.csv", b"id,title,category,brand_row\na,A,C,2\nb,B,B,2\nc,C,C,2\nd,D,B,2\n").unwrap();
    let of_products = import(all.clone(), &Options { feature_rows: rows, ..Options::default() }).unwrap();
    // One brand for all is the same as that brand for everybody.
    let context = Options { context: [("brand".to_owned(), 2.0)].into(), ..Options::default() };
    let of_all = import(all, &context).unwrap();
    assert!(!open(&of_all).contains(&"user-features"));
    assert!(largest_difference(&answers(&of_products), &answers(&of_all)) < 1e-6);
}

#[test]
fn a_third_feature_of_the_history_needs_its_rows() {
    let mut all = fuxictr_din(&["item_id", "cate_id", "brand", "item_history", "cate_history", "brand_history"]);
    let attention = all.iter().position(|(name, _)| name == "attention_layers.0.attention_layer.mlp.0.weight").unwrap();
    all[attention].1 = tensor("wide", &[4, 36]);
    let error = import(all.clone(), &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("\"brand\" is a feature of the products; give the catalogue a column \"brand_row\""),
        "{error}"
    );
    let with = |rows: [u32; 4]| {
        let feature_rows = [("brand".to_owned(), rows.map(|row| vec![row]).to_vec())].into();
        import(all.clone(), &Options { feature_rows, ..Options::default() }).unwrap()
    };
    let (found, other) = (with([1, 2, 3, 1]), with([1, 2, 3, 2]));
    assert_eq!(found.weights.config().item_dim, 9);
    let query = found.questions.iter().find(|question| question.option == "query").unwrap();
    assert_eq!(query.choices.len(), 6);
    assert!(largest_difference(&answers(&found), &answers(&other)) > 1e-4);
}

#[test]
fn what_is_pooled_stands_where_the_histories_do() {
    let together = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    let mut interleaved = fuxictr_din(&["item_id", "item_history", "cate_id", "cate_history"]);
    let columns: Vec<usize> = (0..3).chain(6..9).chain(3..6).chain(9..12).collect();
    reorder(&mut interleaved, "dnn.mlp.0.weight", &columns);
    let [together, interleaved] =
        [together, interleaved].map(|all| answers(&import(all, &Options::default()).unwrap()));
    assert!(largest_difference(&together, &interleaved) < 1e-6);
}

#[test]
fn a_number_times_a_vector_is_a_feature() {
    let mut all = fuxictr_din(&["age", "item_id", "cate_id", "item_history", "cate_history"]);
    all[0].1 = tensor("age", &[3, 1]);
    let with = |age: f64| {
        let options = Options { context: [("age".to_owned(), age)].into(), ..Options::default() };
        answers(&import(all.clone(), &options).unwrap())
    };
    assert_eq!(with(0.0), answers(&import(all.clone(), &Options::default()).unwrap()));
    assert!(largest_difference(&with(0.0), &with(2.5)) > 1e-4);
}

#[test]
fn every_missing_tensor_is_named() {
    for all in [
        deepctr_torch_din(&["user", "item_id", "cate_id"], 1),
        fuxictr_din(&["user_id", "item_id", "cate_id", "item_history", "cate_history"]),
    ] {
        import(all.clone(), &Options::default()).unwrap();
        for place in 0..all.len() {
            let mut less = all.clone();
            let (name, _) = less.remove(place);
            // Tables of users stand for numbers, which have none, and those of histories for ones that are shared; without its
            // parameter an activation is asked for.
            let is_free = name.contains("user") || name.contains("history") || name.contains("alpha");
            match import(less, &Options::default()) {
                Err(_) => {}
                Ok(found) => assert!(is_free || !open(&found).is_empty(), "{name} is not missed"),
            }
            let is_bias = name.ends_with("bias");
            let mut less = all.clone();
            less.remove(place);
            if is_bias {
                let error = import(less, &Options::default()).unwrap_err().to_string();
                assert!(error.contains(&format!("\"{name}\" is missing")), "{error}");
            }
        }
    }
}

#[test]
fn an_option_that_the_network_does_not_have_is_refused() {
    let error = |option: &str, answer: &str| {
        import(deepctr_torch_din(&["item_id", "cate_id"], 1), &Options::default().with(option, answer))
            .unwrap_err()
            .to_string()
    };
    assert!(
        error("evolution", "AGRU").contains("option \"evolution\" is not one that DeepCTR-Torch's DIN leaves open")
    );
    assert!(error("normalization", "scaled-softmax").contains("the tensors allow: none; softmax"));
    assert!(error("head-activation", "gelu").contains("\"gelu\" is not known"));
    assert!(error("head-activation", "relu,tanh").contains("names 2 activations, but 1 layers"));
    assert!(error("user-features", "colour").contains("has \"colour\", but the features that may be the user's are"));
    assert!(error("category", "colour").contains("the features are item_id, cate_id"));
}

#[test]
fn activations_are_said_by_those_that_there_are() {
    let with = |name: &str| {
        answers(
            &import(deepctr_torch_din(&["item_id", "cate_id"], 1), &Options::default().with("head-activation", name))
                .unwrap(),
        )
    };
    let relu = with("relu");
    for name in ["sigmoid", "tanh", "leaky-relu", "silu", "linear"] {
        assert!(largest_difference(&relu, &with(name)) > 1e-5, "{name}");
    }
    // By hand: one hidden unit of tanh.
    let mut all = tensors(&[
        ("embedding_dict.item_id.weight", &[5, 1]),
        ("out.bias", &[1]),
        ("attention.local_att.dnn.linears.0.weight", &[1, 4]),
        ("attention.local_att.dnn.linears.0.bias", &[1]),
        ("attention.local_att.dense.weight", &[1, 1]),
        ("attention.local_att.dense.bias", &[1]),
        ("dnn.linears.0.weight", &[1, 2]),
        ("dnn.linears.0.bias", &[1]),
        ("dnn_linear.weight", &[1, 1]),
    ]);
    let value = |all: &Tensors, name: &str| all.iter().find(|(other, _)| other == name).unwrap().1.values.clone();
    let item = f64::from(value(&all, "embedding_dict.item_id.weight")[2]);
    let weight = f64::from(value(&all, "dnn.linears.0.weight")[0]);
    let bias = f64::from(value(&all, "dnn.linears.0.bias")[0]);
    let (last, out) = (f64::from(value(&all, "dnn_linear.weight")[0]), f64::from(value(&all, "out.bias")[0]));
    type Function = fn(f64) -> f64;
    let functions: [(&str, Function); 4] = [
        ("tanh", f64::tanh),
        ("leaky-relu", |s| if s > 0.0 { s } else { 0.01 * s }),
        ("silu", |s| s / (1.0 + (-s).exp())),
        ("linear", |s| s),
    ];
    for (name, function) in functions {
        let imported = import(all.clone(), &Options::default().with("head-activation", name)).unwrap();
        // Without a history the interest is 0.
        let found = probability(&imported.weights, &shop().item_categories(), &[], 1).unwrap();
        let logit = last * function(weight * item + bias) + out;
        // A few roundings of float32.
        assert!((found - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-6, "{name}");
    }
    all.clear();
}

#[test]
fn a_sigmoid_after_the_attention_is_one_more_layer() {
    let names = ["item_id", "cate_id", "item_history", "cate_history"];
    let with =
        |output: &str| import(fuxictr_din(&names), &Options::default().with("attention-output", output)).unwrap();
    let (plain, sigmoid) = (with("none"), with("sigmoid"));
    let categories = shop().item_categories();
    let weights = |imported: &Imported| {
        let found = model::reference::inspect(&imported.weights, &categories, &[2, 0, 1], &[1, 3]).unwrap();
        found.iter().flat_map(|found| found.trace.attention().to_vec()).collect::<Vec<f32>>()
    };
    for (score, weight) in weights(&plain).into_iter().zip(weights(&sigmoid)) {
        // A few roundings of float32.
        assert!((1.0 / (1.0 + (-score).exp()) - weight).abs() < 1e-6, "{score} became {weight}");
    }
}

#[test]
fn predictions_settle_what_is_open() {
    let all = sorted(fuxictr_din(&["user_id", "cate_id", "item_id", "cate_history", "item_history"]));
    let truth = Options { context: [("user_id".to_owned(), 3.0)].into(), ..Options::default() }
        .with("features", "user_id,cate_id,item_id,cate_history,item_history")
        .with("query", "cate_id,item_id")
        .with("normalization", "softmax")
        .with("attention-output", "sigmoid")
        .with("head-activation", "tanh");
    let expected = answers(&import(all.clone(), &truth).unwrap());
    let given = Options::default().with("head-activation", "tanh").with("features", truth.get("features").unwrap());
    let found = check(&checkpoint(all.clone()), &shop(), &given, "answers.csv", &expected, &mut inspect).unwrap();
    assert!(found.off < 1e-6, "{}", found.off);
    assert_eq!(answers(&found.imported), expected);
    assert!(found.imported.questions.is_empty());
    for answer in
        ["query: cate_id,item_id", "normalization: softmax", "attention-output: sigmoid", "context: user_id=3"]
    {
        assert!(found.settled.iter().any(|settled| settled == answer), "{answer} is not in {:?}", found.settled);
    }
    assert!(found.imported.weights.note("proof").unwrap().starts_with("16 predictions of the library"));
    assert!(found.imported.weights.note("answers").unwrap().contains("normalization: softmax"));

    let mut wrong = expected;
    wrong[7].probability += 1e-3;
    let error = check(&checkpoint(all), &shop(), &given, "answers.csv", &wrong, &mut inspect).unwrap_err().to_string();
    assert!(error.contains("gives the answers; the nearest is off by 1.0e-3 at most, with"), "{error}");
}

#[test]
fn where_no_way_gives_the_answers_a_trace_says_where_they_part() {
    let all = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    let truth = Options::default().with("head-activation", "tanh").with("normalization", "softmax");
    let imported = import(all.clone(), &truth.clone().with("attention-output", "none")).unwrap();
    let found = inspect(&imported.weights, &shop().item_categories(), &[0, 1, 3], 2).unwrap();
    let trace = found
        .trace
        .parts()
        .iter()
        .map(|part| (part.name().to_owned(), part.values().iter().map(|&v| v.into()).collect()));
    let id = |row: usize| shop().items()[row].id.clone();
    let answer = Answer {
        history: [0, 1, 3].map(id).to_vec(),
        candidate: id(2),
        // Whatever the head did, it was something else.
        probability: 1.0 - f64::from(found.probability),
        trace: trace.collect(),
    };
    let refused = |answer: &Answer, options: &Options| {
        let answers = std::slice::from_ref(answer);
        check(&checkpoint(all.clone()), &shop(), options, "a.json", answers, &mut inspect).unwrap_err().to_string()
    };
    let settled = truth.clone().with("attention-output", "none").with("query", "item_id,cate_id");
    let error = refused(&answer, &settled);
    assert!(error.contains("with nothing left open (every part of the traces agrees)"), "{error}");
    let error = refused(&answer, &settled.clone().with("normalization", "none"));
    assert!(
        error.contains("(they part at \"attention\", by ") && error.contains("before it scores agrees)"),
        "{error}"
    );
    let mut other = answer.clone();
    other.trace.insert("gate".to_owned(), vec![1.0]);
    assert!(
        refused(&other, &settled)
            .contains("a.json: a trace has \"gate\", and this network's parts are scores, attention, interest, logit")
    );
    other.trace = [("scores".to_owned(), vec![1.0])].into();
    assert!(refused(&other, &settled).contains("a trace has 1 values of \"scores\", and the network 3"));
    let json =
        br#"[{"history": [7], "candidate": 7, "probability": 0.5, "trace": {"attention": [[0.5], [1]], "logit": 0}}]"#;
    let read = Answer::read("a.json", json).unwrap().remove(0).trace;
    assert_eq!(read, [("attention".to_owned(), vec![0.5, 1.0]), ("logit".to_owned(), vec![0.0])].into());
}

#[test]
fn a_file_of_our_own_is_proved_too() {
    let catalogue = shop();
    let seeded = Weights::seeded(model::NetworkKind::Din.shipped(), catalogue.vocabulary(), 3).unwrap();
    let (config, tensors, hash) = (seeded.config().clone(), seeded.tensors().clone(), catalogue.vocabulary_hash());
    let weights = Weights::new("own", config, catalogue.vocabulary(), hash, tensors).unwrap();
    let imported = Imported { weights, notes: Vec::new(), questions: Vec::new(), context: Vec::new() };
    let expected = answers(&imported);
    let bytes = imported.weights.to_safetensors().unwrap();
    let proved = |answers: &[Answer]| {
        import::read_proved(
            "own.safetensors",
            &bytes,
            &catalogue,
            &Options::default(),
            ("a.csv", answers),
            &mut inspect,
        )
    };
    let found = proved(&expected).unwrap();
    assert_eq!((found.off, found.tried), (0.0, 1));
    assert!(found.imported.weights.note("proof").unwrap().starts_with("16 predictions of the library"));
    let mut wrong = expected;
    wrong[3].probability += 1e-3;
    let error = proved(&wrong).unwrap_err().to_string();
    assert!(
        error.contains("own.safetensors: none of 1 ways to read it gives the answers; the nearest is off by 1.0e-3"),
        "{error}"
    );
}

#[test]
fn answers_are_read_from_json_and_csv_or_named() {
    let expected = vec![
        Answer { history: Vec::new(), candidate: "7".to_owned(), probability: 0.25, trace: BTreeMap::new() },
        Answer {
            history: vec!["7".to_owned(), "x".to_owned()],
            candidate: "x".to_owned(),
            probability: 1.0,
            trace: BTreeMap::new(),
        },
    ];
    let json = br#"[{"history": [], "candidate": 7, "probability": 0.25}, {"history": ["7", "x"], "candidate": "x", "probability": 1}]"#;
    assert_eq!(Answer::read("a.json", json).unwrap(), expected);
    let csv = b"history,candidate,probability\n,7,0.25\n7 x,x,1\n";
    assert_eq!(Answer::read("a.csv", csv).unwrap(), expected);
    let error = |bytes: &[u8]| Answer::read("a.csv", bytes).unwrap_err().to_string();
    assert!(
        error(b"history,candidate,probability\n,7,2.5\n").contains("a.csv: answer 1: probability 2.5 is not between")
    );
    assert!(error(b"[{\"history\": 7}]").contains("a.csv: answer 1 cannot be read, expected"));
    assert!(error(b"[]").contains("a.csv: has no answers"));
    assert!(error(b"history,candidate\n").contains("column \"probability\" is missing"));
    let unknown =
        vec![Answer { history: Vec::new(), candidate: "nobody".to_owned(), probability: 0.5, trace: BTreeMap::new() }];
    let all = checkpoint(deepctr_torch_din(&["item_id", "cate_id"], 1));
    let error = check(&all, &shop(), &Options::default(), "a.csv", &unknown, &mut inspect).unwrap_err().to_string();
    assert!(error.contains("a.csv: names \"nobody\", which the catalogue does not have"), "{error}");
}

/// A shuffle that is the same every time.
fn shuffled<T>(mut list: Vec<T>, seed: usize) -> Vec<T> {
    let mut state = seed * 2 + 1;
    for place in (1..list.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        list.swap(place, (state >> 33) % (place + 1));
    }
    list
}

#[test]
fn a_shuffled_file_is_asked_about() {
    let names = ["user", "gender", "item_id", "cate_id"];
    let options =
        Options { context: [("user".to_owned(), 2.0), ("gender".to_owned(), 1.0)].into(), ..Options::default() };
    let right = answers(&import(deepctr_torch_din(&names, 1), &options).unwrap());
    for seed in 0..200 {
        let found = import(shuffled(deepctr_torch_din(&names, 1), seed), &options).unwrap();
        let is_right = largest_difference(&right, &answers(&found)) < 1e-6;
        assert!(is_right || open(&found).contains(&"features"), "seed {seed}: {:?}", open(&found));
    }
}

#[test]
fn an_order_that_no_model_has_is_asked_about() {
    let swapped = |mut all: Tensors, one: &str, other: &str| {
        let place = |all: &Tensors, name: &str| all.iter().position(|(found, _)| found.ends_with(name)).unwrap();
        let places = (place(&all, one), place(&all, other));
        all.swap(places.0, places.1);
        let found = import(all, &Options::default()).unwrap();
        open(&found).contains(&"features")
    };
    // A history before the item whose table it shares; something else before the tables; a bias before its weight.
    let fuxictr = fuxictr_din(&["user_id", "item_id", "cate_id", "item_history", "cate_history"]);
    assert!(!swapped(fuxictr.clone(), "user_id.weight", "user_id.weight"));
    assert!(swapped(fuxictr, "item_id.weight", "item_history.weight"));
    let deepctr = deepctr_torch_din(&["user", "item_id", "cate_id"], 1);
    assert!(!swapped(deepctr.clone(), "user.weight", "user.weight"));
    assert!(swapped(deepctr.clone(), "user.weight", "out.bias"));
    assert!(swapped(deepctr, "dnn.linears.0.weight", "dnn.linears.0.bias"));
    let found = import(deepctr_torch_din(&["user", "item_id", "cate_id"], 1), &Options::default()).unwrap();
    assert!(
        found.notes.iter().any(|note| note == "Order of the features: user, item_id, cate_id, as the file has them.")
    );
}

#[test]
fn histories_that_contradict_the_items_are_refused() {
    let mut all = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    let (one, other) = (all[2].1.clone(), all[3].1.clone());
    (all[2].1, all[3].1) = (other, one);
    let error = import(all, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("is a history of \"item_id\" by its name and of \"cate_id\" by its numbers"), "{error}");

    let mut all = deepctr_torch_din(&["item_id", "cate_id"], 1);
    all.insert(2, ("embedding_dict.hist_item_id.weight".to_owned(), tensor("own", &[5, 3])));
    let error = import(all, &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("the history of \"item_id\" has a table of its own and that of \"cate_id\" has none"),
        "{error}"
    );
}

#[test]
fn attention_without_tensors_is_asked_about() {
    let mut all = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    all.retain(|(name, _)| !name.starts_with("attention_layers") && name != "dnn.mlp.0.weight");
    for (part, shape) in
        [("weight_ih", vec![18, 6]), ("weight_hh", vec![18, 6]), ("bias_ih", vec![18]), ("bias_hh", vec![18])]
    {
        all.push((format!("extraction_modules.0.{part}_l0"), tensor(part, &shape)));
    }
    for (part, shape) in [("weight", vec![18, 6]), ("bias", vec![18])] {
        for layer in ["x2h", "h2h"] {
            all.push((format!("evolving_modules.0.gru_cell.{layer}.{part}"), tensor(layer, &shape)));
        }
    }
    all.push(("dnn.mlp.0.weight".to_owned(), tensor("head", &[6, 12])));
    let found = import(all.clone(), &Options::default()).unwrap();
    assert!(open(&found).contains(&"attention-type") && open(&found).contains(&"evolution"), "{:?}", open(&found));
    let error = import(all, &Options::default().with("attention-type", "other")).unwrap_err().to_string();
    assert!(error.contains("\"attention_modules.0.W_kernel\" is missing"), "{error}");
}

#[test]
fn a_renamed_file_is_read_as_it_was_or_refused_or_asked_about() {
    let names = ["user", "gender", "item_id", "cate_id"];
    let all = deepctr_torch_din(&names, 1);
    let right = answers(&import(all.clone(), &Options::default()).unwrap());
    for prefix in ["module.", "_orig_mod.", "model.", "net.ema.module.", "state_dict.model._orig_mod."] {
        let renamed = all.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())).collect();
        assert_eq!(answers(&import(renamed, &Options::default()).unwrap()), right, "{prefix}");
    }
    for place in 0..all.len() {
        for new in ["embedding_dict.location.weight", "embedding_dict.item.weight", "dnn.linears.1.weight", "other"] {
            let mut renamed = all.clone();
            renamed[place].0 = new.to_owned();
            let Ok(found) = import(renamed, &Options::default()) else { continue };
            let is_right = largest_difference(&right, &answers(&found)) < 1e-6;
            let is_asked = found
                .questions
                .iter()
                .any(|question| ["features", "user-features", "query"].contains(&question.option));
            assert!(is_right || is_asked, "{} renamed to {new}: {:?}", all[place].0, found.notes);
        }
    }
}

#[test]
fn of_two_networks_in_a_file_one_must_be_meant() {
    let all = deepctr_torch_din(&["item_id", "cate_id"], 1);
    let twice = |change: f32| -> Tensors {
        let under = |prefix: &str, change: f32| -> Tensors {
            let changed = |tensor: &Tensor| Tensor {
                shape: tensor.shape.clone(),
                values: tensor.values.iter().map(|value| value + change).collect(),
            };
            all.iter().map(|(name, tensor)| (format!("{prefix}{name}"), changed(tensor))).collect()
        };
        [under("model.", 0.0), under("ema.", change)].concat()
    };
    let right = answers(&import(all.clone(), &Options::default()).unwrap());
    assert_eq!(answers(&import(twice(0.0), &Options::default()).unwrap()), right);
    let error = import(twice(0.1), &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("option \"state-dict\" must say which of the file's networks is meant: ema, model"),
        "{error}"
    );
    assert_eq!(answers(&import(twice(0.1), &Options::default().with("state-dict", "model")).unwrap()), right);
}

#[test]
fn tensors_that_safetensors_left_out_come_back_by_its_metadata() {
    let mut all = fuxictr_din(&["item_id", "cate_id", "item_history", "cate_history"]);
    let right = answers(&import(sorted(all.clone()), &Options::default()).unwrap());
    let name = |feature: &str| format!("embedding_layer.embedding_layers.{feature}.weight");
    all.retain(|(other, _)| *other != name("item_id"));
    let metadata = BTreeMap::from([(name("item_id"), name("item_history"))]);
    let found =
        from_checkpoint(Checkpoint::new("model.safetensors", metadata, sorted(all)), &shop(), &Options::default());
    assert_eq!(answers(&found.unwrap()), right);
}

#[test]
fn the_order_in_a_click_is_the_histories() {
    let shared = deepctr_torch_din(&["item_id", "cate_id"], 1);
    // The same tables once more for the clicks, the category's first.
    let mut own = shared.clone();
    for (place, feature) in ["cate_id", "item_id"].into_iter().enumerate() {
        let table =
            shared.iter().find(|(name, _)| *name == format!("embedding_dict.{feature}.weight")).unwrap().1.clone();
        own.insert(2 + place, (format!("embedding_dict.hist_{feature}.weight"), table));
    }
    let turned = import(own.clone(), &Options::default()).unwrap();
    let usual = import(shared.clone(), &Options::default()).unwrap();
    assert!(largest_difference(&answers(&turned), &answers(&usual)) > 1e-4);
    // Shared tables do not say it. Nobody is asked, as hardly a model has it so, but it is noted and may be said.
    assert!(!open(&usual).contains(&"clicks"));
    assert!(usual.notes.iter().any(|note| note.starts_with("Order in a click: item_id,cate_id")), "{:?}", usual.notes);
    let said = import(shared.clone(), &Options::default().with("clicks", "cate_id,item_id")).unwrap();
    assert!(largest_difference(&answers(&turned), &answers(&said)) < 1e-6);
    // Predictions find it when nothing usual gives them.
    let expected = answers(&turned);
    let checked =
        check(&checkpoint(shared), &shop(), &Options::default(), "answers.csv", &expected, &mut inspect).unwrap();
    assert!(checked.settled.contains(&"clicks: cate_id,item_id".to_owned()), "{:?}", checked.settled);
    // In the alphabet's order the file does not say it either.
    let sorted = import(sorted(own), &Options::default().with("features", "item_id,cate_id")).unwrap();
    assert!(sorted.notes.iter().any(|note| note.starts_with("Order in a click")), "{:?}", sorted.notes);
}

#[test]
fn clicks_without_the_item_leave_it_to_the_candidate() {
    let all = fuxictr_din(&["item_id", "cate_id", "brand", "cate_history", "brand_history"]);
    // Products a and c have the same category and brand.
    let feature_rows = [("brand".to_owned(), [1, 2, 1, 2].map(|row| vec![row]).to_vec())].into();
    let found = import(all, &Options { feature_rows, ..Options::default() }).unwrap();
    let answer = |history: &[u32], candidate: u32| {
        probability(&found.weights, &shop().item_categories(), history, candidate).unwrap()
    };
    // As clicks they are the same, and as candidates they are not; the sums are the same to the last bit.
    assert_eq!(answer(&[0, 1], 3), answer(&[2, 1], 3));
    assert!((answer(&[1], 0) - answer(&[1], 2)).abs() > 1e-4);
}

#[test]
fn numbers_are_asked_about() {
    let mut all = deepctr_torch_din(&["user", "item_id"], 1);
    let head = all.iter().position(|(name, _)| name == "dnn.linears.0.weight").unwrap();
    let attention = all.iter().position(|(name, _)| name == "attention.local_att.dnn.linears.0.weight").unwrap();
    all[attention].1 = tensor("narrow", &[4, 12]);
    // A user of 4 numbers, query and interest of 3, and a number.
    all[head].1 = tensor("head", &[6, 11]);
    let asked = import(all.clone(), &Options::default()).unwrap();
    assert!(open(&asked).contains(&"numbers"), "{:?}", open(&asked));
    let context = Options { context: [("number 1".to_owned(), 0.5)].into(), ..Options::default() };
    let said = import(all.clone(), &context).unwrap();
    assert!(!open(&said).contains(&"numbers") && largest_difference(&answers(&asked), &answers(&said)) > 1e-4);
    let error = import(all, &Options::default().with("numbers", "products")).unwrap_err().to_string();
    assert!(error.contains("numbers of the products"), "{error}");

    // FuxiCTR scales a vector by it.
    let mut all = fuxictr_din(&["price", "item_id", "cate_id", "item_history", "cate_history"]);
    all[0].1 = tensor("price", &[3, 1]);
    let asked = import(all.clone(), &Options::default()).unwrap();
    assert!(open(&asked).contains(&"user-features"), "{:?}", open(&asked));
    let error = import(all, &Options::default().with("user-features", "none")).unwrap_err().to_string();
    assert!(error.contains("embedding_layers.price.weight") && error.contains("a number of the products"), "{error}");
}

#[test]
fn an_item_of_an_unusual_name_is_what_has_a_history() {
    let rename = |from: &[&str], to: &[&str]| -> Tensors {
        let all = fuxictr_din(from).into_iter().map(|(name, tensor)| {
            let place = from.iter().position(|from| name == format!("embedding_layer.embedding_layers.{from}.weight"));
            (place.map_or(name, |place| format!("embedding_layer.embedding_layers.{}.weight", to[place])), tensor)
        });
        all.collect()
    };
    let usual = ["item_id", "cate_id", "item_history", "cate_history"];
    let found = import(rename(&usual, &["sku", "shelf", "sku_seq", "shelf_seq"]), &Options::default()).unwrap();
    let question = found.questions.iter().find(|question| question.option == "item").unwrap();
    let choices: Vec<&str> = question.choices.iter().map(|choice| choice.answer.as_str()).collect();
    assert_eq!(choices, ["sku", "shelf"]);
    let expected = import(rename(&usual, &usual), &Options::default()).unwrap();
    assert_eq!(answers(&found), answers(&expected));
}

#[test]
fn a_category_of_an_unusual_name_is_what_fills_a_click() {
    let rename = |all: Tensors| -> Tensors {
        all.into_iter().map(|(name, tensor)| (name.replace("cate_id", "shelf"), tensor)).collect()
    };
    let expected = import(deepctr_torch_din(&["item_id", "cate_id", "user"], 1), &Options::default()).unwrap();
    let found = import(rename(deepctr_torch_din(&["item_id", "cate_id", "user"], 1)), &Options::default()).unwrap();
    let question = found.questions.iter().find(|question| question.option == "category").unwrap();
    let choices: Vec<&str> = question.choices.iter().map(|choice| choice.answer.as_str()).collect();
    assert_eq!(choices, ["shelf", "none"]);
    assert_eq!(answers(&found), answers(&expected));
    let none = Options::default().with("category", "none");
    let error = import(rename(deepctr_torch_din(&["item_id", "cate_id"], 1)), &none).unwrap_err().to_string();
    assert!(error.contains("takes items of 5 numbers"), "{error}");
}

#[test]
fn of_many_features_every_order_of_the_users_is_asked_about() {
    let all = deepctr_torch_din(&["zip", "user", "gender", "age", "item_id", "cate_id"], 1);
    let found = import(sorted(all), &Options::default()).unwrap();
    let question = found.questions.iter().find(|question| question.option == "features").unwrap();
    let has = |order: &str| question.choices.iter().any(|choice| choice.answer == order);
    for order in [
        "age,gender,user,zip,item_id,cate_id",
        "zip,user,gender,age,item_id,cate_id",
        "item_id,cate_id,gender,zip,age,user",
        "user,zip,age,gender,cate_id,item_id",
        "age,gender,item_id,user,zip,cate_id",
    ] {
        assert!(has(order), "{order}");
    }
}

#[test]
fn predictions_of_what_is_not_read_say_so() {
    let all = fuxictr_din(&["price", "item_id", "cate_id", "item_history", "cate_history"]);
    let all: Tensors = all
        .into_iter()
        .map(|(name, values)| if name.contains("price") { (name, tensor("price", &[3, 1])) } else { (name, values) })
        .collect();
    let mut expected = answers(&import(all.clone(), &Options::default()).unwrap());
    // No network of these tensors gives this one.
    expected[3].probability = 1.0 - expected[3].probability;
    let error =
        check(&checkpoint(all), &shop(), &Options::default(), "answers.csv", &expected, &mut inspect).unwrap_err();
    assert!(matches!(&error, ImportError::CannotBeRead { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("a number of the products") && said.contains("--context NAME=VALUE for price"), "{said}");
}
