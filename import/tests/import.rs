//! Other libraries' networks: what is refused and by which name, how catalogues and tables go together, and gates by hand.
//!
//! That imports compute what the libraries do is tested in the package `verify`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;

use import::{Checkpoint, ImportError, Imported, Options, Source, from_checkpoint, read};
use model::{
    Catalogue, DienAttention, Evolution, NetworkConfig, NetworkKind, Normalization, Tensor, Vocabulary, Weights,
};

type Tensors = BTreeMap<String, Tensor>;

/// Values that follow no pattern, between −1 and 1.
fn tensor(shape: &[usize]) -> Tensor {
    let size: usize = shape.iter().product();
    let seed: usize = shape.iter().fold(7, |seed, size| seed * 31 + size);
    let values = (0..size).map(|index| ((index * 7919 + seed) % 1009) as f32 / 504.5 - 1.0).collect();
    Tensor { shape: shape.to_vec(), values }
}

fn tensors(shapes: &[(&str, &[usize])]) -> Tensors {
    shapes.iter().map(|(name, shape)| ((*name).to_owned(), tensor(shape))).collect()
}

/// FuxiCTR's DIN with 4 products and 2 categories beside padding, of 3 and 2 numbers, and 5 users of 3.
fn fuxictr_din() -> Tensors {
    let mut all = tensors(&[
        ("embedding_layer.embedding_layers.user_id.weight", &[6, 3]),
        ("embedding_layer.embedding_layers.item_id.weight", &[5, 3]),
        ("embedding_layer.embedding_layers.cate_id.weight", &[3, 2]),
        ("attention_layers.0.attention_layer.mlp.0.weight", &[4, 20]),
        ("attention_layers.0.attention_layer.mlp.0.bias", &[4]),
        ("attention_layers.0.attention_layer.mlp.2.weight", &[1, 4]),
        ("attention_layers.0.attention_layer.mlp.2.bias", &[1]),
        ("dnn.mlp.0.weight", &[6, 13]),
        ("dnn.mlp.0.bias", &[6]),
        ("dnn.mlp.2.weight", &[1, 6]),
        ("dnn.mlp.2.bias", &[1]),
    ]);
    for (history, of) in [("item_hist", "item_id"), ("cate_hist", "cate_id")] {
        let name = |feature: &str| format!("embedding_layer.embedding_layers.{feature}.weight");
        all.insert(name(history), all[&name(of)].clone());
    }
    all
}

/// DeepCTR-Torch's DIEN of items alone, of width 2.
fn deepctr_dien() -> Tensors {
    let mut all = tensors(&[
        ("embedding_dict.item.weight", &[5, 2]),
        ("interest_evolution.attention.local_att.dense.weight", &[1, 3]),
        ("interest_evolution.attention.local_att.dense.bias", &[1]),
        ("interest_evolution.attention.local_att.dnn.linears.0.weight", &[3, 8]),
        ("interest_evolution.attention.local_att.dnn.linears.0.bias", &[3]),
        ("dnn.linears.0.weight", &[4, 4]),
        ("dnn.linears.0.bias", &[4]),
        ("linear.weight", &[1, 4]),
        ("out.bias", &[1]),
    ]);
    for layer in ["interest_extractor.gru", "interest_evolution.interest_evolution"] {
        for (part, shape) in [("weight", vec![6, 2]), ("bias", vec![6])] {
            for half in ["ih", "hh"] {
                all.insert(format!("{layer}.{part}_{half}_l0"), tensor(&shape));
            }
        }
    }
    all
}

fn checkpoint(tensors: Tensors) -> Checkpoint {
    Checkpoint::new("model.safetensors", BTreeMap::new(), tensors)
}

fn with_metadata(tensors: Tensors, entries: &[(&str, &str)]) -> Checkpoint {
    let metadata = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Checkpoint::new("model.safetensors", metadata, tensors)
}

fn catalogue(csv: &str) -> Catalogue {
    Catalogue::from_csv("catalogue.csv", csv.as_bytes()).unwrap()
}

