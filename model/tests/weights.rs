//! A weights file is read whole or refused with an error that names what is wrong.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::{BTreeMap, HashMap};

use import::Options;
use model::{
    Activation, Catalogue, Config, DienConfig, EMBEDDING_PROJECTION_COMPONENTS, EMBEDDING_PROJECTION_MEAN, Evolution,
    HeadConfig, NetworkConfig, NetworkKind, PROJECTION_COMPONENTS, PROJECTION_MEAN, Tensor, Vocabulary, Weights,
};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use testing::{every_option, options};

const VOCABULARY: Vocabulary = Vocabulary { items: 5, categories: 3 };

fn config(network: NetworkConfig) -> Config {
    let head = HeadConfig {
        hidden: vec![6, 4],
        activation: Activation::DICE,
        interest_product: false,
        key_sum: true,
        wide: false,
    };
    Config { item_dim: 4, category_dim: 2, max_history: 50, network, head }
}

fn dien() -> Weights {
    Weights::seeded(config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Augru))), VOCABULARY, 7).unwrap()
}

/// A tensor of a file: its type, shape and bytes.
type Raw = (Dtype, Vec<usize>, Vec<u8>);

/// The file of `weights` with its metadata and tensors changed by `change`.
fn changed(weights: &Weights, change: impl Fn(&mut HashMap<String, String>, &mut BTreeMap<String, Raw>)) -> Vec<u8> {
    let bytes = weights.to_safetensors().unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: BTreeMap<String, Raw> = file
        .iter()
        .map(|(name, view)| (name.to_owned(), (view.dtype(), view.shape().to_vec(), view.data().to_vec())))
        .collect();
    change(&mut metadata, &mut tensors);
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, Some(metadata)).unwrap()
}

/// Why the file is refused.
fn refusal(bytes: &[u8]) -> String {
    Weights::from_safetensors("my.safetensors", bytes).unwrap_err().to_string()
}

