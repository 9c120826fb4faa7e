//! Purchases as a compact file: what is written is read, and nothing else is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use model::{Catalogue, Item};
use proptest::prelude::*;
use training::packed::{pack, unpack};
use training::purchases::Purchase;

const ABOUT: [&str; 2] = ["a shop of this test", "CC BY 4.0"];

fn catalogue(items: u32) -> Catalogue {
    Catalogue::new((0..items).map(|row| {
        let item = Item { id: format!("{row:05}"), title: String::new(), category: 0, price: None, popularity: 1 };
        (item, String::new())
    }))
}

/// Purchases of up to six users among 20 items, each with whether a basket begins with it.
fn users() -> impl Strategy<Value = Vec<Vec<Purchase>>> {
    let user = prop::collection::vec((0u32..20, any::<bool>()), 1..8).prop_map(|purchases| {
        let mut basket = 0;
        let purchase = |(position, (item, begins))| {
            basket += u32::from(begins && position > 0);
            Purchase { item, basket }
        };
        purchases.into_iter().enumerate().map(purchase).collect()
    });
    prop::collection::vec(user, 0..6)
}

/// What is said of a file that is no good, which is known to begin with its name.
fn refused(bytes: &[u8]) -> String {
    let error = unpack("file", bytes, &catalogue(20)).unwrap_err();
    assert!(error.to_string().starts_with(&format!("file: {}: ", error.field)), "{error}");
    error.to_string()
}

/// A file of this header and these purchases, with the right hash.
fn hashed(header: &serde_json::Value, purchases: &[u16]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let header = header.to_string();
    let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
    bytes.extend(header.into_bytes());
    bytes.extend(purchases.iter().flat_map(|purchase| purchase.to_le_bytes()));
    let hash = Sha256::digest(&bytes);
    bytes.extend(hash);
    bytes
}

proptest! {
    #[test]
    fn what_is_written_is_read(users in users()) {
        let bytes = pack("file", &users, &catalogue(20), ABOUT).unwrap();
        let (header, read) = unpack("file", &bytes, &catalogue(20)).unwrap();
        prop_assert_eq!(&read, &users);
        prop_assert_eq!([header.source.as_str(), header.licence.as_str()], ABOUT);
        prop_assert_eq!((header.users, header.items), (users.len(), 20));
        let length = 4 + serde_json::to_vec(&header).unwrap().len() + 2 * header.purchases + 32;
        prop_assert_eq!(bytes.len(), length, "two bytes a purchase");
    }

    /// Wherever a file is cut, and whatever follows it, what is named is its header or its length in purchases.
    #[test]
    fn what_is_cut_or_longer_is_refused(users in users(), cut in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..9)) {
        let bytes = pack("file", &users, &catalogue(20), ABOUT).unwrap();
        let header = 4 + u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        let cut = cut.index(bytes.len());
        let text = refused(&bytes[..cut]);
        let field = if cut < header { "file: header: " } else { "file: purchases: " };
        // Less than a hash behind the header holds no purchase, and there may be none.
        prop_assert!(text.starts_with(field) || header + 32 > cut && text.starts_with("file: hash: "), "{text}");
        let text = refused(&[bytes, more.clone()].concat());
        prop_assert!(text.starts_with("file: purchases: "), "{text}");
    }

    #[test]
    fn a_file_with_any_other_byte_is_refused(users in users(), at in any::<prop::sample::Index>(), change in 1u8..) {
        let mut bytes = pack("file", &users, &catalogue(20), ABOUT).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        refused(&bytes);
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        refused(&bytes);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (begins, user) = (1 << 14, 1 << 14 | 1 << 15);
    let header = |field: &str, value: serde_json::Value| {
        let mut header = serde_json::json!({
            "format": "interest-lens-purchases/1", "users": 2, "purchases": 3, "items": 20,
            "vocabulary": catalogue(20).vocabulary_hash(), "source": "", "licence": "",
        });
        header[field] = value;
        header
    };
    let right = header("source", "".into());
    let (_, users) = unpack("file", &hashed(&right, &[user | 3, begins | 4, user | 19]), &catalogue(20)).unwrap();
    let purchase = |item, basket| Purchase { item, basket };
    assert_eq!(users, [vec![purchase(3, 0), purchase(4, 1)], vec![purchase(19, 0)]]);
    for (bytes, expected) in [
        (hashed(&right, &[user | 3, 4, 5]), "users: there should be 2, and there are 1"),
        (hashed(&right, &[3, user | 4, user | 5]), "users: one of them begins without a basket, or not at all"),
        (hashed(&right, &[user, 1 << 15, user]), "users: one of them begins without a basket, or not at all"),
        (hashed(&right, &[user | 3, 20, user]), "item: there is no row 20 in the catalogue"),
        (hashed(&right, &[user]), "purchases: there should be 3, and the file has room for 1"),
        (
            hashed(&header("format", "interest-lens-purchases/2".into()), &[]),
            "format: found \"interest-lens-purchases/2\", this version reads \"interest-lens-purchases/1\"",
        ),
        (hashed(&header("items", 21.into()), &[user, user, 0]), "items: 21 in the file and 20 in the catalogue"),
        (hashed(&header("more", 1.into()), &[]), "header: unknown field `more`"),
        (hashed(&header("users", (-1).into()), &[]), "header: invalid value: integer `-1`"),
    ] {
        let text = refused(&bytes);
        assert!(text.starts_with(&format!("file: {expected}")), "{text}");
    }
    let other = hashed(&header("vocabulary", "0".into()), &[user, user, 0]);
    assert!(refused(&other).starts_with("file: vocabulary: 0 in the file and "));
}

#[test]
fn what_the_format_has_no_room_for_is_not_written() {
    let purchase = |item, basket| Purchase { item, basket };
    for (users, items, field) in [
        (vec![vec![]], 20, "users"),
        (vec![vec![purchase(20, 0)]], 20, "item"),
        (vec![vec![purchase(0, 1)]], 20, "basket"),
        (vec![vec![purchase(0, 0), purchase(1, 2)]], 20, "basket"),
        (vec![vec![purchase((1 << 14) + 1, 0)]], (1 << 14) + 1, "item"),
    ] {
        assert_eq!(pack("file", &users, &catalogue(items), ABOUT).unwrap_err().field, field);
    }
}

#[test]
fn a_purchase_of_many_products_has_four_bytes() {
    let purchase = |item, basket| Purchase { item, basket };
    for (items, bytes) in [(1 << 14, 2), ((1 << 14) + 1, 4)] {
        let users = vec![vec![purchase(items - 1, 0), purchase(5, 0), purchase(items - 1, 1)], vec![purchase(0, 0)]];
        let packed = pack("file", &users, &catalogue(items), ABOUT).unwrap();
        let (header, read) = unpack("file", &packed, &catalogue(items)).unwrap();
        assert_eq!(read, users);
        assert_eq!(packed.len(), 4 + serde_json::to_vec(&header).unwrap().len() + 4 * bytes + 32);
    }
}