/// Four products in two categories.
const FOUR: &str = "id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\nd,D,Bags\n";

fn import(tensors: Tensors) -> Result<Imported, ImportError> {
    from_checkpoint(checkpoint(tensors), &catalogue(FOUR), &Options::default())
}

fn refused(tensors: Tensors) -> String {
    import(tensors).unwrap_err().to_string()
}

#[test]
fn sizes_options_and_rows_come_from_the_file() {
    let Imported { weights, notes, .. } = import(fuxictr_din()).unwrap();
    let config = weights.config();
    assert_eq!((config.item_dim, config.category_dim, config.head.hidden.as_slice()), (3, 2, [6].as_slice()));
    let NetworkConfig::Din(din) = &config.network else { panic!("not DIN") };
    assert_eq!(din.attention.hidden, [4]);
    assert_eq!(weights.note("source"), Some("FuxiCTR's DIN"));
    // Row 0 is padding; categories are in alphabetical order: Bags, Cups.
    let table = tensor(&[5, 3]);
    assert_eq!(weights.values("embedding.item.weight"), &table.values[3..]);
    assert_eq!(weights.values("embedding.category.weight"), &tensor(&[3, 2]).values[2..]);
    for said in
        ["Activation of the local activation unit: relu", "normalisation: none", "\"user_id\" is the mean", "row 1 on"]
    {
        assert!(notes.iter().any(|note| note.contains(said)), "{said} is not in {notes:?}");
    }
}

#[test]
fn a_layer_of_the_head_is_put_in_order_and_the_user_into_its_bias() {
    let options = Options { context: [("user_id".to_owned(), 4.0)].into(), ..Options::default() };
    let Imported { weights, notes, .. } =
        from_checkpoint(checkpoint(fuxictr_din()), &catalogue(FOUR), &options).unwrap();
    assert!(!notes.iter().any(|note| note.contains("\"user_id\"")), "{notes:?}");
    // Its input is [user 3, item 3, category 2, pooled 5], ours [pooled 5, item 3, category 2].
    let theirs = tensor(&[6, 13]);
    let ours = weights.values("head.hidden.0.weight");
    for unit in 0..6 {
        for (row, from) in [(0, 8), (4, 12), (5, 3), (9, 7)] {
            assert_eq!(ours[row * 6 + unit], theirs.values[unit * 13 + from]);
        }
        let user = &tensor(&[6, 3]).values[4 * 3..5 * 3];
        let of_user: f64 = (0..3).map(|k| f64::from(user[k]) * f64::from(theirs.values[unit * 13 + k])).sum();
        let bias = f64::from(tensor(&[6]).values[unit]) + of_user;
        // One rounding to float32.
        assert!((f64::from(weights.values("head.hidden.0.bias")[unit]) - bias).abs() < 1e-6);
    }
}

