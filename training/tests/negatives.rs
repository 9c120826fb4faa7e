//! Data in which somebody bought everything, or in which popularity or questions are missing: everything ends, and says so.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use model::{Catalogue, Item};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use training::results::Row;
use training::samples::{Negatives, Sampler};

const KINDS: [Negatives; 2] = [Negatives::Uniform, Negatives::Popularity];

/// Products with so many customers each.
fn sampler(popularity: &[u32]) -> Sampler {
    Sampler::new(&Catalogue::new(popularity.iter().enumerate().map(|(row, &popularity)| {
        (Item { id: format!("{row:05}"), title: String::new(), category: 0, price: None, popularity }, String::new())
    })))
}

proptest! {
    /// Whatever was bought, a draw ends, and finds an item just where there is one.
    #[test]
    fn a_draw_ends(popularity in prop::collection::vec(0u32..4, 0..12), bought in prop::collection::hash_set(0u32..12, 0..12)) {
        let bought: HashSet<u32> = bought.into_iter().filter(|&item| (item as usize) < popularity.len()).collect();
        let mut rng = StdRng::seed_from_u64(1);
        for kind in KINDS {
            let drawable = |item: u32| {
                let counts = kind == Negatives::Uniform || popularity.iter().all(|&customers| customers == 0);
                !bought.contains(&item) && (counts || popularity[item as usize] > 0)
            };
            let expected: HashSet<u32> = (0..popularity.len() as u32).filter(|&item| drawable(item)).collect();
            let sampler = sampler(&popularity);
            let drawn = sampler.draw(kind, &bought, &mut rng);
            prop_assert_eq!(drawn.is_some(), !expected.is_empty());
            prop_assert_eq!(sampler.has(kind, &bought), !expected.is_empty());
            prop_assert!(drawn.is_none_or(|item| expected.contains(&item)));
            for count in [3, 20] {
                let drawn = sampler.draw_different(kind, &bought, count, &mut rng);
                let different: HashSet<u32> = drawn.iter().copied().collect();
                prop_assert_eq!((drawn.len(), different.len()), (expected.len().min(count), expected.len().min(count)));
                prop_assert!(different.is_subset(&expected));
            }
        }
    }
}

