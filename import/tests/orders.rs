//! Files whose tensors are permuted, renamed, left out, doubled or put under a prefix: the network answers as before, more is
//! asked, or the file is refused. It never answers otherwise in silence.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use import::{Checkpoint, Imported, Options, from_checkpoint};
use model::{Catalogue, Tensor};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use safetensors::SafeTensors;
use support::{Tensors, answers_in, largest_difference};

/// What happens to a file.
#[derive(Debug, Clone)]
enum Change {
    /// All tensors in another order.
    Permute(Vec<Index>),
    /// Two tensors change places.
    Swap(Index, Index),
    /// A tensor has the name of another with another feature or number in it.
    Rename(Index, Index),
    Drop(Index),
    /// A tensor stands there once more, under another name of that kind or the same.
    Double(Index, Index),
    Prefix(Index),
}

/// What a renamed tensor is called in the place of a feature.
const NAMES: [&str; 14] = [
    "user_id",
    "item_id",
    "item",
    "cate_id",
    "cate",
    "brand",
    "location",
    "gender",
    "hist_item",
    "hist_item_id",
    "item_history",
    "neg_item",
    "tags",
    "0",
];
const PREFIXES: [&str; 4] = ["module.", "_orig_mod.", "model.", "net.ema.module."];

/// A name with another in the place of its feature, or of the last part that is a feature's or a number.
fn renamed(name: &str, new: &str) -> String {
    let (before, feature, after) = match name.split_once("/embeddings") {
        Some((scope, after)) => {
            let at =
                ["emb_neg_hist_", "emb_hist_", "emb_"].iter().find_map(|mark| Some(scope.find(mark)? + mark.len()));
            let at = at.unwrap_or(0);
            (&scope[..at], &scope[at..], format!("/embeddings{after}"))
        }
        None => {
            let end = name.rfind('.').unwrap_or(name.len());
            let start = name[..end].rfind('.').map_or(0, |at| at + 1);
            (&name[..start], &name[start..end], name[end..].to_owned())
        }
    };
    if feature == new { name.to_owned() } else { format!("{before}{new}{after}") }
}

/// A tensor with its place in the file before anything happened to it.
type Placed = (usize, String, Tensor);

fn change(tensors: &mut Vec<Placed>, change: &Change) {
    let count = tensors.len();
    if count == 0 {
        return;
    }
    match change {
        Change::Permute(places) => {
            for (place, other) in places.iter().enumerate().take(count) {
                tensors.swap(place, other.index(count));
            }
        }
        Change::Swap(one, other) => tensors.swap(one.index(count), other.index(count)),
        Change::Rename(place, name) => {
            let (_, old, _) = &mut tensors[place.index(count)];
            *old = renamed(old, NAMES[name.index(NAMES.len())]);
        }
        Change::Drop(place) => {
            tensors.remove(place.index(count));
        }
        Change::Double(place, name) => {
            let (from, old, tensor) = tensors[place.index(count)].clone();
            tensors.insert(place.index(count) + 1, (from, renamed(&old, NAMES[name.index(NAMES.len())]), tensor));
        }
        Change::Prefix(prefix) => {
            let prefix = PREFIXES[prefix.index(PREFIXES.len())];
            tensors.iter_mut().for_each(|(_, name, _)| *name = format!("{prefix}{name}"));
        }
    }
}

/// Whether tables have changed places with tables alone: such a file is as another model, which declares its features in that
/// order, would have it.
fn is_another_models(changed: &[Placed], tables: usize) -> bool {
    let (first, rest): (Vec<usize>, Vec<usize>) =
        changed.iter().map(|(from, ..)| *from).partition(|from| *from < tables);
    let before = changed.iter().take(first.len()).all(|(from, ..)| *from < tables);
    before && !first.is_sorted() && rest.is_sorted()
}

/// At most one change of what the file holds, and a few of its order: two changes of what it holds may make another network of
/// it, such as one table in the place of another.
fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = || any::<Index>();
    let of_order = prop_oneof![
        proptest::collection::vec(place(), 40).prop_map(Change::Permute),
        (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
        place().prop_map(Change::Prefix),
    ];
    let of_content = prop_oneof![
        (place(), place()).prop_map(|(place, name)| Change::Rename(place, name)),
        place().prop_map(Change::Drop),
        (place(), place()).prop_map(|(place, name)| Change::Double(place, name)),
    ];
    let all = (proptest::collection::vec(of_content, 0..2), proptest::collection::vec(of_order, 0..3));
    all.prop_map(|(content, order)| [content, order].concat())
}