#[test]
fn every_network_comes_back_bit_by_bit() {
    for network in every_option(4 + 2) {
        let mut weights = Weights::seeded(config(network), VOCABULARY, 1).unwrap();
        weights.set_note("seed", "1");
        weights.set_note("metrics", r#"{"auc": 0.8}"#);
        let read = Weights::from_safetensors("w", &weights.to_safetensors().unwrap()).unwrap();
        assert_eq!(read, weights);
        assert_eq!(read.note("seed"), Some("1"));
        assert_eq!(read.note("config"), None, "the file's own entries are no notes");
        assert_eq!(read.values("head.output.bias").len(), 1);
        assert!(read.values("no such tensor").is_empty());
    }
}

#[test]
fn a_projection_is_optional_and_its_shape_is_checked() {
    let with = |mean: Vec<usize>, components: Vec<usize>| {
        changed(&dien(), |_, tensors| {
            for (name, shape) in [(PROJECTION_MEAN, &mean), (PROJECTION_COMPONENTS, &components)] {
                let zeros = vec![0; 4 * shape.iter().product::<usize>()];
                tensors.insert(name.to_owned(), (Dtype::F32, shape.clone(), zeros));
            }
        })
    };
    let read = Weights::from_safetensors("w", &with(vec![3], vec![3, 2])).unwrap();
    assert_eq!(read.values(PROJECTION_COMPONENTS), [0.0; 6]);
    assert_eq!(
        refusal(&with(vec![3], vec![2, 3])),
        "my.safetensors: tensor \"projection.components\" has shape [2, 3], expected [3, 2]"
    );
    // That of the embeddings is as wide as they are: 4 + 2.
    let file = changed(&dien(), |_, tensors| {
        tensors.insert(EMBEDDING_PROJECTION_MEAN.to_owned(), (Dtype::F32, vec![3], vec![0; 12]));
    });
    assert_eq!(refusal(&file), "my.safetensors: tensor \"projection.embedding.mean\" has shape [3], expected [6]");
}

/// Covariance of the embeddings, `[width, width]`.
fn covariance(embeddings: &[Vec<f64>], mean: &[f64]) -> Vec<Vec<f64>> {
    let width = mean.len();
    let cell = |i: usize, j: usize| {
        let products = embeddings.iter().map(|e| (e[i] - mean[i]) * (e[j] - mean[j]));
        products.sum::<f64>() / embeddings.len() as f64
    };
    (0..width).map(|i| (0..width).map(|j| cell(i, j)).collect()).collect()
}

/// Eigenvalues of a symmetric matrix and their eigenvectors, the largest first, by rotations in one plane after another
/// until nothing is left beside the diagonal (Jacobi 1846).
fn eigen(mut a: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let n = a.len();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..50 {
        for p in 0..n {
            for q in p + 1..n {
                let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                let (sin, cos) = angle.sin_cos();
                for row in a.iter_mut().chain(&mut vectors) {
                    (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                }
                let (x, y) = (a[p].clone(), a[q].clone());
                a[p] = x.iter().zip(&y).map(|(x, y)| cos * x - sin * y).collect();
                a[q] = x.iter().zip(&y).map(|(x, y)| sin * x + cos * y).collect();
            }
        }
    }
    let mut pairs: Vec<_> = (0..n).map(|j| (a[j][j], vectors.iter().map(|row| row[j]).collect())).collect();
    pairs.sort_by(|(a, _), (b, _): &(f64, Vec<f64>)| b.total_cmp(a));
    pairs
}

#[test]
fn the_shipped_weights_have_the_two_directions_in_which_their_embeddings_differ_most() {
    let catalogue = Catalogue::from_csv("c", include_bytes!("../../assets/catalogue.csv")).unwrap();
    for kind in NetworkKind::ALL {
        let file = format!("{}/../assets/{}.safetensors", env!("CARGO_MANIFEST_DIR"), kind.id());
        let weights = Weights::from_safetensors(&file, &std::fs::read(&file).unwrap()).unwrap();
        let row = |table: &str, row: usize, width: usize| weights.values(table)[row * width..][..width].to_vec();
        let embeddings: Vec<Vec<f64>> = (0..)
            .zip(catalogue.item_categories())
            .map(|(item, category)| {
                let of_item = row("embedding.item.weight", item, weights.config().item_dim);
                let of_category = row("embedding.category.weight", category as usize, weights.config().category_dim);
                of_item.into_iter().chain(of_category).map(f64::from).collect()
            })
            .collect();
        let width = weights.config().width();
        let mean: Vec<f64> =
            (0..width).map(|i| embeddings.iter().map(|e| e[i]).sum::<f64>() / embeddings.len() as f64).collect();
        let directions = eigen(covariance(&embeddings, &mean));
        // 1e-6: both are computed in 64 bits and rounded to 32. A direction may point either way.
        let close = |found: &[f32], expected: &[f64]| {
            let off = |sign: f64| found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - sign * b).abs() < 1e-6);
            found.len() == expected.len() && (off(1.0) || off(-1.0))
        };
        assert!(close(weights.values(EMBEDDING_PROJECTION_MEAN), &mean));
        for (axis, (_, direction)) in directions.iter().take(2).enumerate() {
            let found: Vec<f32> =
                weights.values(EMBEDDING_PROJECTION_COMPONENTS).chunks(2).map(|unit| unit[axis]).collect();
            assert!(close(&found, direction), "{found:?} {direction:?}");
        }
    }
}

#[test]
fn missing_misshapen_and_unknown_tensors() {
    let file = changed(&dien(), |_, tensors| {
        tensors.remove("extractor.hidden.weight").unwrap();
    });
    assert_eq!(refusal(&file), "my.safetensors: tensor \"extractor.hidden.weight\" is missing; expected shape [3, 9]");

    let file = changed(&dien(), |_, tensors| tensors.get_mut("attention.weight").unwrap().1 = vec![6, 3]);
    assert_eq!(refusal(&file), "my.safetensors: tensor \"attention.weight\" has shape [6, 3], expected [3, 6]");

    let file = changed(&dien(), |_, tensors| {
        tensors.insert("user.weight".to_owned(), (Dtype::F32, vec![1], vec![0; 4]));
    });
    assert_eq!(refusal(&file), "my.safetensors: tensor \"user.weight\" does not belong to this network");
}

#[test]
fn values_that_are_not_finite() {
    for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let file = changed(&dien(), |_, tensors| {
            tensors.get_mut("evolution.input.bias").unwrap().2[16..20].copy_from_slice(&value.to_le_bytes());
        });
        assert_eq!(
            refusal(&file),
            format!("my.safetensors: tensor \"evolution.input.bias\" holds {shown} at position 4")
        );
    }
}