#[test]
fn what_is_missing_misshapen_left_over_or_not_finite_is_named() {
    type Change = fn(&mut Tensors);
    let cases: [(Change, &str); 6] = [
        (
            |all| drop(all.remove("dnn.mlp.0.weight")),
            "model.safetensors: tensor \"dnn.mlp.0.weight\" is missing; expected shape [?, ?]",
        ),
        (
            |all| drop(all.insert("attention_layers.0.attention_layer.mlp.0.weight".to_owned(), tensor(&[4, 16]))),
            "model.safetensors: tensor \"attention_layers.0.attention_layer.mlp.0.weight\" has shape [4, 16], expected [?, 20]",
        ),
        (
            |all| drop(all.insert("dnn.mlp.2.weight".to_owned(), tensor(&[1, 5]))),
            "model.safetensors: tensor \"dnn.mlp.2.weight\" has shape [1, 5], expected [?, 6]",
        ),
        (
            |all| drop(all.insert("dnn.mlp.0.weight".to_owned(), tensor(&[6, 12]))),
            "the head takes 12 inputs, but [user_id 3, item_id 3, cate_id 2, interest 3, interest 2] are 13",
        ),
        (
            |all| drop(all.insert("tower.weight".to_owned(), tensor(&[2]))),
            "model.safetensors: tensor \"tower.weight\" of shape [2] does not belong to FuxiCTR's DIN",
        ),
        (
            |all| drop(all.insert("embedding_layer.embedding_layers.item_hist.weight".to_owned(), tensor(&[7, 3]))),
            "tensor \"embedding_layer.embedding_layers.item_hist.weight\" differs from the item's and the category's table",
        ),
    ];
    for (change, expected) in cases {
        let mut all = fuxictr_din();
        change(&mut all);
        let error = refused(all);
        assert!(error.contains(expected), "{error}");
    }
    let mut all = fuxictr_din();
    all.get_mut("dnn.mlp.0.bias").unwrap().values[2] = f32::NAN;
    assert_eq!(refused(all), "model.safetensors: tensor \"dnn.mlp.0.bias\" holds NaN at position 2");
    let mut all = fuxictr_din();
    let variances = Tensor { shape: vec![2], values: vec![1.0, -2.0] };
    all.insert("dnn.mlp.1.running_var".to_owned(), variances);
    let error = refused(all);
    assert!(error.contains("\"dnn.mlp.1.running_var\" holds -2 at position 1"), "{error}");
    let error = refused(tensors(&[("encoder.weight", &[2, 2])]));
    assert!(error.contains("of no known library") && error.contains("encoder.weight"), "{error}");
    let mut all = deepctr_dien();
    all.remove("interest_extractor.gru.weight_hh_l0");
    let error = refused(all);
    assert!(error.contains("\"interest_extractor.gru.weight_hh_l0\" is missing; expected shape [6, 2]"), "{error}");
}

#[test]
fn options_come_before_metadata_and_metadata_before_defaults() {
    let of = |checkpoint: Checkpoint, options: &Options| {
        let Imported { weights, notes, .. } = from_checkpoint(checkpoint, &catalogue(FOUR), options).unwrap();
        let NetworkConfig::Dien(dien) = weights.config().network.clone() else { panic!("not DIEN") };
        (dien, notes)
    };
    let (dien, notes) = of(checkpoint(deepctr_dien()), &Options::default());
    assert_eq!((dien.evolution, dien.normalization), (Evolution::Gru, Normalization::Softmax));
    assert!(notes.iter().any(|note| note == "Evolution: GRU, the default of DeepCTR-Torch; the file does not say."));

    let said = [
        ("evolution", "AIGRU"),
        ("attention_normalization", "none"),
        ("attention", "local activation unit -> 3 sigmoid -> 1"),
        ("top_mlp", "4 ReLU -> 1"),
    ];
    let (dien, notes) = of(with_metadata(deepctr_dien(), &said), &Options::default().with("first-row", "1"));
    assert_eq!((dien.evolution, dien.normalization), (Evolution::Aigru, Normalization::None));
    let DienAttention::LocalActivation(unit) = dien.attention else { panic!("no local activation unit") };
    assert_eq!(unit.activation, model::Activation::Sigmoid);
    assert!(!notes.iter().any(|note| note.contains("does not say")), "{notes:?}");

    let options = Options::default().with("evolution", "GRU").with("attention-activation", "relu");
    let (dien, _) = of(with_metadata(deepctr_dien(), &said), &options);
    assert_eq!(dien.evolution, Evolution::Gru);
    let DienAttention::LocalActivation(unit) = dien.attention else { panic!("no local activation unit") };
    assert_eq!(unit.activation, model::Activation::Relu);

    let error =
        from_checkpoint(with_metadata(deepctr_dien(), &[("evolution", "LSTM")]), &catalogue(FOUR), &Options::default())
            .unwrap_err();
    assert!(error.to_string().contains("option \"evolution\" cannot be read: \"LSTM\" is not known"), "{error}");
}

