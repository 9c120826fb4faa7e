//! The ranking head.

use model::reference::inspect;
use model::{Pooling, Weights};

use crate::{VOCABULARY, close, item_categories, pooling};

#[test]
fn wide_and_deep_adds_a_linear_layer_of_the_products() {
    let mut config = pooling(Pooling::Mean);
    config.head.wide = true;
    let weights = Weights::seeded(config, VOCABULARY, 5).unwrap();
    let inspected = |weights: &Weights| inspect(weights, &item_categories(), &[3, 7], &[4]).unwrap().remove(0);
    let with = inspected(&weights);
    let mut tensors = weights.tensors().clone();
    for name in ["head.wide.weight", "head.wide.bias"] {
        tensors.get_mut(name).unwrap().values.fill(0.0);
    }
    let deep = Weights::new("deep", weights.config().clone(), VOCABULARY, String::new(), tensors).unwrap();
    let q: Vec<f32> = [
        &weights.values("embedding.item.weight")[4 * 4..][..4],
        &weights.values("embedding.category.weight")[2..][..2],
    ]
    .concat();
    let v = with.trace.values("interest");
    let features = v.iter().chain(&q).copied().chain(v.iter().zip(&q).map(|(v, q)| v * q));
    let wide: f32 = features.zip(weights.values("head.wide.weight")).map(|(x, w)| x * w).sum();
    close(with.logit - inspected(&deep).logit, f64::from(wide + weights.values("head.wide.bias")[0]));
}
