//! A long history in few letters: of each id four, which in its catalogue no other id has. As long as there is the catalogue, they
//! mean the same product, in whatever order it is.

use std::collections::{BTreeMap, BTreeSet};

/// What stands before packed ids.
pub const MARK: char = '~';

/// Letters that stand for an id.
const LETTERS: usize = 4;

/// Letters that no address has to change.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The letters that stand for an id: its hash (FNV-1a of 32 bits, folded to 24).
pub fn code(id: &str) -> String {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let folded = (hash >> 24) ^ (hash & 0xff_ffff);
    (0..LETTERS).map(|place| char::from(ALPHABET[(folded >> (6 * place)) as usize % ALPHABET.len()])).collect()
}

/// The ids of a history in few letters; none where other ids of the `catalogue` would have the same.
pub fn packed<'a>(ids: &[&str], catalogue: impl Iterator<Item = &'a str>) -> Option<String> {
    let codes: Vec<String> = ids.iter().map(|id| code(id)).collect();
    let wanted: BTreeSet<&str> = codes.iter().map(String::as_str).collect();
    let mut found = BTreeMap::new();
    for id in catalogue {
        let code = code(id);
        if wanted.contains(code.as_str()) && found.insert(code, id).is_some() {
            return None;
        }
    }
    Some(format!("{MARK}{}", codes.concat()))
}

/// The codes that stand one after another in a list behind its mark.
pub fn codes(list: &str) -> Vec<String> {
    let letters: Vec<char> = list.chars().collect();
    letters.chunks(LETTERS).map(|code| code.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::Catalogue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_code_of_an_id_is_the_same_for_ever() {
        // FNV-1a of nothing and of "a" are 0x811c9dc5 and 0xe40c292c.
        assert_eq!((code(""), code("a")), ("E1JH".to_owned(), "InCD".to_owned()));
    }

    #[test]
    fn every_product_of_the_shop_has_a_code_of_its_own() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/catalogue.csv");
        let catalogue = Catalogue::from_csv("catalogue.csv", &std::fs::read(file).unwrap()).unwrap();
        let ids = || catalogue.items().iter().map(|item| item.id.as_str());
        for id in ids() {
            assert!(packed(&[id], ids()).is_some(), "{id}");
        }
    }

    #[test]
    fn ids_that_would_be_the_same_are_not_packed() {
        assert!(packed(&["a"], ["a", "b"].into_iter()).is_some());
        assert_eq!(packed(&["a"], ["a", "b", "a"].into_iter()), None);
    }

    proptest! {
        #[test]
        fn packed_ids_are_these_ids(ids in prop::collection::btree_set(".{0,8}", 1..60)) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let Some(list) = packed(&ids, ids.iter().copied()) else { return Ok(()) };
            prop_assert_eq!(list.len(), 1 + LETTERS * ids.len());
            let codes = codes(list.strip_prefix(MARK).unwrap());
            let found: Vec<&str> = codes.iter().map(|one| *ids.iter().find(|id| code(id) == *one).unwrap()).collect();
            prop_assert_eq!(found, ids);
        }

        #[test]
        fn any_text_is_some_codes(text in ".{0,30}") {
            prop_assert_eq!(codes(&text).concat(), text);
        }
    }
}