#[test]
fn what_hardly_anybody_bought_is_found_in_its_proportion() {
    // All but two in ten million customers bought the first product, as this one did.
    let sampler = sampler(&[10_000_000, 1, 2, 0]);
    let mut rng = StdRng::seed_from_u64(1);
    let mut counts = [0; 4];
    for _ in 0..3_000 {
        counts[sampler.draw(Negatives::Popularity, &[0].into(), &mut rng).unwrap() as usize] += 1;
    }
    // Six standard deviations of a binomial with p = 1/3: 6·√(3000·2/9) = 155.
    assert_eq!((counts[0], counts[3]), (0, 0));
    assert!(i32::abs(counts[1] - 1_000) < 155, "{counts:?}");
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_interest-lens")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// A folder with prepared data as a person writes them: a catalogue of 20 products, and 120 customers with six of them each,
/// or with all.
fn shop(header: &str, line: fn(u32) -> String, everything: fn(u32) -> bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/prepared");
    fs::create_dir_all(&path).unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    let lines: String = (0..20).map(|item| line(item) + "\n").collect();
    fs::write(path.join("catalogue.csv"), format!("{header}\n{lines}")).unwrap();
    let mut events = "user,basket,item,time\n".to_owned();
    for user in 0..120 {
        for position in 0..if everything(user) { 20 } else { 6 } {
            writeln!(events, "u{user},0,p{},2024-05-01T10:{position:02}:00", (user * 7 + position) % 20).unwrap();
        }
    }
    fs::write(path.join("sequences.csv"), events).unwrap();
    folder
}

const TRAIN: [&str; 9] =
    ["train", "--model", "embedding-mlp", "--epochs", "1", "--batch", "64", "--output", "w.safetensors"];

#[test]
fn who_has_every_product_is_left_out_and_counted() {
    let with =
        |everything| shop("id,title,category,popularity", |item| format!("p{item},P,C{},5", item % 3), everything);
    let folder = with(|user| user % 4 == 0);
    let said = run(folder.path(), &TRAIN).unwrap();
    assert!(said.contains("training: ") && said.contains(" users have every product and are left out"), "{said}");
    let said = run(folder.path(), &["export"]).unwrap();
    assert!(said.contains("test, uniform negatives: ") && said.contains("every popular product"), "{said}");
    let said = run(folder.path(), &["evaluate", "w.safetensors"]).unwrap();
    assert!(said.contains("test, popular negatives: "), "{said}");

    let folder = with(|_| true);
    let error = run(folder.path(), &TRAIN).unwrap_err();
    assert!(error.contains("no training user has a purchase that can be told from a product left"), "{error}");
    run(folder.path(), &["export"]).unwrap();
    let questions = fs::read_to_string(folder.path().join("data/export/next_item-uniform.csv")).unwrap();
    assert_eq!(questions, "history,candidates\n");
}

#[test]
fn who_has_every_popular_product_is_told_from_the_others() {
    // Popularity is known of two products, which most have.
    let folder = shop(
        "id,title,category,popularity",
        |item| format!("p{item},P,C,{}", if item < 2 { "9" } else { "" }),
        |user| user % 4 == 0,
    );
    assert!(run(folder.path(), &TRAIN).unwrap().contains("wrote w.safetensors"));
    let said = run(folder.path(), &["evaluate", "w.safetensors"]).unwrap();
    assert!(said.contains("users have every popular product and are left out"), "{said}");
}

#[test]
fn popularity_is_counted_where_the_catalogue_has_none() {
    let folder = shop("id,title,category", |item| format!("p{item},P,C"), |_| false);
    let said = run(folder.path(), &["export"]).unwrap();
    assert!(said.contains("catalogue.csv: no popularity in it; counted are the training users"), "{said}");
    let read = |name: &str| -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(folder.path().join("data/export").join(name)).unwrap();
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let bought = read("train.csv");
    for item in read("items.csv") {
        let customers = bought.iter().filter(|event| event[2] == item[0]).count();
        assert_eq!(item[3], customers.to_string(), "{item:?}");
    }
}

#[test]
fn where_there_is_one_basket_the_next_one_has_no_score() {
    let folder = shop("id,title,category", |item| format!("p{item},P,C"), |_| false);
    run(folder.path(), &TRAIN).unwrap();
    let said = run(folder.path(), &["evaluate", "w.safetensors", "--output", "assets"]).unwrap();
    assert!(said.contains("| embedding-mlp | next basket | uniform | – | – | – | 0 |"), "{said}");
    let table = fs::read_to_string(folder.path().join("assets/results.md")).unwrap();
    assert!(table.contains("– / –") && !table.contains("NaN"), "{table}");
    let rows: Vec<Row> = serde_json::from_slice(&fs::read(folder.path().join("assets/results.json")).unwrap()).unwrap();
    assert!(rows.iter().any(|row| row.gauc.is_none()) && rows.iter().any(|row| row.gauc.is_some()));
}

#[test]
fn weights_of_the_page_are_not_replaced_by_those_of_another_catalogue() {
    let folder = shop("id,title,category", |item| format!("p{item},P,C"), |_| false);
    let page = folder.path().join("assets/catalogue.csv");
    fs::write(&page, "id,title,category\nother,O,C\n").unwrap();
    let weights = folder.path().join("assets/embedding-mlp.safetensors");
    fs::write(&weights, "the page's").unwrap();
    let error = run(folder.path(), &TRAIN[..7]).unwrap_err();
    assert!(
        error.contains("assets/embedding-mlp.safetensors: goes with assets/catalogue.csv")
            && error.contains("--output"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&weights).unwrap(), "the page's");
    // A path that is named is meant, and so is the page's own catalogue.
    assert!(run(folder.path(), &TRAIN).unwrap().contains("wrote w.safetensors"));
    fs::copy(folder.path().join("data/prepared/catalogue.csv"), &page).unwrap();
    assert!(run(folder.path(), &TRAIN[..7]).unwrap().contains("wrote assets/embedding-mlp.safetensors"));
}
