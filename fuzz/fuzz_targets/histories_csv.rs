//! Any bytes as histories of shoppers: refused, or read as histories that hold together.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use model::{Catalogue, ShopperHistories};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = "id,title,category\n1,One,A\n2,Two,A\na,Three,B\n\"b,c\",Four,B\n";
    Catalogue::from_csv("shop.csv", text.as_bytes()).expect("a catalogue")
});

fuzz_target!(|bytes: &[u8]| {
    let histories = match ShopperHistories::from_csv("clicks.csv", bytes, &CATALOGUE) {
        Ok(histories) => histories,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("clicks.csv: ") && message.len() < 2000, "{message}");
            return;
        }
    };
    assert!(!histories.is_empty() && histories.users().len() == histories.len());
    let mut events = 0;
    for (name, items) in histories.users() {
        assert!(!name.is_empty() && !items.is_empty());
        assert!(items.iter().all(|&item| (item as usize) < CATALOGUE.items().len()));
        events += items.len();
    }
    let mut names: Vec<&str> = histories.users().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|names| names[0] != names[1]), "each user once");
    if let Some(unknown) = histories.unknown() {
        assert!(unknown.lines > 0 && unknown.lines + events == unknown.of);
        assert!(CATALOGUE.row(&unknown.first_id).is_none());
    }

    // Lines that are written from what was read are read as the same.
    let mut text = "user,item,time\n".to_owned();
    for (name, items) in histories.users() {
        for (time, &item) in items.iter().enumerate() {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            text += &format!("{},{},{time}\n", quoted(name), quoted(&CATALOGUE.items()[item as usize].id));
        }
    }
    let again =
        ShopperHistories::from_csv("written", text.as_bytes(), &CATALOGUE).expect("what was written can be read");
    assert!(again.users().eq(histories.users()));
});