#[test]
fn a_context_that_no_table_has_is_refused() {
    let with = |name: &str, value: f64| {
        let options = Options { context: [(name.to_owned(), value)].into(), ..Options::default() };
        from_checkpoint(checkpoint(fuxictr_din()), &catalogue(FOUR), &options).unwrap_err().to_string()
    };
    assert!(with("user_id", 6.0).contains("user_id=6, which is no row of its table of 6"));
    assert!(with("age", 6.0).contains("has no feature \"age\"; there are: user_id"));
}

#[test]
fn products_and_rows_go_together_or_the_column_is_asked_for() {
    let try_with = |csv: &str| from_checkpoint(checkpoint(fuxictr_din()), &catalogue(csv), &Options::default());
    let items = |csv: &str| try_with(csv).unwrap().weights.values("embedding.item.weight").to_vec();
    let table = tensor(&[5, 3]).values;
    let rows = |rows: &[usize]| rows.iter().flat_map(|&row| table[row * 3..][..3].to_vec()).collect::<Vec<f32>>();

    assert_eq!(items(FOUR), rows(&[1, 2, 3, 4]));
    // One product fewer: a row after the last is for what the library did not know.
    assert_eq!(items("id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\n"), rows(&[1, 2, 3]));
    let chosen = "id,title,category,row,category_row\na,A,Cups,4,2\nb,B,Bags,1,1\n";
    assert_eq!(items(chosen), rows(&[4, 1]));
    let categories = try_with(chosen).unwrap().weights.values("embedding.category.weight").to_vec();
    // In our order, Bags before Cups.
    assert_eq!(categories, tensor(&[3, 2]).values[2..]);

    let error = |csv: &str| try_with(csv).unwrap_err().to_string();
    assert!(error("id,title,category\na,A,X\n").contains("must stand in a column \"row\""));
    assert!(error("id,title,category,row\na,A,X,5\n").contains("\"row\" has 5, but the item table has 5 rows"));
    let six: String = (0..6).map(|item| format!("{item},T,X\n")).collect();
    assert!(
        error(&format!("id,title,category\n{six}"))
            .contains("5 rows, of which row 0 is padding, too few for the catalogue's 6")
    );
    // As many as rows, of which FuxiCTR gives none to padding's: one product would be taken for padding in every history.
    let five: String = (0..5).map(|item| format!("{item},T,X\n")).collect();
    assert!(
        error(&format!("id,title,category\n{five}"))
            .contains("of which row 0 is padding, too few for the catalogue's 5")
    );
    assert!(error("id,title,category,row\na,A,X,0\n").contains("\"row\" has 0, which is padding for FuxiCTR"));
}

/// A GRU step as PyTorch's documentation has it, one unit: rows r, z, n, where z keeps.
fn torch_gru(x: f64, h: f64, [w, u, b, c]: [[f64; 3]; 4]) -> f64 {
    let sigmoid = |s: f64| 1.0 / (1.0 + (-s).exp());
    let r = sigmoid(w[0] * x + b[0] + u[0] * h + c[0]);
    let z = sigmoid(w[1] * x + b[1] + u[1] * h + c[1]);
    let n = (w[2] * x + b[2] + r * (u[2] * h + c[2])).tanh();
    (1.0 - z) * n + z * h
}