#[test]
fn other_number_types() {
    for (dtype, width) in [(Dtype::F16, 2), (Dtype::BF16, 2), (Dtype::F64, 8), (Dtype::I32, 4)] {
        let file = changed(&dien(), |_, tensors| {
            let (_, shape, _) = tensors["attention.weight"].clone();
            tensors.insert("attention.weight".to_owned(), (dtype, shape, vec![0; 18 * width]));
        });
        let found = format!("{dtype:?}");
        assert_eq!(refusal(&file), format!("my.safetensors: tensor \"attention.weight\" is {found}, expected F32"));
    }
}

#[test]
fn metadata_that_is_missing_or_wrong() {
    for key in ["format", "config", "items", "categories", "vocabulary"] {
        let file = changed(&dien(), |metadata, _| {
            metadata.remove(key).unwrap();
        });
        let expected = format!("my.safetensors: metadata has no entry \"{key}\"");
        assert!(refusal(&file).starts_with(&expected), "{}", refusal(&file));
    }
    let with = |key: &str, value: &str| {
        refusal(&changed(&dien(), |metadata, _| {
            metadata.insert(key.to_owned(), value.to_owned());
        }))
    };
    assert_eq!(
        with("format", "interest-lens/9"),
        "my.safetensors: metadata entry \"format\": found \"interest-lens/9\", this version reads \"interest-lens/1\""
    );
    assert_eq!(with("items", "many"), "my.safetensors: metadata entry \"items\": invalid digit found in string");
    let huge = usize::MAX.to_string();
    assert!(
        with("items", &huge).contains("tensor \"embedding.item.weight\" has shape [5, 4]"),
        "{}",
        with("items", &huge)
    );
    assert!(with("config", "{}").starts_with("my.safetensors: metadata entry \"config\": missing field `item_dim`"));
    assert!(with("config", "DIEN").starts_with("my.safetensors: metadata entry \"config\": expected value"));

    let mut wrong = dien().config().clone();
    wrong.head.hidden.clear();
    assert_eq!(
        with("config", &serde_json::to_string(&wrong).unwrap()),
        "my.safetensors: metadata entry \"config\": head.hidden has 0 layers, not 1 to 8"
    );
    // Options of another network, or ones that a later version may add, are not skipped in silence.
    let unknown = serde_json::to_string(dien().config()).unwrap().replacen('{', r#"{"user_dim":8,"#, 1);
    assert!(with("config", &unknown).contains("unknown field `user_dim`"), "{}", with("config", &unknown));
}

#[test]
fn files_that_are_cut_off_empty_or_something_else() {
    let whole = dien().to_safetensors().unwrap();
    for bytes in [&[][..], b"<!doctype html><title>404</title>", b"PK\x03\x04", &[0xff; 64]] {
        assert!(refusal(bytes).starts_with("my.safetensors: not a readable safetensors file: "), "{}", refusal(bytes));
    }
    for length in 0..whole.len() {
        let refusal = refusal(&whole[..length]);
        assert!(refusal.starts_with("my.safetensors: not a readable safetensors file: "), "{length}: {refusal}");
    }
    let again = "; it is cut off, damaged or another file: download or export it again";
    for (bytes, problem) in [
        (&whole[..100], "invalid header length"),
        (&whole[..whole.len() - 1], "incomplete metadata, file not fully covered"),
        (&[0xff; 64], "header too large"),
    ] {
        assert_eq!(refusal(bytes), format!("my.safetensors: not a readable safetensors file: {problem}{again}"));
    }
}

#[test]
fn what_is_taken_for_a_safetensors_file_is_named() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 134\n";
    for (bytes, what) in [
        (&b""[..], "an empty file"),
        (pointer, "a pointer of Git LFS"),
        (b"\n<!DOCTYPE html><title>404</title>", "a web page"),
        (b"<html>", "a web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x80\x02}q\x00(X\x03\0\0\0", "a pickle"),
    ] {
        let expected = format!("my.safetensors: not a readable safetensors file: it is {what}");
        assert!(refusal(bytes).starts_with(&expected), "{}", refusal(bytes));
    }
    // A header of 640 bytes begins as a pickle does.
    assert_eq!(model::foreign::in_place_of_weights(&dien().to_safetensors().unwrap()), None);
    assert_eq!(model::foreign::in_place_of_weights(b"\x80\x02\0\0\0\0\0\0{\"a\":"), None);
}

