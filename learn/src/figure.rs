//! The figures: views of the page, each with a state of its own.
//!
//! In the HTML a figure has the view's first state, drawn from the same numbers ([`crate::drawing`]): it is what is read without
//! scripts, found by a search and printed. Near the screen `article.js` lets the view itself take its place. It is mounted by the
//! page's own program, once for all figures, and not a page in a frame for each: frames would each load, hold and compute what one
//! program has once, and keep keyboard, search and print out of the text.

use serde::Deserialize;

use crate::error::Error;
use crate::value::Values;

/// How much of the hash of the catalogue's vocabulary stands in an address: see `app/src/session/shop/beginning.rs`.
const SHOP_DIGITS: usize = 6;

/// A line of `figures.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Source {
    /// Its name.
    pub id: String,
    /// Which part of the page it is: `history`, `ranking`, `evolution`, or the id of a view of the inside.
    pub part: String,
    /// The network that answers.
    pub network: String,
    /// As in [`Shop::history`](crate::shop::Shop::history).
    pub history: String,
    /// The product inspected, as ITEM of a placeholder; none for whichever is best.
    pub inspect: Option<String>,
    /// The product compared with it.
    pub compare: Option<String>,
}

/// A figure with its products looked up.
pub struct Figure<'a> {
    /// What it was read from.
    pub source: &'a Source,
    /// Rows of the clicks, oldest first.
    pub history: Vec<u32>,
    /// Row of the inspected product.
    pub inspected: u32,
    /// Row of the compared product, where there is one.
    pub compared: Option<u32>,
}

/// Reads `figures.json`.
///
/// # Errors
/// Where it is no list of figures.
pub fn read(json: &str) -> Result<Vec<Source>, Error> {
    serde_json::from_str(json).map_err(|source| Error::Json { file: "figures.json".to_owned(), source })
}

impl<'a> Figure<'a> {
    /// Looks up what the source names.
    ///
    /// # Errors
    /// Where it names what there is not.
    pub fn of(source: &'a Source, values: Values) -> Result<Self, Error> {
        let history = values.shop.history(&source.history)?;
        let item = |name: &str| values.item(&source.network, &history, name);
        let inspected = item(source.inspect.as_deref().unwrap_or("best"))?;
        let compared = source.compare.as_deref().map(item).transpose()?;
        Ok(Self { source, history, inspected, compared })
    }

    /// What stands behind the `#` of the page's address where the page shows what the figure does at first.
    pub fn address(&self, values: Values) -> String {
        let shop = values.shop;
        let id = |item: &u32| shop.product(*item).id.clone();
        let hash = &shop.catalogue().vocabulary_hash()[..SHOP_DIGITS];
        let clicks: Vec<String> = self.history.iter().map(id).collect();
        let mut address = format!("v=1&network={}&shop={hash}&history={}", self.source.network, clicks.join(","));
        address += &format!("&inspect={}", id(&self.inspected));
        // Nothing is compared unless the figure says what.
        address += &format!("&compare={}", self.compared.as_ref().map(id).unwrap_or_default());
        if !["history", "ranking", "evolution"].contains(&&*self.source.part) {
            address += &format!("&inside={}", self.source.part);
        }
        address
    }
}