#[test]
fn gates_that_keep_become_gates_that_write() {
    let mut all = tensors(&[
        ("embedding_dict.item.weight", &[4, 1]),
        ("interest_evolution.attention.local_att.dense.weight", &[1, 1]),
        ("interest_evolution.attention.local_att.dense.bias", &[1]),
        ("interest_evolution.attention.local_att.dnn.linears.0.weight", &[1, 4]),
        ("interest_evolution.attention.local_att.dnn.linears.0.bias", &[1]),
        ("dnn.linears.0.weight", &[1, 2]),
        ("dnn.linears.0.bias", &[1]),
        ("linear.weight", &[1, 1]),
        ("out.bias", &[1]),
    ]);
    let weights: [[f64; 3]; 4] = [[0.3, -0.9, 0.7], [0.5, 1.4, -0.6], [0.1, 0.2, -0.1], [0.05, -0.15, 0.25]];
    for layer in ["interest_extractor.gru", "interest_evolution.interest_evolution"] {
        for (part, values) in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].iter().zip(weights) {
            let shape = if part.starts_with("weight") { vec![3, 1] } else { vec![3] };
            let values = values.map(|value| value as f32).to_vec();
            all.insert(format!("{layer}.{part}_l0"), Tensor { shape, values });
        }
    }
    let three = catalogue("id,title,category\na,A,X\nb,B,X\nc,C,X\n");
    let weights_of_import = from_checkpoint(checkpoint(all), &three, &Options::default()).unwrap().weights;
    let history = [1, 0, 2];
    let inspection = model::reference::inspect(&weights_of_import, &[0; 3], &history, &[0]).unwrap().remove(0);
    let trace = model::DienTrace::of(&inspection.trace).unwrap();
    let table = tensor(&[4, 1]).values;
    let (mut h, mut second) = (0.0, 0.0);
    for (t, item) in history.into_iter().enumerate() {
        h = torch_gru(f64::from(table[item as usize + 1]), h, weights);
        second = torch_gru(h, second, weights);
        // A few roundings of float32.
        assert!((f64::from(trace.interest_states.step(t)[0]) - h).abs() < 1e-6);
        assert!((f64::from(trace.evolution_states.step(t)[0]) - second).abs() < 1e-6);
    }
}

#[test]
fn a_batch_normalisation_is_folded_into_the_layer_before_it() {
    let mut all = fuxictr_din();
    for part in ["weight", "bias"] {
        let output = all.remove(&format!("dnn.mlp.2.{part}")).unwrap();
        all.insert(format!("dnn.mlp.3.{part}"), output);
    }
    for part in ["weight", "bias", "running_mean"] {
        all.insert(format!("dnn.mlp.1.{part}"), tensor(&[6]));
    }
    let variance = Tensor { shape: vec![6], values: vec![0.25, 1.0, 4.0, 0.5, 2.0, 3.0] };
    all.insert("dnn.mlp.1.running_var".to_owned(), variance.clone());
    let folded = import(all).unwrap().weights;
    let plain = import(fuxictr_din()).unwrap().weights;
    let vector = tensor(&[6]).values;
    for unit in 0..6 {
        // γ·(s − mean)/√(variance + 1e-5) + β with γ = β = mean here.
        let scale = f64::from(vector[unit]) / (f64::from(variance.values[unit]) + 1e-5).sqrt();
        let weight = |weights: &Weights| f64::from(weights.values("head.hidden.0.weight")[3 * 6 + unit]);
        assert!((weight(&folded) - weight(&plain) * scale).abs() < 1e-6);
        let bias = |weights: &Weights| f64::from(weights.values("head.hidden.0.bias")[unit]);
        let vector = f64::from(vector[unit]);
        // The user's part is added after the fold, so that it is scaled too.
        assert!((bias(&folded) - ((bias(&plain) - vector) * scale + vector)).abs() < 2e-6);
    }
}

#[test]
fn a_state_dict_is_found_in_a_training_checkpoint() {
    let inside = |prefix: &str| {
        let mut all: Tensors =
            fuxictr_din().into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect();
        all.insert("optimizer.state.0.exp_avg".to_owned(), tensor(&[3]));
        import(all).unwrap().weights
    };
    let plain = import(fuxictr_din()).unwrap().weights;
    assert_eq!(inside("state_dict."), plain);
    assert_eq!(inside("model_state_dict.module."), plain);
}

#[test]
fn our_own_files_are_read_as_they_are() {
    let shop = catalogue(FOUR);
    let seeded = Weights::seeded(NetworkKind::Din.shipped(), shop.vocabulary(), 1).unwrap();
    let tensors = seeded.tensors().clone();
    let weights =
        Weights::new("seeded", NetworkKind::Din.shipped(), shop.vocabulary(), shop.vocabulary_hash(), tensors.clone())
            .unwrap();
    let bytes = weights.to_safetensors().unwrap();
    let imported = read("din.safetensors", &bytes, &shop, &Options::default()).unwrap();
    assert_eq!((imported.weights, imported.notes), (weights, Vec::new()));
    let other = catalogue("id,title,category\na,A,Cups\nb,B,Bags\nc,C,Cups\ne,E,Bags\n");
    let error = read("din.safetensors", &bytes, &other, &Options::default()).unwrap_err();
    assert!(error.to_string().starts_with("din.safetensors: trained on another catalogue"), "{error}");
}