#[test]
fn a_variance_below_zero_is_refused_by_its_tensor() {
    let mut tensors = dien().tensors().clone();
    let (name, variances) = tensors.iter_mut().find(|(name, _)| name.ends_with(".variance")).unwrap();
    variances.values[1] = -0.5;
    let expected = format!("memory: tensor \"{name}\" holds -0.5 at position 1, and no variance is below zero");
    let refused = Weights::new("memory", dien().config().clone(), VOCABULARY, "hash".to_owned(), tensors);
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

#[test]
fn tensors_from_memory_are_checked_too() {
    let weights = dien();
    let build = |change: &dyn Fn(&mut BTreeMap<String, Tensor>)| {
        let mut tensors = weights.tensors().clone();
        change(&mut tensors);
        Weights::new("memory", weights.config().clone(), VOCABULARY, "hash".to_owned(), tensors)
    };
    assert!(build(&|_| {}).is_ok());
    let short = build(&|tensors| {
        tensors.get_mut("head.output.bias").unwrap().values.clear();
    });
    assert!(short.unwrap_err().to_string().contains("head.output.bias"));
}

#[test]
fn a_foreign_catalogue() {
    let catalogue = |text: &str| Catalogue::from_csv("c.csv", text.as_bytes()).unwrap();
    let ours = catalogue("id,title,category\n1,One,A\n2,Two,B\n");
    let (vocabulary, hash) = (ours.vocabulary(), ours.vocabulary_hash());
    let seeded = Weights::seeded(dien().config().clone(), vocabulary, 3).unwrap();
    let weights =
        Weights::new("w", seeded.config().clone(), vocabulary, hash.clone(), seeded.tensors().clone()).unwrap();
    weights.check_vocabulary("w", vocabulary, &hash).unwrap();

    // What the rows mean counts; how they are shown does not.
    let shown = catalogue("id,title,category,price\n1,Uno,A,2.5\n2,Due,B,\n");
    weights.check_vocabulary("w", shown.vocabulary(), &shown.vocabulary_hash()).unwrap();

    for (text, problem) in [
        (
            "id,title,category\n1,One,A\n2,Two,B\n3,Three,B\n",
            "the number of items is 2 in the weights and 3 in the catalogue",
        ),
        (
            "id,title,category\n1,One,A\n2,Two,A\n",
            "the number of categories is 2 in the weights and 1 in the catalogue",
        ),
        ("id,title,category\n2,Two,B\n1,One,A\n", "the vocabulary's hash is "),
        ("id,title,category\n1,One,B\n2,Two,A\n", "the vocabulary's hash is "),
        ("id,title,category\n1,One,A\n7,Two,B\n", "the vocabulary's hash is "),
    ] {
        let other = catalogue(text);
        let error =
            weights.check_vocabulary("w", other.vocabulary(), &other.vocabulary_hash()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("w: trained on another catalogue: {problem}")), "{error}");
    }
}

#[test]
fn seeded_weights_are_the_same_for_the_same_seed_only() {
    for network in every_option(4 + 2) {
        let seeded = |seed| Weights::seeded(config(network.clone()), VOCABULARY, seed).unwrap();
        assert_eq!(seeded(1), seeded(1));
        assert_ne!(seeded(1), seeded(2));
        assert!(seeded(1).values("head.activation.0.variance").iter().all(|&variance| variance > 0.0));
    }
}

