//! A catalogue, and what happens in it.

pub mod beginning;
pub mod clicks;
pub mod packed;
pub mod products;

use std::sync::Arc;

use leptos::prelude::*;
use model::{Catalogue, Json};

use self::clicks::Clicks;
use self::products::Products;
use crate::browser::load::Transfer;

/// The history that a shop is to begin with.
#[derive(Debug, Clone)]
pub enum Beginning {
    /// The ids from before a reload, as they were kept.
    Kept(String),
    /// A list of ids as people write it, and the beginning of the hash of the catalogue's vocabulary that it is about, where that
    /// is said.
    Asked(String, Option<String>),
}

/// A ready-made history to start from.
#[derive(Debug, Clone, PartialEq)]
pub struct Shopper {
    /// A short name.
    pub name: String,
    /// What kind of shopper this is, in a sentence.
    pub description: String,
    /// Identifiers of the products, oldest first.
    pub items: Vec<String>,
}

/// A catalogue and what happens in it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct ShopState {
    /// The name under which the browser keeps the history across a reload.
    pub name: &'static str,
    /// The products.
    pub catalogue: RwSignal<Transfer<Arc<Products>>>,
    /// Ready-made histories.
    pub shoppers: RwSignal<Vec<Shopper>>,
    /// The history.
    pub clicks: RwSignal<Clicks>,
    /// What the history is to begin with, until it does; none for the first shopper's or an empty one.
    pub beginning: StoredValue<Option<Beginning>>,
    /// What the catalogue does not have of the history that was asked for, in a sentence.
    pub unknown: RwSignal<Option<String>>,
    /// Whether the browser is to keep the history across a reload.
    pub keeps: StoredValue<bool>,
}

impl ShopState {
    /// A shop that is on its way.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            catalogue: RwSignal::new(Transfer::START),
            shoppers: RwSignal::new(Vec::new()),
            clicks: RwSignal::default(),
            beginning: StoredValue::new(None),
            unknown: RwSignal::new(None),
            keeps: StoredValue::new(true),
        }
    }

    /// The products, once they are here. Not reactive.
    pub fn products(self) -> Option<Arc<Products>> {
        self.catalogue.with_untracked(|catalogue| catalogue.ready().cloned())
    }
}

impl Shopper {
    /// Reads a ready-made history.
    pub fn from_json(json: &impl Json) -> Option<Self> {
        let text = |name| json.field(name)?.text();
        let items = json.field("items")?.elements()?.iter().map(Json::text).collect::<Option<_>>()?;
        Some(Self { name: text("name")?, description: text("description")?, items })
    }

    /// Rows of the history's products that the catalogue has.
    pub fn rows(&self, catalogue: &Catalogue) -> Vec<u32> {
        self.items.iter().filter_map(|id| catalogue.row(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_shoppers_buy_what_the_shop_has() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
        let read = |file| std::fs::read(assets.join(file)).unwrap();
        let catalogue = Catalogue::from_csv("catalogue.csv", &read("catalogue.csv")).unwrap();
        let shoppers: serde_json::Value = serde_json::from_slice(&read("shoppers.json")).unwrap();
        let shoppers: Vec<Shopper> =
            shoppers.elements().unwrap().iter().map(|shopper| Shopper::from_json(shopper).unwrap()).collect();
        assert_eq!(shoppers.len(), 3);
        for shopper in shoppers {
            assert!((8..=14).contains(&shopper.items.len()), "{}", shopper.name);
            for id in shopper.items {
                assert!(catalogue.row(&id).is_some(), "{}: {id}", shopper.name);
            }
        }
    }
}
