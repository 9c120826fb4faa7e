//! Features of several values: what is pooled of them is the vector of each product and of the user.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use import::{Checkpoint, FeatureRows, Options, feature_rows, from_checkpoint};
use support::{Tensors, answers, deepctr_torch_din, import, largest_difference, open, recbole_din, tensor};

/// The classes of four products, in a column of the catalogue.
fn classes(column: &str) -> FeatureRows {
    let csv = format!("id,title,category,{column}\na,A,C,1 2\nb,B,B,3\nc,C,C,\nd,D,B,2 3 1\n");
    feature_rows("shop.csv", csv.as_bytes()).unwrap()
}

fn options(feature_rows: FeatureRows) -> Options {
    Options { feature_rows, ..Options::default() }
}

/// Rows of a table, pooled by hand in 64-bit floats.
fn pooled(table: &[f32], rows: &[usize], pooling: &str) -> Vec<f32> {
    let of_column = |column: usize| {
        let values = rows.iter().map(|row| f64::from(table[row * 2 + column]));
        match pooling {
            "max" => values.fold(f64::NEG_INFINITY, f64::max),
            "sum" => values.sum(),
            _ => values.sum::<f64>() / rows.len().max(1) as f64,
        }
    };
    (0..2).map(|column| of_column(column) as f32).collect()
}

#[test]
fn token_sequences_of_recbole_are_pooled_for_each_product() {
    let table = tensor("embedding_layer.token_seq_embedding_table.item.0.weight", &[4, 2]).values;
    let rows: [&[usize]; 4] = [&[1, 2], &[3], &[], &[2, 3, 1]];
    for pooling in ["mean", "sum"] {
        let found = import(recbole_din(1), &options(classes("class_row")).with("pooling", pooling)).unwrap();
        // Item and category of 2 numbers each, then what is pooled.
        assert_eq!((found.weights.config().item_dim, found.weights.config().category_dim), (6, 0));
        let items = found.weights.values("embedding.item.weight");
        for (item, rows) in rows.iter().enumerate() {
            assert_eq!(&items[item * 6 + 4..][..2], pooled(&table, rows, pooling), "{pooling} of {rows:?}");
        }
        assert_eq!(open(&found), [] as [&str; 0]);
    }
    let error = import(recbole_din(1), &options(classes("class_row")).with("pooling", "max")).unwrap_err().to_string();
    assert!(error.contains("\"class\", a feature of several values, has no value"), "{error}");
    // The column has another name where nothing says which feature is meant.
    let error = import(recbole_din(1), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("give the catalogue a column \"item_sequence_0_row\""), "{error}");
    let error = import(recbole_din(2), &options(classes("class_row"))).unwrap_err().to_string();
    assert!(error.contains("give the catalogue a column \"item_sequence_0_row\""), "{error}");
    let error = import(recbole_din(1), &options([("class".to_owned(), vec![vec![1, 9]; 4])].into())).unwrap_err();
    assert!(error.to_string().contains("has row 9, but its table has 4 rows"), "{error}");
    let error = import(recbole_din(1), &options([("class".to_owned(), vec![vec![1, 0]; 4])].into())).unwrap_err();
    assert!(error.to_string().contains("has row 0 among several, which is padding"), "{error}");
}

#[test]
fn how_several_values_are_pooled_is_asked() {
    let all = || deepctr_torch_din(&["item_id", "cate_id", "tags"], 1);
    let rows: FeatureRows = [("tags".to_owned(), vec![vec![1, 2], vec![3], vec![4], vec![5, 1]])].into();
    let found = import(all(), &options(rows.clone())).unwrap();
    let question = found.questions.iter().find(|question| question.option == "pooling").unwrap();
    assert!(question.asks.contains("several values of tags"), "{}", question.asks);
    let [mean, sum, max] = ["mean", "sum", "max"]
        .map(|pooling| answers(&import(all(), &options(rows.clone()).with("pooling", pooling)).unwrap().weights));
    assert_eq!(answers(&found.weights), mean);
    assert!(largest_difference(&mean, &sum) > 1e-4 && largest_difference(&mean, &max) > 1e-4);
    // One value a product: nothing to ask.
    let one = options([("tags".to_owned(), vec![vec![1], vec![3], vec![4], vec![5]])].into());
    assert!(!open(&import(all(), &one).unwrap()).contains(&"pooling"));
}

#[test]
fn several_values_of_the_user_are_pooled() {
    let all = || deepctr_torch_din(&["item_id", "cate_id", "tags"], 1);
    let with = |rows: &[u32], pooling: &str| {
        let options = Options { context_rows: [("tags".to_owned(), rows.to_vec())].into(), ..Options::default() };
        import(all(), &options.with("pooling", pooling))
    };
    // A table whose row 5 is the sum of rows 1 and 3.
    let table = |all: &mut Tensors| {
        let values = &mut all[2].1.values;
        for column in 0..4 {
            values[5 * 4 + column] = values[4 + column] + values[3 * 4 + column];
        }
    };
    let mut changed = all();
    table(&mut changed);
    let context = Options { context: [("tags".to_owned(), 5.0)].into(), ..Options::default() };
    let one = answers(&import(changed, &context).unwrap().weights);
    let sum = with(&[1, 3], "sum").unwrap();
    // Roundings of float32.
    assert!(largest_difference(&answers(&sum.weights), &one) < 1e-6);
    assert!(!open(&sum).contains(&"user-features") && !sum.notes.iter().any(|note| note.contains("\"tags\"")));
    let error = with(&[1, 6], "mean").unwrap_err().to_string();
    assert!(error.contains("option \"context\" \"tags\" has row 6, but its table has 6 rows"), "{error}");
    let options = Options { context_rows: [("other".to_owned(), vec![1, 2])].into(), ..Options::default() };
    let error = import(all(), &options).unwrap_err().to_string();
    assert!(error.contains("gives \"other\" several rows, but the user has no feature of that name"), "{error}");
}

#[test]
fn what_deepctr_pools_comes_after_all_other_features() {
    let mut all = support::deepctr_din();
    all.insert(0, ("sparse_seq_emb_tags/embeddings".to_owned(), tensor("tags", &[5, 3])));
    let head = all.iter().position(|(name, _)| name == "dnn_1/kernel0").unwrap();
    all[head].1 = tensor("head", &[17, 6]);
    let metadata = [("inputs".to_owned(), "tags,user,item,cate,hist_item,hist_cate".to_owned())].into();
    let checkpoint = Checkpoint::new("model.h5", metadata, all.clone());
    let found = from_checkpoint(checkpoint, &support::shop(), &Options::default()).unwrap();
    let note = "Order of the features: user, item, cate, tags, as the model has its inputs.";
    assert!(found.notes.iter().any(|found| found == note), "{:?}", found.notes);
    // Where nothing says the order, all that are asked about have it last but for products.
    let found = import(all, &Options::default()).unwrap();
    let question = found.questions.iter().find(|question| question.option == "features").unwrap();
    assert!(question.choices.iter().any(|choice| choice.answer == "user,item,cate,tags"), "{:?}", question.choices);
    assert!(question.choices.iter().all(|choice| choice.answer.find("user") < choice.answer.find("tags")));
}