/// A file with this header, which says that it has `length` bytes, and `data` bytes behind it.
fn file(header: &str, length: Option<u64>, data: usize) -> Vec<u8> {
    let length = length.unwrap_or(header.len() as u64);
    [&length.to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn headers_that_claim_what_is_not_there() {
    let tensor = |name: &str, shape: &str, offsets: &str| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}"#)
    };
    let header = |tensors: &[String]| format!("{{{}}}", tensors.join(","));
    for (what, bytes, problem) in [
        ("no byte", Vec::new(), "it is an empty file"),
        ("2⁶⁰ bytes of header", file("{}", Some(1 << 60), 100), "header too large"),
        ("more header than there are bytes", file("{}", Some(1000), 100), "invalid header length"),
        (
            "10¹² elements",
            file(&header(&[tensor("a", "[1000000,1000000]", "[0,4000000000000]")]), None, 16),
            "incomplete metadata, file not fully covered",
        ),
        (
            "10¹² elements in 4 bytes",
            file(&header(&[tensor("a", "[1000000,1000000]", "[0,4]")]), None, 4),
            "invalid shape, data type, or offset for tensor",
        ),
        (
            "more elements than can be counted",
            file(&header(&[tensor("a", "[4611686018427387904,4611686018427387904]", "[0,4]")]), None, 4),
            "overflow computing buffer size from shape and/or element type",
        ),
        (
            "tensors that overlap",
            file(&header(&[tensor("a", "[2]", "[0,8]"), tensor("b", "[2]", "[4,12]")]), None, 12),
            "invalid offset for tensor `b`",
        ),
        (
            "bytes between tensors",
            file(&header(&[tensor("a", "[1]", "[0,4]"), tensor("b", "[1]", "[8,12]")]), None, 12),
            "invalid offset for tensor `b`",
        ),
        ("offsets backwards", file(&header(&[tensor("a", "[1]", "[4,0]")]), None, 4), "invalid offset for tensor `a`"),
        (
            "one name for two tensors",
            file(&header(&[tensor("a", "[1]", "[0,4]"), tensor("a", "[1]", "[4,8]")]), None, 8),
            "invalid offset for tensor `a`",
        ),
        ("deep nesting", file(&format!("{{\"a\":{}", "[".repeat(1_000_000)), None, 0), "invalid JSON in header"),
        ("metadata that is no text", file(r#"{"__metadata__":{"items":5}}"#, None, 0), "invalid JSON in header"),
    ] {
        let expected = format!("my.safetensors: not a readable safetensors file: {problem}");
        assert!(refusal(&bytes).starts_with(&expected), "{what}: {}", refusal(&bytes));
        let other = import::read("my.safetensors", &bytes, &small_catalogue(), &Options::default());
        assert_eq!(other.unwrap_err().to_string(), refusal(&bytes), "{what}");
    }
}

fn small_catalogue() -> Catalogue {
    Catalogue::from_csv("c.csv", b"id,title,category\n1,One,A\n").unwrap()
}

#[test]
fn configurations_that_are_nested_without_end_or_huge() {
    let with = |config: String| {
        refusal(&changed(&dien(), |metadata, _| {
            metadata.insert("config".to_owned(), config.clone());
        }))
    };
    let good = serde_json::to_string(dien().config()).unwrap();
    for (nested, problem) in [
        ("[".repeat(1_000_000), "recursion limit exceeded"),
        (good.replacen("{\"name\":", &format!("{{\"more\":{}", "[".repeat(1_000_000)), 1), "recursion limit exceeded"),
    ] {
        let refusal = with(nested);
        let expected = format!("my.safetensors: metadata entry \"config\": {problem}");
        assert!(refusal.starts_with(&expected), "{}", &refusal[..refusal.len().min(300)]);
    }
    // Sizes whose products no computer has.
    for (field, problem) in [
        ("item_dim", "item_dim is 18446744073709551615, over the limit of 4096"),
        ("max_history", "max_history is 18446744073709551615, over the limit of 4096"),
    ] {
        let found = good.find(&format!("\"{field}\":")).unwrap() + field.len() + 3;
        let end = found + good[found..].find(',').unwrap();
        let huge = format!("{}18446744073709551615{}", &good[..found], &good[end..]);
        assert_eq!(with(huge), format!("my.safetensors: metadata entry \"config\": {problem}"));
    }
}

#[test]
fn other_options_take_the_same_tensors_or_are_refused() {
    let trained = dien();
    let agru = config(NetworkConfig::Dien(DienConfig::new(3, Evolution::Agru)));
    let under = trained.under(agru.clone()).unwrap();
    assert_eq!(under.config(), &agru);
    assert_eq!(under.tensors(), trained.tensors());
    let error = trained.under(config(options(NetworkKind::Din, 4 + 2).remove(0))).unwrap_err().to_string();
    assert!(error.contains("tensor"), "{error}");
}
