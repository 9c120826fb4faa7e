//! The order of DeepCTR's features, of which Keras keeps a part.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use import::Options;
use support::{Tensors, deepctr_din, import, tensor};

/// The orders that are asked about.
fn orders(all: Tensors) -> Vec<String> {
    let feature_rows = [("brand".to_owned(), [1, 2, 3, 1].map(|row| vec![row]).to_vec())].into();
    let found = import(all, &Options { feature_rows, ..Options::default() }).unwrap();
    let question = found.questions.into_iter().find(|question| question.option == "features").unwrap();
    question.choices.into_iter().map(|choice| choice.answer).collect()
}

fn replace(all: &mut Tensors, name: &str, shape: &[usize]) {
    let (_, found) = all.iter_mut().find(|(other, _)| other.ends_with(name)).unwrap();
    *found = tensor(name, shape);
}

#[test]
fn features_of_a_click_keep_their_order_among_the_others() {
    let mut all = deepctr_din();
    all.insert(2, ("sparse_seq_emb_hist_brand/embeddings".to_owned(), tensor("brand", &[6, 2])));
    replace(&mut all, "local_activation_unit/dnn/kernel0", &[28, 4]);
    replace(&mut all, "dnn_1/kernel0", &[18, 6]);
    let expected = ["user,item,cate,brand", "item,user,cate,brand", "item,cate,user,brand", "item,cate,brand,user"];
    let mut found = orders(all);
    found.sort_by_key(|order| order.find("user"));
    assert_eq!(found, expected);
}

#[test]
fn tables_that_clicks_have_of_their_own_do_not_hide_the_order() {
    let mut all = deepctr_din();
    for (place, (name, shape)) in [("item", [5, 3]), ("cate", [3, 2])].into_iter().enumerate() {
        all.insert(place, (format!("sparse_emb_{name}/embeddings"), tensor(name, &shape)));
    }
    let mut found = orders(all);
    found.sort_by_key(|order| order.find("user"));
    assert_eq!(found, ["user,item,cate", "item,user,cate", "item,cate,user"]);
}