fn import(tensors: Tensors, catalogue: &Catalogue) -> Option<Imported> {
    from_checkpoint(Checkpoint::new("model.pt", BTreeMap::new(), tensors), catalogue, &Options::default()).ok()
}

/// Tries many changes of a file; how many of them were read.
fn fuzz(name: &str, tensors: &Tensors, catalogue: &Catalogue, cases: u32) -> u32 {
    let base = import(tensors.clone(), catalogue).unwrap();
    let right = answers_in(catalogue, &base.weights);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let read = std::cell::Cell::new(0);
    let tables = tensors.iter().take_while(|(name, _)| name.contains("embedding")).count();
    let placed: Vec<Placed> =
        tensors.iter().cloned().enumerate().map(|(place, (name, tensor))| (place, name, tensor)).collect();
    let result = runner.run(&changes(), |all| {
        let mut changed = placed.clone();
        all.iter().for_each(|one| change(&mut changed, one));
        if is_another_models(&changed, tables) {
            return Ok(());
        }
        let names: Vec<String> = changed.iter().map(|(_, name, _)| name.clone()).collect();
        let changed = changed.into_iter().map(|(_, name, tensor)| (name, tensor)).collect();
        let Some(found) = import(changed, catalogue) else { return Ok(()) };
        read.set(read.get() + 1);
        // A sum in another order: a few roundings of float32.
        let off = largest_difference(&right, &answers_in(catalogue, &found.weights));
        let is_asked = found.questions.iter().any(|question| {
            ["features", "query", "user-features", "category"].contains(&question.option)
                || !base.questions.iter().any(|other| other.option == question.option)
        });
        // Numbers have no tensors: the head of a file without a table looks as if it took numbers, and each is said.
        let is_asked = is_asked || found.notes.iter().any(|note| note.contains("\"number 1\" is 0 for everybody"));
        let asked = support::open(&found);
        prop_assert!(off < 1e-6 || is_asked, "{name}: off by {off}, and asked is only {asked:?}, of {names:#?}");
        Ok(())
    });
    result.unwrap();
    read.get()
}

#[test]
fn a_changed_file_answers_the_same_or_is_asked_about_or_refused() {
    let shop = support::shop();
    let libraries: [(&str, Tensors); 5] = [
        ("DeepCTR-Torch", support::deepctr_torch_din(&["user", "gender", "item_id", "cate_id"], 2)),
        ("DeepCTR-Torch with brands", support::deepctr_torch_din(&["brand", "item_id", "cate_id"], 1)),
        ("FuxiCTR", support::fuxictr_din(&["user_id", "item_id", "cate_id", "item_history", "cate_history"])),
        ("RecBole", support::recbole_din(0)),
        ("DeepCTR", support::deepctr_din()),
    ];
    for (name, tensors) in libraries {
        // A prefix and some orders leave a file as good as it was.
        assert!(fuzz(name, &tensors, &shop, 400) > 20, "{name}");
    }
}

/// The tensors of a fixture in the order of their values in the file.
fn fixture(path: &Path) -> Tensors {
    let bytes = std::fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let views = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |name: String| {
        let view = views.tensor(&name).unwrap();
        let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let own = name.strip_prefix("weights.")?.to_owned();
        (view.dtype() == safetensors::Dtype::F32).then(|| (own, Tensor { shape: view.shape().to_vec(), values }))
    };
    header.offset_keys().into_iter().filter_map(tensor).collect()
}

#[test]
fn changed_fixtures_of_the_peers_answer_the_same_or_are_asked_about_or_refused() {
    let rows: String = (1..=10).map(|item| format!("i{item},Item {item},c{}\n", item % 4)).collect();
    let catalogue = Catalogue::from_csv("shop.csv", format!("id,title,category\n{rows}").as_bytes()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/tests/peers");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "safetensors"));
    files.sort();
    let mut tried = 0;
    for file in files {
        let tensors = fixture(&file);
        // Some need what only their metadata say.
        if import(tensors.clone(), &catalogue).is_some() {
            fuzz(&file.display().to_string(), &tensors, &catalogue, 100);
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}