#[test]
fn without_a_category_table_items_have_no_category() {
    let weights = import(deepctr_dien()).unwrap().weights;
    assert_eq!(weights.config().category_dim, 0);
    assert_eq!(weights.vocabulary(), Vocabulary { items: 4, categories: 2 });
    let source = Source::new(checkpoint(deepctr_dien()), &Options::default()).unwrap();
    assert_eq!((source.features(), source.table_rows()), (("item", None), (5, None)));
}

#[test]
fn files_of_other_formats_are_read_or_say_what_they_are_not() {
    use npyz::{Order, WriterBuilder};

    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Checkpoint::open(&path).unwrap_err().to_string()
    };
    assert!(refused("a.npz", b"").contains("a.npz: not a readable safetensors file: it is an empty file"));
    assert!(refused("a.npz", b"PK\x03\x04 and nothing more").contains("a.npz: is a damaged archive"));
    let index = b"{\"weight_map\": {\"out.bias\": \"a-1.safetensors\"}}";
    assert!(refused("a.json", index).contains("a-1.safetensors: a part of the index"));
    let alone = Checkpoint::from_bytes("a.json", index).unwrap_err().to_string();
    assert!(alone.contains("a.json: is the index of a model in parts"), "{alone}");
    assert!(refused("a.pth", &[0x80, 2, b'}', b'q']).contains("torch.save(model.state_dict(), …)"));
    assert!(refused("a.pt", b"weights").contains("a.pt: not a readable safetensors file"));
    assert!(refused("a.h5", b"\x89HDF\r\n").contains("a.h5: is a damaged HDF5 file"));
    let error = Checkpoint::open(&folder.path().join("none.npz")).unwrap_err().to_string();
    assert!(error.contains("none.npz"), "{error}");

    // Variables by TensorFlow's names; double precision; columns first; an optimizer's slot and a counter.
    let path = folder.path().join("variables.npz");
    let mut archive = npyz::npz::NpzWriter::create(&path).unwrap();
    let mut put = |name: &str, order: Order, values: &[f64]| {
        let file = archive.array(name, Default::default()).unwrap();
        let mut file = file.default_dtype().order(order).shape(&[2, 3]).begin_nd().unwrap();
        file.extend(values).unwrap();
        file.finish().unwrap();
    };
    put("rows:0", Order::C, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    put("columns:0", Order::Fortran, &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    put("rows/Adam:0", Order::C, &[0.0; 6]);
    drop(archive);
    let error = Source::new(Checkpoint::open(&path).unwrap(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("the first is \"rows\""), "{error}");
    let variables = Checkpoint::open(&path).unwrap();
    let tensor = Tensor { shape: vec![2, 3], values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
    let expected: Tensors = ["columns", "rows"].map(|name| (name.to_owned(), tensor.clone())).into();
    assert_eq!(variables.tensors(), &expected);
}

#[test]
fn a_tensor_without_values_cannot_claim_sizes() {
    // 4·2⁶² overflows, and a vector of 2⁶² numbers fills any memory.
    for shape in [[0, 1 << 62], [1 << 62, 0], [0, 0]] {
        for name in ["embedding_layer.embedding_layers.item_id.weight", "dnn.mlp.0.weight"] {
            let mut tensors = fuxictr_din();
            tensors.insert(name.to_owned(), Tensor { shape: shape.to_vec(), values: Vec::new() });
            assert_eq!(
                refused(tensors),
                format!("model.safetensors: tensor \"{name}\" has shape {shape:?}, expected no size of 0")
            );
        }
    }
}
