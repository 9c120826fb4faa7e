//! Users' purchases as a file of two bytes each, or four where there are many products, without names and times, from which the
//! page trains.
//!
//! In this order, numbers being little-endian:
//!
//! - the length of the header in bytes, 4 bytes
//! - the header, JSON: [`Header`]
//! - each purchase, 2 bytes, or 4 where the catalogue has more than 2^14 items: user by user, oldest first. The highest bit says
//!   that a user begins with it, the one below that a basket does, as with every user, and the others are the item's row in the
//!   catalogue
//! - the SHA-256 of all that, 32 bytes

use model::Catalogue;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::purchases::Purchase;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name and version of the format, "interest-lens-purchases/1".
    pub format: String,
    /// Number of users.
    pub users: usize,
    /// Number of purchases of all users together.
    pub purchases: usize,
    /// Number of items in the catalogue.
    pub items: usize,
    /// [`Catalogue::vocabulary_hash`] of the catalogue.
    pub vocabulary: String,
    /// Where the data come from.
    pub source: String,
    /// On which terms.
    pub licence: String,
}

/// Why purchases could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: {problem}")]
pub struct PackedError {
    /// Name of the file.
    pub file: String,
    /// Which part of it is wrong.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

const FORMAT: &str = "interest-lens-purchases/1";
const BEGINS_USER: u32 = 1 << 31;
const BEGINS_BASKET: u32 = 1 << 30;
const ITEM: u32 = BEGINS_BASKET - 1;
/// Bytes of a SHA-256.
const HASH: usize = 32;

/// Bytes of a purchase of one of so many items.
fn width(items: usize) -> usize {
    if items <= 1 << 14 { 2 } else { 4 }
}

/// A purchase of [`width`] bytes: the lowest ones, with the two highest bits of all at their top.
fn written(purchase: u32, width: usize) -> Vec<u8> {
    match width {
        2 => (((purchase >> 16) & !0x3fff | purchase & 0x3fff) as u16).to_le_bytes().to_vec(),
        _ => purchase.to_le_bytes().to_vec(),
    }
}

/// The purchase that [`written`] wrote.
fn read(bytes: &[u8]) -> u32 {
    match *bytes {
        [a, b] => {
            let both = u32::from(u16::from_le_bytes([a, b]));
            (both & !0x3fff) << 16 | both & 0x3fff
        }
        _ => bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)),
    }
}

/// The file of the purchases of `users`, which are of the products of `catalogue`. `file` names it in errors; `source` and
/// `licence` say where the data come from, and on which terms.
///
/// # Errors
/// [`PackedError`] where a purchase is of no product of the catalogue, a user has none, or baskets are not in the order of their
/// numbers.
pub fn pack(
    file: &str,
    users: &[Vec<Purchase>],
    catalogue: &Catalogue,
    [source, licence]: [&str; 2],
) -> Result<Vec<u8>, PackedError> {
    let wrong = |field, problem: &str| PackedError { file: file.to_owned(), field, problem: problem.to_owned() };
    let items = catalogue.items().len();
    let header = Header {
        format: FORMAT.to_owned(),
        users: users.len(),
        purchases: users.iter().map(Vec::len).sum(),
        items,
        vocabulary: catalogue.vocabulary_hash(),
        source: source.to_owned(),
        licence: licence.to_owned(),
    };
    let header = serde_json::to_vec(&header).map_err(|error| wrong("header", &error.to_string()))?;
    let length = u32::try_from(header.len()).map_err(|error| wrong("header", &error.to_string()))?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(header);
    for purchases in users {
        if purchases.is_empty() {
            return Err(wrong("users", "one of them has no purchase"));
        }
        let mut before = None;
        for &Purchase { item, basket } in purchases {
            let begins = match before {
                None if basket == 0 => BEGINS_USER | BEGINS_BASKET,
                Some(before) if basket == before => 0,
                Some(before) if basket == before + 1 => BEGINS_BASKET,
                _ => return Err(wrong("basket", "a user's baskets are not in the order of their numbers from 0")),
            };
            if item as usize >= items || item > ITEM {
                return Err(wrong("item", "a purchase is of no product of the catalogue"));
            }
            bytes.extend(written(item | begins, width(items)));
            before = Some(basket);
        }
    }
    bytes.extend(Sha256::digest(&bytes));
    Ok(bytes)
}

/// The header of a file that [`pack`] wrote, and the purchases of each user, oldest first. `file` names it in errors.
///
/// # Errors
/// [`PackedError`], naming the first part that is wrong or that does not go with `catalogue`.
pub fn unpack(file: &str, bytes: &[u8], catalogue: &Catalogue) -> Result<(Header, Vec<Vec<Purchase>>), PackedError> {
    let wrong = |field, problem: String| PackedError { file: file.to_owned(), field, problem };
    let cut = || wrong("header", "the file ends within it: download it again".to_owned());
    let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
    let header: Header = serde_json::from_slice(header).map_err(|error| wrong("header", error.to_string()))?;
    if header.format != FORMAT {
        return Err(wrong("format", format!("found \"{}\", this version reads \"{FORMAT}\"", header.format)));
    }
    let (purchases, hash) = rest.split_last_chunk::<HASH>().unwrap_or((&[], &[0; HASH]));
    let width = width(header.items);
    if Some(purchases.len()) != header.purchases.checked_mul(width) {
        let (said, found) = (header.purchases, purchases.len() / width);
        return Err(wrong("purchases", format!("there should be {said}, and the file has room for {found}")));
    }
    if Sha256::digest(&bytes[..bytes.len() - HASH])[..] != hash[..] {
        return Err(wrong("hash", "it is that of another content: download the file again".to_owned()));
    }
    for (field, said, has) in [
        ("items", header.items.to_string(), catalogue.items().len().to_string()),
        ("vocabulary", header.vocabulary.clone(), catalogue.vocabulary_hash()),
    ] {
        if said != has {
            return Err(wrong(field, format!("{said} in the file and {has} in the catalogue")));
        }
    }
    let mut users: Vec<Vec<Purchase>> = Vec::new();
    for purchase in purchases.chunks_exact(width).map(read) {
        let (begins_user, begins_basket) = (purchase & BEGINS_USER != 0, purchase & BEGINS_BASKET != 0);
        if begins_user {
            users.push(Vec::new());
        }
        let user = users.last_mut().filter(|_| begins_basket || !begins_user);
        let user =
            user.ok_or_else(|| wrong("users", "one of them begins without a basket, or not at all".to_owned()))?;
        let item = purchase & ITEM;
        if item as usize >= header.items {
            return Err(wrong("item", format!("there is no row {item} in the catalogue")));
        }
        let basket = user.last().map_or(0, |before: &Purchase| before.basket + u32::from(begins_basket));
        user.push(Purchase { item, basket });
    }
    if users.len() != header.users {
        return Err(wrong("users", format!("there should be {}, and there are {}", header.users, users.len())));
    }
    Ok((header, users))
}
