//! Any bytes as a catalogue: refused, or read as a catalogue that holds together and is the same once written and read
//! again.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use model::Catalogue;

fuzz_target!(|bytes: &[u8]| {
    let catalogue = match Catalogue::from_csv("shop.csv", bytes) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("shop.csv: ") && message.len() < 2000, "{message}");
            return;
        }
    };
    let (items, categories) = (catalogue.items(), catalogue.categories());
    assert!(!items.is_empty() && categories.is_sorted());
    for (item, row) in items.iter().zip(0..) {
        assert!(!item.id.is_empty() && catalogue.row(&item.id) == Some(row));
        assert!(item.price.is_none_or(f32::is_finite));
        assert!((item.category as usize) < categories.len());
    }
    assert_eq!(items.iter().map(|item| item.category).collect::<HashSet<_>>().len(), categories.len());
    for (rows, count) in [(catalogue.rows(), items.len()), (catalogue.category_rows(), categories.len())] {
        let Some(rows) = rows else { continue };
        assert_eq!((rows.len(), rows.iter().collect::<HashSet<_>>().len()), (count, count));
    }

    let written = catalogue.to_csv().expect("what was read can be written");
    let again = Catalogue::from_csv("written", written.as_bytes()).expect("what was written can be read");
    assert_eq!(again, catalogue);
    assert_eq!(again.vocabulary_hash(), catalogue.vocabulary_hash());
});
